/* Whether the receiver of a stream misses something for good and does not say so: not everybody sends PLIs (aiortc does
 * only when its buffer is full). It is told by reports, against what was sent again since. Pure; embedded in a slot. */
#ifndef HEDDLE_ROUTER_OUT_DAMAGE_H
#define HEDDLE_ROUTER_OUT_DAMAGE_H

#include <stdbool.h>

#include "transport/base/time.h"

/* So long a receiver has to ask by itself. */
#define DAMAGE_KEYFRAME_AFTER (900 * USEC_PER_MSEC)

struct damage {
    int64_t missing;
    usec_t since; /* 0: it misses nothing */
};

/* A report says that `lost` more packets are missing; negative: less. */
void damage_report(struct damage *damage, int64_t lost, usec_t now);
/* A packet that was asked for goes out again. */
void damage_resent(struct damage *damage);
/* All that was sent again of a packet was lost, too. */
void damage_given_up(struct damage *damage, usec_t now);
/* True once: a keyframe is needed that nobody asked for. */
bool damage_take(struct damage *damage, usec_t now);
/* A keyframe goes out, or was asked for. */
void damage_mended(struct damage *damage);

#endif
