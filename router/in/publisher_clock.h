/* Maps a publisher's NTP clock to ours, by its sender reports. All its streams share one mapping, so that audio and
 * video stay in sync. The offset is taken from the report with the least delay, and adapts slowly to clock drift.
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
