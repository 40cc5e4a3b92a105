#include "transport/hop/receive_estimate.h"

#include <math.h>

#include "transport/base/bytes.h"

#define LOOK_INTERVAL (50 * USEC_PER_MSEC)
#define QUEUE_HIGH (80 * USEC_PER_MSEC)
#define QUEUE_LOW (40 * USEC_PER_MSEC)
#define QUEUE_LONG (200 * USEC_PER_MSEC) /* a longer queue must drain soon */
#define GAP_MAX 32                       /* packets: a longer gap is an outage; a full link loses a few at a time */
#define LOSS_LOW 0.05                    /* with more loss the estimate does not grow */
#define LOSS_HIGH 0.1
#define LOSS_FULL 0.4 /* so much loss means a full link, whose queue may have been full all the time */
#define BACK_OFF 0.85
#define BACK_OFF_LONG 0.7
#define BACK_OFF_LOSS 0.8 /* a queue that is too short to be measured has no room for two packets at once */
#define DECREASE_SPACING (300 * USEC_PER_MSEC)
#define START_BPS 300000
#define MIN_BPS 50000
#define MAX_BPS 100000000
/* Growth in a second: */
#define GROWTH_NEAR 1.03 /* near the rate that filled the link last, */
#define GROWTH_FAR 1.08  /* below that rate, */
#define GROWTH_FREE 1.25 /* and above it */
#define NEAR 0.8
#define EXCEEDED 1.2
#define ASSUMED_RTT (100 * USEC_PER_MSEC)
#define TELL_INTERVAL USEC_PER_SEC
#define TELL_SPACING (100 * USEC_PER_MSEC)
#define CLOCK_JUMP (3 * USEC_PER_SEC) /* more than a queue can grow between two packets */
#define CLOCK_SILENCE USEC_PER_SEC    /* after so long, another stream's timestamps are used */
#define SEND_TIME_RATE 262144         /* of abs-send-time, a second */

/* How many packets are missing just before it; -1: it is late itself, so one less is missing. */
static int64_t missing_before(const struct packet *packet, const struct receive_stream *stream, bool is_rtx)
{
    if (is_rtx || !stream->started || packet->rtp.ssrc != stream->ssrc)
        return 0;
    int64_t step = seq_extend(packet->rtp.sequence, stream->highest_sequence) - stream->highest_sequence;
    return step > 0 ? step - 1 : -1;
}

struct arrival arrival_of(const struct packet *packet, const struct receive_stream *stream, bool is_rtx)
{
    struct arrival arrival = {.bytes = packet->length + DATAGRAM_OVERHEAD,
                              .ssrc = packet->rtp.ssrc,
                              .timestamp = packet->rtp.timestamp,
                              .clock_rate = stream->clock_rate,
                              .is_resent = is_rtx,
                              .missing = missing_before(packet, stream, is_rtx)};
    if (packet->extensions.at[EXTENSION_ABS_SEND_TIME].length == 3) {
        arrival.has_send_time = true;
        arrival.send_time = get_u24(packet->data + packet->extensions.at[EXTENSION_ABS_SEND_TIME].offset);
    }
    return arrival;
}

void receive_estimate_init(struct receive_estimate *estimate, usec_t now)
{
    *estimate = (struct receive_estimate){
        .updated_at = now, .decreased_at = now - USEC_PER_SEC, .told_at = now - TELL_INTERVAL};
    loss_bound_init(&estimate->loss, now);
}

/* Another stream, or another kind of time stamp: the clock starts again, and so does the measurement of the queue. */
static void start_clock(struct receive_estimate *estimate, const struct arrival *arrival, uint32_t value)
{
    estimate->clock = (struct send_clock){.has_send_times = arrival->has_send_time, .has_started = true, .last = value};
    estimate->clock.ssrc = arrival->ssrc;
    estimate->queue = (struct queue_gauge){0};
}

/* False: the packet has no usable send time. */
static bool read_clock(struct receive_estimate *estimate, const struct arrival *arrival, usec_t now, usec_t *sent)
{
    struct send_clock *clock = &estimate->clock;
    bool is_better = arrival->has_send_time && !clock->has_send_times;
    bool is_silent = now - clock->heard_at > CLOCK_SILENCE;
    if (!arrival->has_send_time && (arrival->is_resent || arrival->clock_rate == 0))
        return false;
    uint32_t value = arrival->has_send_time ? arrival->send_time << 8 : arrival->timestamp;
    bool is_other =
        arrival->has_send_time != clock->has_send_times || (!arrival->has_send_time && arrival->ssrc != clock->ssrc);
    if (!clock->has_started || is_better || (is_other && is_silent))
        start_clock(estimate, arrival, value);
    else if (is_other)
        return false;
    bool is_told = arrival->has_send_time || value != clock->last || clock->heard_at == 0;
    if (!is_told) /* the rest of a picture may be sent long after its first packet */
        return false;
    int64_t rate = arrival->has_send_time ? SEND_TIME_RATE : (int64_t)arrival->clock_rate;
    int64_t step = (int32_t)(value - clock->last) / (arrival->has_send_time ? 256 : 1);
    usec_t jump = step * USEC_PER_SEC / rate - (now - clock->heard_at);
    if (clock->heard_at != 0 && (jump > CLOCK_JUMP || jump < -CLOCK_JUMP)) {
        start_clock(estimate, arrival, value);
        step = 0;
    }
    clock->ticks += step;
    clock->last = value;
    clock->heard_at = now;
    *sent = clock->ticks * USEC_PER_SEC / rate;
    return true;
}

