/* What a member receives: counted, checked now and then, and answered with feedback. */
#ifndef HEDDLE_BENCH_MEMBER_RECEIVE_H
#define HEDDLE_BENCH_MEMBER_RECEIVE_H

#include "bench/member_state.h"

/* As it was negotiated. */
void member_open_tracks(struct member *member);
void member_receive_rtp(struct member *member, uint8_t *data, size_t length, usec_t arrival);
void member_receive_rtcp(struct member *member, uint8_t *data, size_t length, usec_t now);
void member_send_receiver_reports(struct member *member, usec_t now);
/* NACKs and transport-wide feedback that are due. */
void member_send_feedback(struct member *member, usec_t now);

#endif
