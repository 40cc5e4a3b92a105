/* What a member sends: sources, their history for retransmission, sender reports. */
#ifndef HEDDLE_BENCH_MEMBER_SEND_H
#define HEDDLE_BENCH_MEMBER_SEND_H

#include "bench/member_state.h"

/* As it was negotiated. */
void member_open_sources(struct member *member, usec_t now);
void member_close_sources(struct member *member);
/* Connected members start silent. */
void member_set_sending(struct member *member, bool sending, usec_t now);
/* Media that is due; for members with sources, often. */
void member_send_media(struct member *member, usec_t now);
void member_send_sender_reports(struct member *member, usec_t now);
/* NACKs and keyframe requests of what it sends. */
void member_handle_feedback(struct member *member, const struct rtcp_packet *packet);

#endif
