/* A participant's data channel, used as clients use theirs (client/call/room_data.h): it sends messages to all others
 * of its room at a steady rate, waits when no more may wait for an acknowledgement, sends again what others lack, and
 * counts what comes. */
#ifndef HEDDLE_BENCH_PARTICIPANT_DATA_H
#define HEDDLE_BENCH_PARTICIPANT_DATA_H

#include "bench/message_source.h"
#include "bench/participant_state.h"

/* Its data channel is open; it has one if it was connected with `sends->data`. */
bool bench_participant_has_data(const struct bench_participant *participant);
/* Who is in its room besides it, when the channels of all are open. */
void bench_participant_meet(struct bench_participant *participant, const char *const *ids, size_t count, usec_t now);
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
