#include "client/record/stream_clock.h"

#include "transport/base/bytes.h"

#define JUMP (40 * USEC_PER_MSEC)       /* a correction of more is made at once: ear and eye notice it anyway */
#define CORRECTION 4                    /* of less, this part with each report */
#define STRAY_MAX USEC_PER_SEC          /* frames come no more later or earlier than the one before by that */
#define BEHIND_MAX (5 * USEC_PER_SEC)   /* a frame is made no longer than that before it comes, */
#define AHEAD_MAX (500 * USEC_PER_MSEC) /* nor after it comes: by so much may what we know of clocks be wrong */
#define AHEAD_FALL 64                   /* how fast a delay that has grown for good is believed, in reports */

int64_t report_clock_read(struct report_clock *clock, int64_t written_us, usec_t arrival)
{
    int64_t late = written_us - clock->correction - arrival - clock->ahead;
    if (!clock->is_known || late > STRAY_MAX || late < -STRAY_MAX) {
        clock->is_known = true;
        clock->correction += late;
        late = 0;
    }
    clock->ahead += late > 0 ? late : late / AHEAD_FALL;
    return written_us - clock->correction;
}

void stream_clock_init(struct stream_clock *clock, uint32_t rate)
{
    *clock = (struct stream_clock){.rate = rate};
}

static double us_of(const struct stream_clock *clock, int64_t ticks)
{
    return (double)ticks * (double)USEC_PER_SEC / clock->rate;
}

/* Both are the publisher's: what it says of its clock, and how its timestamps go. */
static bool is_possible(double made_us, int64_t arrival)
{
    return made_us <= (double)(arrival + AHEAD_MAX) && made_us >= (double)(arrival - BEHIND_MAX);
}

void stream_clock_report(struct stream_clock *clock, int64_t written_us, uint32_t timestamp)
{
    if (!clock->is_started)
        return;
    int64_t ticks = clock->ticks + timestamp_diff(timestamp, clock->timestamp);
    double error = (double)written_us - us_of(clock, ticks) - clock->start_us;
    if (!is_possible(clock->start_us + error + us_of(clock, clock->ticks), clock->arrival))
        return;
    bool is_jump = !clock->has_report || error > JUMP || error < -JUMP;
    clock->start_us += is_jump ? error : error / CORRECTION;
    clock->has_report = true;
}

static void start(struct stream_clock *clock, uint32_t timestamp, int64_t arrival)
{
    clock->is_started = true;
    clock->has_report = false;
    clock->ticks = 0;
    clock->timestamp = timestamp;
    clock->arrival = arrival;
    clock->start_us = (double)arrival;
}

int64_t stream_clock_place(struct stream_clock *clock, uint32_t timestamp, int64_t arrival)
{
    if (!clock->is_started)
        start(clock, timestamp, arrival);
    int64_t step = timestamp_diff(timestamp, clock->timestamp);
    double stray = us_of(clock, step) - (double)(arrival - clock->arrival);
    if (stray > STRAY_MAX || stray < -STRAY_MAX) { /* it stood still while its owner was muted, or begins anew */
        start(clock, timestamp, arrival);
        step = 0;
    }
    clock->ticks += step;
    clock->timestamp = timestamp;
    clock->arrival = arrival;
    /* Until a report comes: no frame is made later than it comes, so the one that took least time is right. */
    if (!clock->has_report && clock->start_us + us_of(clock, clock->ticks) > (double)arrival)
        clock->start_us = (double)arrival - us_of(clock, clock->ticks);
    if (!is_possible(clock->start_us + us_of(clock, clock->ticks), arrival))
        start(clock, timestamp, arrival);
    return (int64_t)(clock->start_us + us_of(clock, clock->ticks));
}
