/* Spreads what would go out at once (a keyframe, a frame of each of many slots) over time, so that a narrow link does
 * not drop it: what is sent beyond a small burst is a debt, which falls at the pace. Audio, probes and what is sent
 * again never wait, and nothing waits for longer than PACER_WAIT_MAX. Pure; embedded in an egress queue. */
#ifndef HEDDLE_ROUTER_OUT_PACER_H
#define HEDDLE_ROUTER_OUT_PACER_H

#include "router/base/outgoing.h"
#include "transport/base/time.h"

#define PACER_WAIT_MAX (250 * USEC_PER_MSEC)

struct pacer {
    int64_t debt_bytes;
    usec_t at; /* of the debt */
    usec_t next;
};

/* Moves those of the items that may go now to the front, in order, and returns how many; they count as sent.
 * `pace_bps` 0: all may. */
size_t pacer_take(struct pacer *pacer, struct egress *items, size_t count, uint64_t pace_bps, usec_t now);
/* When to ask again for what is left. */
usec_t pacer_next(const struct pacer *pacer);

#endif
