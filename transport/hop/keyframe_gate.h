/* One gate for the keyframe requests to one received layer: the first passes at once, repeats are spaced by 2 x RTT
 * clamped to 200..1000 ms, and it keeps asking until a keyframe comes. Pure; embedded. */
#ifndef HEDDLE_HOP_KEYFRAME_GATE_H
#define HEDDLE_HOP_KEYFRAME_GATE_H

#include <stdbool.h>

#include "transport/base/time.h"

struct keyframe_gate {
    bool wanted;
    usec_t next; /* earliest next request; 0 at first */
    usec_t interval;
    unsigned requests; /* sent, for statistics */
};

void keyframe_gate_init(struct keyframe_gate *gate);
void keyframe_gate_set_rtt(struct keyframe_gate *gate, usec_t rtt);
void keyframe_gate_want(struct keyframe_gate *gate);
void keyframe_gate_arrived(struct keyframe_gate *gate);
/* True when a PLI must go out now; the caller sends it. */
bool keyframe_gate_due(struct keyframe_gate *gate, usec_t now);
usec_t keyframe_gate_next(const struct keyframe_gate *gate); /* USEC_NEVER when none is wanted */

#endif
