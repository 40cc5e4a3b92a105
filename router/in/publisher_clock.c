#include "router/in/publisher_clock.h"

#include "transport/wire/rtcp.h"

#define STEP_US 1000000 /* then the publisher's clock was set: start again */
#define DRIFT_SHARE 64

void publisher_clock_report(struct publisher_clock *clock, uint64_t ntp, int64_t wall_us)
{
    int64_t offset = wall_us - wall_us_from_ntp(ntp);
    int64_t change = offset - clock->offset_us;
    if (!clock->is_known || change > STEP_US || change < -STEP_US || change < 0)
        clock->offset_us = offset;
    else
        clock->offset_us += change / DRIFT_SHARE;
    clock->is_known = true;
}

int64_t publisher_clock_theirs(const struct publisher_clock *clock, int64_t wall_us)
{
    return wall_us - clock->offset_us;
}
