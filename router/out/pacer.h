/* Spreads bursts (a keyframe, a frame of each of many slots) over time, so that a narrow link does not drop them. Bytes
 * beyond a small burst are a debt, which falls at the pace. Audio, probes and retransmissions don't wait for that, and
 * nothing waits for longer than PACER_WAIT_MAX. Whatever packets carry, no more than EGRESS_BURST go at once, and so
 * many again 2 ms later, since the receiver's socket has to hold them. Pure; embedded in an egress queue. */
#ifndef HEDDLE_ROUTER_OUT_PACER_H
#define HEDDLE_ROUTER_OUT_PACER_H

#include "router/base/outgoing.h"
#include "transport/base/budget.h"
#include "transport/base/time.h"

#define PACER_WAIT_MAX (250 * USEC_PER_MSEC)

struct pacer {
    int64_t debt_bytes;
    usec_t at; /* of the debt */
    struct budget packets;
    usec_t next;
};

/* Moves the items that may be sent now to the front, in order, and returns how many; they count as sent. `pace_bps` 0:
 * as fast as a receiver's socket allows. */
size_t pacer_take(struct pacer *pacer, struct egress *items, size_t count, uint64_t pace_bps, usec_t now);
/* When to call again for the remaining items. */
usec_t pacer_next(const struct pacer *pacer);

#endif
