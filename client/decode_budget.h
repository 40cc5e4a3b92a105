/* How much of the client's thread decoding may take: this thread carries everybody's media and the signaling. Pictures
 * and audio of each participant have a limit of their own. When all together take more than three quarters of the
 * thread, who costs most is left out, and then the next, until it is less: who costs little is never disturbed by those
 * who cost much. Who is left out comes back, the longest waiting first, when there is room, and every few seconds
 * anyway: it may cost less by then, and else it is the turn of another one. Pure. */
#ifndef HEDDLE_CLIENT_DECODE_BUDGET_H
#define HEDDLE_CLIENT_DECODE_BUDGET_H

#include <stdbool.h>

#include "transport/base/budget.h"
#include "transport/wire/media.h"

/* The pictures of a participant, or its audio. */
struct decode_cost {
    enum media_kind kind;
    struct budget own;
    double recent_us; /* what it cost lately, older costs less and less, as of `charged_at` */
    usec_t charged_at, asked_at;
    usec_t left_out_at; /* 0: it is not */
    struct decode_cost *next;
};

struct decode_budget { /* zeroed: nobody is in it */
    struct decode_cost *costs;
    usec_t looked_at, changed_at;
};

void decode_budget_add(struct decode_budget *budget, struct decode_cost *cost, enum media_kind kind);
void decode_budget_remove(struct decode_budget *budget, struct decode_cost *cost);
/* Whether a frame that has come may be decoded; to be asked of each. */
bool decode_budget_allows(struct decode_budget *budget, struct decode_cost *cost, usec_t now);
/* It took so much of the thread's time; that is known only afterwards. */
void decode_budget_charge(struct decode_cost *cost, usec_t spent, usec_t now);

#endif
