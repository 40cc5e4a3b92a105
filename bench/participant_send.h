/* What a participant sends: sources, their history for retransmission, sender reports. */
#ifndef HEDDLE_BENCH_PARTICIPANT_SEND_H
#define HEDDLE_BENCH_PARTICIPANT_SEND_H

#include "bench/participant_state.h"

/* As it was negotiated. */
void bench_participant_open_sources(struct bench_participant *participant, usec_t now);
void bench_participant_close_sources(struct bench_participant *participant);
/* Connected participants start silent. */
void bench_participant_set_sending(struct bench_participant *participant, bool sending, usec_t now);
/* Sends the media that is due; to be called often for participants with sources. */
/* Returns when it has something to send next; USEC_NEVER: nothing, or it does not send now. */
usec_t bench_participant_send_media(struct bench_participant *participant, usec_t now);
void bench_participant_send_sender_reports(struct bench_participant *participant, usec_t now);
/* NACKs and keyframe requests of what it sends. */
void bench_participant_handle_feedback(struct bench_participant *participant, const struct rtcp_packet *packet);

#endif
