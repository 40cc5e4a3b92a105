/* When a picture stood still: a frame that comes later than max(3 x the average interval, average + 150 ms) after the
 * one before is a freeze, as the browsers' getStats counts it. Pure; embedded. */
#ifndef HEDDLE_CLIENT_FREEZE_H
#define HEDDLE_CLIENT_FREEZE_H

#include <stddef.h>

#include "transport/base/time.h"

#define FREEZE_WINDOW 30 /* intervals averaged */

struct freeze {
    usec_t last; /* 0: no frame yet */
    usec_t intervals[FREEZE_WINDOW];
    size_t interval_count, next;
    usec_t sum;
    unsigned freezes;
    usec_t longest_freeze; /* 0: none */
    usec_t longest_gap;
};

/* A frame is shown. */
void freeze_frame(struct freeze *freeze, usec_t now);
/* The video stands still on purpose (muted): the time until the next frame does not count. */
void freeze_pause(struct freeze *freeze);
/* How long it has been standing still beyond the limit at the end of a measurement; 0: it moves. */
usec_t freeze_current(const struct freeze *freeze, usec_t now);

#endif
