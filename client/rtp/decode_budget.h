/* How much of the client's thread decoding may take, and what is done with a picture: this thread carries everybody's
 * media and the signaling. The video and the audio of each participant have limits of their own. When all together take
 * more than three quarters of the thread, the stream that costs most is left out, then the next, until they take less;
 * so cheap streams are never disturbed by expensive ones. Streams that were left out come back, the longest waiting
 * first, when there is time for them, and one every few seconds anyway: it may cost less by then, and if not, another
 * one is left out. Pure. */
#ifndef HEDDLE_CLIENT_DECODE_BUDGET_H
#define HEDDLE_CLIENT_DECODE_BUDGET_H

#include <stdbool.h>

#include "transport/base/budget.h"
#include "transport/wire/media.h"

/* The video of a participant, or its audio. */
struct decode_cost {
    enum media_kind kind;
    struct budget own;
    double recent_us; /* what it cost lately, older costs less and less, as of `charged_at` */
    usec_t charged_at, asked_at;
    usec_t left_out_at; /* 0: it is not */
    struct decode_cost *next;
};

struct decode_budget { /* zeroed: empty */
    struct decode_cost *costs;
    usec_t looked_at, changed_at;
};

void decode_budget_add(struct decode_budget *budget, struct decode_cost *cost, enum media_kind kind);
void decode_budget_remove(struct decode_budget *budget, struct decode_cost *cost);
/* Whether a frame that came in may be decoded; to be called for each frame. */
bool decode_budget_allows(struct decode_budget *budget, struct decode_cost *cost, usec_t now);
/* Whether a video of somebody is left out now because all together cost too much. */
bool decode_budget_leaves_out(const struct decode_budget *budget);
/* Decoding and showing the frame took so much of the thread's time. */
void decode_budget_charge(struct decode_cost *cost, usec_t spent, usec_t now);

#endif
