#include "router/out/pacer.h"

#include <string.h>

#define BURST_TIME (15 * USEC_PER_MSEC)
#define BURST_LEAST 7500
#define BURST_MOST 20000 /* 16 full packets: queues of access links may hold no more than 20 */
#define NEXT_LEAST (2 * USEC_PER_MSEC)

static const struct budget_limit packets_limit = {.per_second = EGRESS_BURST * (USEC_PER_SEC / NEXT_LEAST),
                                                  .burst = EGRESS_BURST};

static bool is_urgent(const struct egress *item)
{
    return item->is_urgent || item->probe_cluster != 0;
}

static int64_t size_of(const struct egress *item)
{
    return DATAGRAM_OVERHEAD + (item->packet != NULL ? item->packet->length : RTP_HEADER_SIZE + item->rewrite.padding);
}

static int64_t bytes_in(uint64_t bps, usec_t time)
{
    return (int64_t)(bps / 8) * time / USEC_PER_SEC;
}

/* The debt at which packets begin to wait. */
static int64_t burst_at(uint64_t pace_bps)
{
    int64_t burst = bytes_in(pace_bps, BURST_TIME);
    if (burst > BURST_MOST)
        return BURST_MOST;
    return burst > BURST_LEAST ? burst : BURST_LEAST;
}

/* The pace at which the last of the items is not delayed for too long. */
static uint64_t hurry(const struct pacer *pacer, const struct egress *items, size_t count, uint64_t pace_bps)
{
    int64_t waiting = pacer->debt_bytes;
    for (size_t i = 0; i < count; i++)
        waiting += size_of(&items[i]);
    uint64_t least = (uint64_t)(waiting * 8 * USEC_PER_SEC / PACER_WAIT_MAX);
    return pace_bps > least ? pace_bps : least;
}

/* Moves an item from `from` forward to `to`; those between move back by one. */
static void bring_forward(struct egress *items, size_t from, size_t to)
{
    struct egress item = items[from];
    memmove(&items[to + 1], &items[to], (from - to) * sizeof *items);
    items[to] = item;
}

/* The debt of before, less what the pace has paid of it since. */
static void pay(struct pacer *pacer, uint64_t pace_bps, usec_t now)
{
    int64_t paid = bytes_in(pace_bps, usec_min(now - pacer->at, USEC_PER_SEC));
    pacer->debt_bytes = pacer->debt_bytes > paid ? pacer->debt_bytes - paid : 0;
    pacer->at = now;
}

size_t pacer_take(struct pacer *pacer, struct egress *items, size_t count, uint64_t pace_bps, usec_t now)
{
    size_t taken = 0;
    if (count == 0)
        return 0;
    size_t most = budget_left(&pacer->packets, &packets_limit, now);
    bool is_paced = pace_bps > 0, is_full = false;
    if (is_paced)
        pace_bps = hurry(pacer, items, count, pace_bps);
    int64_t burst = burst_at(pace_bps);
    pay(pacer, pace_bps, now);
    for (size_t i = 0; i < count && taken < most; i++) {
        is_full = is_full || (is_paced && pacer->debt_bytes >= burst);
        if (is_full && !is_urgent(&items[i]))
            continue;
        pacer->debt_bytes += is_paced ? size_of(&items[i]) : 0;
        if (i > taken)
            bring_forward(items, i, taken);
        taken++;
    }
    (void)budget_take(&pacer->packets, &packets_limit, taken, now);
    bool waits_for_pace = is_paced && taken < most; /* else something urgent may wait for others of its kind */
    usec_t wait = waits_for_pace ? (pacer->debt_bytes - burst + 1) * 8 * USEC_PER_SEC / (int64_t)pace_bps : 0;
    pacer->next = now + usec_max(wait, NEXT_LEAST);
    return taken;
}

usec_t pacer_next(const struct pacer *pacer)
{
    return pacer->next;
}
