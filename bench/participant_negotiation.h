/* A participant's side of the negotiation: what the adapters put into offers and answers, and read from them. */
#ifndef HEDDLE_BENCH_PARTICIPANT_NEGOTIATION_H
#define HEDDLE_BENCH_PARTICIPANT_NEGOTIATION_H

#include "bench/participant_state.h"

/* What negotiate_offer() and negotiate_answer() need of us; candidate[] is filled and must live as long. */
#define BENCH_PARTICIPANT_CANDIDATE_MAX 128
void bench_participant_local(const struct bench_participant *participant, struct negotiate_local *local,
                             char candidate[BENCH_PARTICIPANT_CANDIDATE_MAX], const char **candidates);
/* The first UDP candidate of IPv4 in a remote description. */
bool bench_participant_find_server(struct bench_participant *participant);
/* The answer to `participant->offer`: opens the path, or fails. */
void bench_participant_take_answer(struct bench_participant *participant, const char *text);
struct negotiate_line *bench_participant_add_line(struct bench_participant *participant, bool is_video, bool send);
void bench_participant_add_data_line(struct bench_participant *participant);

#endif
