#include "transport/hop/prober.h"

#define LENGTH (40 * USEC_PER_MSEC)
#define BYTES_LEAST 2000
#define PACKETS_LEAST 5
#define ANSWER_TIME (1 * USEC_PER_SEC)
#define INTERVAL_MIN (2 * USEC_PER_SEC)
#define INTERVAL_MAX (5 * USEC_PER_SEC)
#define LOOK_AGAIN (200 * USEC_PER_MSEC)
#define AFTER_SUCCESS (200 * USEC_PER_MSEC)
#define SETTLE (400 * USEC_PER_MSEC) /* until the queue caused by a train has drained */

void prober_init(struct prober *prober, usec_t now)
{
    *prober = (struct prober){.next = now, .interval = INTERVAL_MIN, .is_starting = true, .started = -USEC_PER_SEC};
}

void prober_postpone(struct prober *prober, usec_t at)
{
    prober->next = usec_max(prober->next, at);
    prober->interval = INTERVAL_MIN;
    prober->is_starting = false;
    if (prober->state == PROBER_DUE)
        prober->state = PROBER_IDLE;
}

void prober_update(struct prober *prober, uint64_t estimate_bps, uint64_t target_bps, bool is_overusing, usec_t now)
{
    uint64_t limit = target_bps + target_bps / 4;
    if (prober->state != PROBER_IDLE || now < prober->next)
        return;
    if (is_overusing || estimate_bps >= target_bps + target_bps / 10) {
        prober->next = now + LOOK_AGAIN;
        return;
    }
    prober->rate_bps = estimate_bps * (prober->is_starting ? 3 : 2);
    if (prober->rate_bps > limit)
        prober->rate_bps = limit;
    prober->bytes = (size_t)(prober->rate_bps * (uint64_t)LENGTH / 8 / USEC_PER_SEC);
    if (prober->bytes < BYTES_LEAST)
        prober->bytes = BYTES_LEAST;
    prober->state = PROBER_DUE;
}

bool prober_take(struct prober *prober, usec_t now)
{
    if (prober->state != PROBER_DUE)
        return false;
    prober->state = PROBER_RUNNING;
    prober->started = now;
    prober->cluster = prober->cluster % 200 + 1;
    prober->sent = prober->received = 0;
    prober->sent_bytes = prober->received_bytes = prober->lost_bytes = prober->other_bytes = 0;
    return true;
}

bool prober_is_sending(const struct prober *prober)
{
    return prober->state == PROBER_RUNNING && prober->sent > 0 && prober->sent_bytes < prober->bytes;
}

void prober_sent(struct prober *prober, int cluster, size_t bytes, usec_t now)
{
    if (prober->state != PROBER_RUNNING || cluster != prober->cluster)
        return;
    if (prober->sent++ == 0)
        prober->first_sent = now;
    prober->last_sent = now;
    prober->last_sent_size = bytes;
    prober->sent_bytes += bytes;
}

void prober_received(struct prober *prober, int cluster, size_t bytes, usec_t arrival)
{
    if (prober->state != PROBER_RUNNING || cluster != prober->cluster)
        return;
    if (prober->received++ == 0) {
        prober->first_arrival = prober->last_arrival = arrival;
        prober->first_received_size = bytes;
    }
    prober->first_arrival = usec_min(prober->first_arrival, arrival);
    prober->last_arrival = usec_max(prober->last_arrival, arrival);
    prober->received_bytes += bytes;
}

void prober_lost(struct prober *prober, int cluster, size_t bytes)
{
    if (prober->state == PROBER_RUNNING && cluster == prober->cluster)
        prober->lost_bytes += bytes;
}

double prober_loss(const struct prober *prober)
{
    return prober->sent_bytes > 0 ? 1 - (double)prober->received_bytes / (double)prober->sent_bytes : 0;
}

static uint64_t rate(size_t bytes, usec_t span)
{
    return (uint64_t)bytes * 8 * USEC_PER_SEC / (uint64_t)usec_max(span, 100);
}

static uint64_t measure(const struct prober *prober)
{
    uint64_t sent = rate(prober->sent_bytes - prober->last_sent_size, prober->last_sent - prober->first_sent);
    uint64_t received =
        rate(prober->received_bytes - prober->first_received_size, prober->last_arrival - prober->first_arrival);
    if (sent > prober->rate_bps)
        sent = prober->rate_bps; /* a train cannot show more than the rate it was sent for */
    if (received >= sent - sent / 10)
        return sent < received ? sent : received;
    return received - received / 10; /* the link's limit: leave its queue a chance to drain */
}

uint64_t prober_result(struct prober *prober, usec_t now)
{
    if (prober->state != PROBER_RUNNING)
        return 0;
    bool is_whole = prober->sent_bytes >= prober->bytes && prober->received >= PACKETS_LEAST &&
                    prober->received_bytes * 10 >= prober->sent_bytes * 8;
    bool is_reported = prober->received_bytes + prober->lost_bytes >= prober->sent_bytes;
    if (!(is_whole && is_reported) && now - prober->started < ANSWER_TIME)
        return 0;
    prober->state = PROBER_IDLE;
    uint64_t result = is_whole ? measure(prober) : 0;
    if (result > prober->rate_bps - prober->rate_bps / 5) {
        prober->next = now + AFTER_SUCCESS;
        prober->interval = INTERVAL_MIN;
    } else {
        prober->next = now + prober->interval;
        prober->interval = usec_min(prober->interval * 3 / 2, INTERVAL_MAX);
        prober->is_starting = false;
    }
    return result;
}

bool prober_disturbs(const struct prober *prober, usec_t now)
{
    return prober->state == PROBER_RUNNING || now - prober->started < SETTLE;
}

usec_t prober_next(const struct prober *prober)
{
    if (prober->state == PROBER_RUNNING)
        return prober->started + ANSWER_TIME;
    return prober->state == PROBER_DUE ? USEC_NEVER : prober->next;
}
