/* Divides what a subscriber's link can carry among its slots: every visible slot first gets the least it can show, by
 * priority; then the slots grow, higher priorities before lower ones, larger tiles before smaller ones of the same
 * priority. A slot keeps its level as long as that fits, but gets a higher one only with bandwidth to spare. Pure. */
#ifndef HEDDLE_ROUTER_CHOOSE_ALLOCATION_H
#define HEDDLE_ROUTER_CHOOSE_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/base/quality.h"

#define ALLOCATION_LEVELS 8
#define ALLOCATION_SLOTS 256

/* A quality that a slot can show, and its bitrate. */
struct allocation_level {
    struct quality quality;
    uint64_t bps;
};

struct allocation_slot {
    /* given */
    unsigned priority; /* higher first */
    unsigned pixels;
    size_t level_count; /* 0: nothing to show; else rising */
    struct allocation_level levels[ALLOCATION_LEVELS];
    int current; /* level it has now; -1: paused */
    /* found */
    int level; /* -1: paused for lack of bandwidth */
};

struct allocation_budget {
    uint64_t estimate_bps;
    uint64_t reserved_bps; /* audio */
    bool may_pause;        /* false: every slot gets its lowest level, even if it does not fit */
    bool is_cautious;      /* congestion was not long ago: levels rise only with much bandwidth to spare */
    bool is_full;          /* the link queues: levels that do not fit are lowered at once */
};

struct allocation_result {
    uint64_t target_bps;    /* what all slots together would use if they could */
    uint64_t next_bps;      /* the lowest estimate with which a slot would get more than now; 0: no slot can use more */
    uint64_t next_used_bps; /* what all slots would use with an estimate of next_bps */
};

/* Fills in each slot's level. */
struct allocation_result allocate(struct allocation_slot *slots, size_t count, const struct allocation_budget *budget);

#endif
