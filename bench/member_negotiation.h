/* A member's side of the negotiation: what the adapters put into offers and answers, and read from them. */
#ifndef HEDDLE_BENCH_MEMBER_NEGOTIATION_H
#define HEDDLE_BENCH_MEMBER_NEGOTIATION_H

#include "bench/member_state.h"

/* What negotiate_offer() and negotiate_answer() need of us; candidate[] is filled and must live as long. */
#define MEMBER_CANDIDATE_MAX 128
void member_local(const struct member *member, struct negotiate_local *local, char candidate[MEMBER_CANDIDATE_MAX],
                  const char **candidates);
/* The first UDP candidate of IPv4 in a remote description. */
bool member_find_server(struct member *member);
struct negotiate_line *member_add_line(struct member *member, bool is_video, bool send);

#endif
