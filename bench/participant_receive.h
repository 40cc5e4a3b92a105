/* What a participant receives: counted, checked now and then, and answered with feedback. */
#ifndef HEDDLE_BENCH_PARTICIPANT_RECEIVE_H
#define HEDDLE_BENCH_PARTICIPANT_RECEIVE_H

#include "bench/participant_state.h"

/* As it was negotiated. */
void bench_participant_open_tracks(struct bench_participant *participant);
void bench_participant_receive_rtp(struct bench_participant *participant, uint8_t *data, size_t length, usec_t arrival);
void bench_participant_receive_rtcp(struct bench_participant *participant, uint8_t *data, size_t length, usec_t now);
void bench_participant_send_receiver_reports(struct bench_participant *participant, usec_t now);
/* NACKs and transport-wide feedback that are due. */
void bench_participant_send_feedback(struct bench_participant *participant, usec_t now);

#endif
