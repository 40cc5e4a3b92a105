/* A participant's data channel: it sends messages to all others of its room at a steady rate, counts those that come,
 * and acknowledges them as clients do (signaling/PROTOCOL.md, "Data channels"). What is missing is counted and not sent
 * again. */
#ifndef HEDDLE_BENCH_PARTICIPANT_DATA_H
#define HEDDLE_BENCH_PARTICIPANT_DATA_H

#include "bench/message_source.h"
#include "bench/participant_state.h"

/* Its data channel is open; it has one if it was connected with `sends->data`. */
bool bench_participant_has_data(const struct bench_participant *participant);
/* From now on it sends such messages to all others of its room; NULL: none any more. */
void bench_participant_set_messages(struct bench_participant *participant, const struct message_source_config *messages,
                                    usec_t now);

/* For the participant. If a channel was agreed on: */
void bench_participant_open_data(struct bench_participant *participant, usec_t now);
void bench_participant_close_data(struct bench_participant *participant);
/* Takes what has come. */
void bench_participant_receive_data(struct bench_participant *participant, usec_t arrival);
/* Hands DTLS what is due, messages and acknowledgements, and returns when the next is. */
usec_t bench_participant_send_data(struct bench_participant *participant, usec_t now);

#endif
