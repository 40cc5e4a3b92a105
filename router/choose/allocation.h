/* Divides what a subscriber's link can carry among its slots: every visible slot first gets the least it can show, by
 * priority; then the slots grow, higher priorities before lower ones, larger tiles before smaller ones of the same
 * priority. What a slot has it keeps as long as it fits; more it gets only with room to spare. Pure. */
#ifndef HEDDLE_ROUTER_CHOOSE_ALLOCATION_H
#define HEDDLE_ROUTER_CHOOSE_ALLOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/base/quality.h"

#define ALLOCATION_LEVELS 8
#define ALLOCATION_SLOTS 256

/* What a slot can show, and what that costs. */
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
    bool may_pause;        /* false: the least is given, come what may */
    bool is_cautious;      /* growth only with much room to spare: congestion is not long ago */
    bool is_full;          /* the link queues: what does not fit goes at once */
};

struct allocation_result {
    uint64_t wanted_bps; /* what all slots together would use if they could */
    uint64_t next_bps;   /* the least estimate with which one of them would get more than now; 0: none wants more... */
    uint64_t next_used_bps; /* ...and what all would use then */
};

/* Fills in each slot's level. */
struct allocation_result allocate(struct allocation_slot *slots, size_t count, const struct allocation_budget *budget);

#endif
