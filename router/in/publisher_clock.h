/* A publisher's NTP clock on ours, from its sender reports: one mapping for all its streams, so that what was captured
 * together is played together. The offset follows the least delayed report; drift of the clocks is followed slowly.
 * Pure. */
#ifndef HEDDLE_ROUTER_IN_PUBLISHER_CLOCK_H
#define HEDDLE_ROUTER_IN_PUBLISHER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct publisher_clock {
    bool is_known;
    int64_t offset_us; /* our wall clock minus the publisher's, delay of the path included */
};

/* A sender report that said `ntp` arrived at `wall_us`. */
void publisher_clock_report(struct publisher_clock *clock, uint64_t ntp, int64_t wall_us);
/* The publisher's time at our `wall_us`, in microseconds. */
int64_t publisher_clock_theirs(const struct publisher_clock *clock, int64_t wall_us);

#endif
