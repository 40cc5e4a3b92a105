/* One gate for the keyframe requests to one received encoding. The first goes out at once; while no keyframe comes it
 * is repeated, with twice the wait each time, up to REPEAT_MAX. A keyframe has many times the size of another frame, so
 * the requests to one encoding have a budget (keyframe_encoding_limit), and those of one viewer for one encoding a
 * smaller one (keyframe_requester_limit). Pure; embedded. */
#ifndef HEDDLE_HOP_KEYFRAME_GATE_H
#define HEDDLE_HOP_KEYFRAME_GATE_H

#include <stdbool.h>

#include "transport/base/budget.h"
#include "transport/base/time.h"

/* What one request takes from the budgets, which count whole units a second. */
#define KEYFRAME_UNITS 3
/* For one encoding: 8 at once, then two a second. In a room of hundreds with many speakers, honest viewers need about
 * one. */
extern const struct budget_limit keyframe_encoding_limit;
/* For one viewer's requests to one encoding: 4 at once, then one in three seconds. */
extern const struct budget_limit keyframe_requester_limit;

struct keyframe_gate {
    struct budget_limit limit;
    struct budget budget;
    bool is_requested;
    usec_t last, next;  /* the request before, and the earliest next one */
    usec_t spacing;     /* the least time between two requests: a round trip or two */
    usec_t wait;        /* before the next repeat */
    uint32_t occasions; /* counts how often a keyframe became needed */
    unsigned requests;  /* sent, for statistics */
};

/* `limit` is one of the above, in KEYFRAME_UNITS. */
void keyframe_gate_init(struct keyframe_gate *gate, struct budget_limit limit);
void keyframe_gate_set_rtt(struct keyframe_gate *gate, usec_t rtt);
/* A keyframe is needed. Nothing changes if one is requested already. */
void keyframe_gate_request(struct keyframe_gate *gate);
/* The same for a viewer that has not asked before: the next request is sent early, not at the time of the next
 * repeat. */
void keyframe_gate_hurry(struct keyframe_gate *gate);
void keyframe_gate_arrived(struct keyframe_gate *gate);
/* True when a PLI must go out now; the caller sends it. */
bool keyframe_gate_due(struct keyframe_gate *gate, usec_t now);
usec_t keyframe_gate_next(const struct keyframe_gate *gate); /* USEC_NEVER when none is needed */

#endif
