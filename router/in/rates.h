/* Bitrates of a received stream by spatial and temporal layer, smoothed over windows of time. Pure; embedded in a
 * encoding. */
#ifndef HEDDLE_ROUTER_IN_RATES_H
#define HEDDLE_ROUTER_IN_RATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/base/quality.h"
#include "transport/base/time.h"
#include "transport/wire/frame.h"

struct rates {
    uint32_t bytes[SPATIALS_MAX][TEMPORALS_MAX]; /* of each, since `since` */
    uint64_t bps[SPATIALS_MAX][TEMPORALS_MAX];   /* of each and those below it together */
    unsigned spatials, temporals;                /* seen */
    uint64_t typical_bps;                        /* of all, over many windows */
    unsigned windows;                            /* so far */
    bool has_keyframe;                           /* since `since` */
    usec_t since;
};

/* Counts a packet of so many bytes. */
void rates_count(struct rates *rates, const struct frame_info *frame, size_t bytes, usec_t now);
/* Starts a new, empty window. */
void rates_start(struct rates *rates, usec_t now);
/* Ends the window if it is long enough; call several times a second. `is_paused`: nothing is received because the
 * publisher was asked to stop. */
void rates_measure(struct rates *rates, bool is_paused, usec_t now);
/* Bits per second up to a spatial and a temporal layer (LAYER_ANY: all); 0: never heard. */
uint64_t rates_bps(const struct rates *rates, int spatial, int temporal);

#endif
