#include "transport/hop/queue_gauge.h"

#define RECENT (30 * USEC_PER_MSEC)        /* long enough for a frame's packets and a few more */
#define BUSY (40 * USEC_PER_MSEC)          /* with a longer queue the link is never idle */
#define DRAINED_LEAST (60 * USEC_PER_MSEC) /* enough for some packets on a slow link */
#define DRAINED_PERIOD (100 * USEC_PER_MSEC)
#define JITTER_MOMENTS 16
#define BASE (10 * USEC_PER_SEC)
#define BASE_HELD (60 * USEC_PER_SEC)

static void start(struct least_delay *period, usec_t delay, usec_t arrival)
{
    *period = (struct least_delay){{delay, delay}, arrival};
}

static void note(struct least_delay *period, usec_t length, usec_t delay, usec_t arrival)
{
    if (arrival - period->since > 2 * length) {
        start(period, delay, arrival);
    } else if (arrival - period->since > length) {
        period->least[1] = period->least[0];
        period->least[0] = delay;
        period->since = arrival;
    }
    period->least[0] = usec_min(period->least[0], delay);
}

static usec_t least(const struct least_delay *period)
{
    return usec_min(period->least[0], period->least[1]);
}

/* What the least delay changes from one moment to the next is jitter, since a queue changes slowly. */
static void note_jitter(struct queue_gauge *gauge)
{
    usec_t now = gauge->recent.least[1];
    usec_t change = now > gauge->moment ? now - gauge->moment : gauge->moment - now;
    gauge->jitter += (change - gauge->jitter) / JITTER_MOMENTS;
    gauge->moment = now;
}

/* Measures over the last one or two periods only, since the link may change. */
static void note_drained(struct queue_gauge *gauge, usec_t arrival, size_t bytes)
{
    if (queue_gauge_time(gauge) < BUSY) {
        gauge->is_busy = false;
    } else if (!gauge->is_busy) {
        gauge->is_busy = true;
        gauge->before = gauge->running = (struct drained){.since = arrival};
    } else {
        gauge->running.bytes += bytes;
        if (arrival - gauge->running.since >= DRAINED_PERIOD) {
            gauge->before = gauge->running;
            gauge->running = (struct drained){.since = arrival};
        }
    }
}

void queue_gauge_packet(struct queue_gauge *gauge, usec_t sent, usec_t arrival, size_t bytes)
{
    usec_t delay = arrival - sent;
    bool is_other_clock = arrival - gauge->base.since < -BASE;
    if (!gauge->has_started || is_other_clock) {
        start(&gauge->recent, delay, arrival);
        start(&gauge->base, delay, arrival);
        gauge->moment = delay;
        gauge->has_started = true;
    }
    usec_t since = gauge->recent.since;
    note(&gauge->recent, RECENT, delay, arrival);
    note(&gauge->base, gauge->is_held ? BASE_HELD : BASE, delay, arrival);
    if (gauge->recent.since != since)
        note_jitter(gauge);
    note_drained(gauge, arrival, bytes);
    gauge->newest = arrival;
}

uint64_t queue_gauge_drained_bps(const struct queue_gauge *gauge)
{
    usec_t span = gauge->newest - gauge->before.since;
    if (!gauge->is_busy || span < DRAINED_LEAST)
        return 0;
    return (gauge->before.bytes + gauge->running.bytes) * 8 * USEC_PER_SEC / (uint64_t)span;
}

usec_t queue_gauge_time(const struct queue_gauge *gauge)
{
    return usec_max(0, least(&gauge->recent) - least(&gauge->base) - 2 * gauge->jitter);
}