static void decrease(struct receive_estimate *estimate, uint64_t incoming, usec_t queue, usec_t now)
{
    uint64_t drained = queue_gauge_drained_bps(&estimate->queue);
    if (now - estimate->decreased_at < DECREASE_SPACING)
        return;
    if (drained == 0 && estimate->queue.is_busy)
        return; /* in a moment it is known what the link carries */
    double carried = (double)(drained > 0 ? drained : incoming);
    double target = carried * (queue > QUEUE_LONG ? BACK_OFF_LONG : BACK_OFF);
    estimate->capacity_bps = carried;
    estimate->has_been_full = true;
    estimate->decreased_at = now;
    if (target < (double)estimate->bps)
        estimate->bps = (uint64_t)target;
}

static void increase(struct receive_estimate *estimate, uint64_t incoming, double seconds)
{
    double bps = (double)estimate->bps, most = 1.5 * (double)incoming + 10000;
    if (bps > EXCEEDED * estimate->capacity_bps)
        estimate->capacity_bps = 0;
    bool is_near = estimate->capacity_bps > 0 && bps > NEAR * estimate->capacity_bps;
    double growth = estimate->capacity_bps <= 0 ? GROWTH_FREE : is_near ? GROWTH_NEAR : GROWTH_FAR;
    double grown = estimate->has_been_full ? fmin(bps * pow(growth, seconds), most) : most;
    estimate->bps = (uint64_t)fmin(fmax(bps, grown), MAX_BPS);
}

/* A queue that is too short to be measured shows by loss. A decrease by loss is recovered as slowly as one by a queue,
 * or at once if the loss turns out to be a property of the link. */
static void look_at_loss(struct receive_estimate *estimate, uint64_t incoming, usec_t now)
{
    struct loss_bound *loss = &estimate->loss;
    bool was_bound = loss->bps != UINT64_MAX;
    loss_bound_feedback(loss, estimate->received, estimate->lost > 0 ? (unsigned)estimate->lost : 0, estimate->bps,
                        incoming, ASSUMED_RTT, now);
    estimate->received = 0;
    estimate->lost = 0;
    if (loss->bps < estimate->bps) {
        /* Some senders do not count headers, and some packets are retransmissions: so it is less than what arrived. */
        uint64_t carried = (uint64_t)(BACK_OFF_LOSS * (double)incoming);
        estimate->bps = carried < loss->bps ? carried : loss->bps;
        estimate->capacity_bps = (double)incoming;
        estimate->has_been_full = true;
    } else if (was_bound && loss->bps == UINT64_MAX && loss->inherent > 0) {
        estimate->capacity_bps = 0;
        estimate->has_been_full = false;
    }
}

/* Whether loss is by congestion: once it is known to be a property of the link, there is no bound. */
static bool is_dropping(const struct receive_estimate *estimate)
{
    const struct loss_bound *loss = &estimate->loss;
    return loss->loss > LOSS_FULL || (loss->loss > LOSS_HIGH && loss->bps != UINT64_MAX);
}

static void look(struct receive_estimate *estimate, usec_t now)
{
    uint64_t incoming = rate_meter_bps(&estimate->incoming, now);
    usec_t queue = queue_gauge_time(&estimate->queue);
    double seconds = (double)usec_min(now - estimate->updated_at, USEC_PER_SEC) / USEC_PER_SEC;
    estimate->updated_at = now;
    if (incoming == 0)
        return;
    if (estimate->bps == 0)
        estimate->bps = START_BPS;
    look_at_loss(estimate, incoming, now);
    estimate->is_congested = queue > QUEUE_HIGH || is_dropping(estimate);
    if (queue > QUEUE_HIGH)
        decrease(estimate, incoming, queue, now);
    else if (queue < QUEUE_LOW && estimate->loss.loss < LOSS_LOW + 1.2 * estimate->loss.inherent)
        increase(estimate, incoming, seconds);
}

void receive_estimate_packet(struct receive_estimate *estimate, const struct arrival *arrival, usec_t now)
{
    usec_t sent;
    rate_meter_add(&estimate->incoming, arrival->bytes, now);
    estimate->received++;
    estimate->lost += arrival->missing < GAP_MAX ? arrival->missing : GAP_MAX;
    estimate->untimed_bytes += arrival->bytes;
    if (read_clock(estimate, arrival, now, &sent)) {
        queue_gauge_packet(&estimate->queue, sent, now, estimate->untimed_bytes);
        estimate->untimed_bytes = 0;
    }
    if (now - estimate->updated_at >= LOOK_INTERVAL)
        look(estimate, now);
}

uint64_t receive_estimate_bps(const struct receive_estimate *estimate)
{
    return estimate->bps == 0 || estimate->bps > MIN_BPS ? estimate->bps : MIN_BPS;
}

bool receive_estimate_is_due(const struct receive_estimate *estimate, usec_t now)
{
    uint64_t bps = receive_estimate_bps(estimate);
    bool has_fallen = bps + bps / 32 < estimate->told_bps && now - estimate->told_at >= TELL_SPACING;
    return bps != 0 && (has_fallen || now - estimate->told_at >= TELL_INTERVAL);
}

void receive_estimate_told(struct receive_estimate *estimate, usec_t now)
{
    estimate->told_bps = receive_estimate_bps(estimate);
    estimate->told_at = now;
}
