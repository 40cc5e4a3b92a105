#include "transport/hop/bwe.h"

#include <math.h>
#include <stdlib.h>

#include "transport/base/memory.h"
#include "transport/hop/contest.h"
#include "transport/hop/loss_bound.h"
#include "transport/hop/prober.h"
#include "transport/hop/queue_gauge.h"
#include "transport/hop/rate_meter.h"
#include "transport/hop/remb.h"
#include "transport/hop/sent_packets.h"
#include "transport/hop/trendline.h"
#include "transport/wire/rtp.h"

#define ARRIVAL_PERIOD ((usec_t)(1 << 24) * 64 * USEC_PER_MSEC) /* after which the reporter's clock wraps */
#define BACK_OFF 0.85
#define GROWTH 1.08 /* a second, far from the known limit */
#define STANDING_QUEUE (100 * USEC_PER_MSEC)
#define CORRECTION_AFTER (150 * USEC_PER_MSEC)
#define SILENCE (1500 * USEC_PER_MSEC)
#define SILENT_BYTES 30000 /* without feedback for less there is no silence: audio of some browsers has none */
#define FEEDBACK_LIFETIME (10 * USEC_PER_SEC) /* without feedback for so long, receiver reports are used */
#define RTT_START (100 * USEC_PER_MSEC)

enum rate_state { RATE_INCREASE, RATE_HOLD, RATE_DECREASE };

struct bwe {
    struct bwe_config config;
    struct sent_packets sent;
    struct trendline trendline;
    struct queue_gauge queue;
    struct contest contest;
    struct rate_meter acknowledged, sending;
    struct loss_bound loss;
    struct prober prober;
    enum rate_state state;
    uint64_t delay_bps, target_bps;
    double capacity_bps, capacity_deviation; /* rate that arrived when the link was full; 0: not known */
    usec_t rtt;
    bool rtt_is_given;
    bool has_feedback;
    bool is_reported;   /* a report or a REMB came */
    bool is_by_reports; /* the feedback has stopped, and receiver reports are used */
    usec_t heard_at;    /* the last feedback */
    struct remb *remb;  /* NULL: there was none */
    struct report_control reports;
    usec_t last_feedback, last_update, last_decrease;
    usec_t arrival_base, newest_arrival; /* unwrapped */
    usec_t correction_at;                /* 0: none is due */
    size_t unreported_bytes;
    usec_t unheard_since; /* when the first packet after the last feedback was sent; 0: none was */
    bool outage_is_over;
    uint64_t silent_from_bps; /* the estimate before the feedback stopped; 0: it has not stopped */
};

struct bwe *bwe_new(const struct bwe_config *config, usec_t now)
{
    struct bwe *bwe = mem_alloc(sizeof *bwe);
    bwe->config = *config;
    bwe->delay_bps = config->start_bps;
    bwe->target_bps = config->max_bps;
    bwe->rtt = RTT_START;
    bwe->last_feedback = bwe->last_update = now;
    bwe->last_decrease = now - USEC_PER_SEC;
    report_control_init(&bwe->reports, config->start_bps, config->min_bps, config->max_bps, now);
    trendline_init(&bwe->trendline);
    loss_bound_init(&bwe->loss, now);
    prober_init(&bwe->prober, now);
    return bwe;
}

void bwe_free(struct bwe *bwe)
{
    if (bwe == NULL)
        return;
    sent_packets_fini(&bwe->sent);
    remb_free(bwe->remb);
    free(bwe);
}

void bwe_sent(struct bwe *bwe, uint16_t transport_sequence, size_t bytes, int cluster, usec_t now)
{
    bytes += DATAGRAM_OVERHEAD;
    if (cluster == 0 && prober_is_sending(&bwe->prober)) {
        cluster = bwe->prober.cluster;
        bwe->prober.other_bytes += bytes;
    }
    struct sent_packet packet = {
        .at = (uint32_t)now,
        .bytes = (uint16_t)bytes,
        .sequence = transport_sequence,
        .cluster = (uint8_t)cluster,
        .is_waiting = true,
    };
    sent_packets_add(&bwe->sent, &packet, now);
    rate_meter_add(&bwe->sending, bytes, now);
    prober_sent(&bwe->prober, cluster, bytes, now);
    bwe->unreported_bytes += bytes;
    if (bwe->unheard_since == 0)
        bwe->unheard_since = now;
}

void bwe_count(struct bwe *bwe, size_t bytes, bool is_reported)
{
    report_control_sent(&bwe->reports, bytes + DATAGRAM_OVERHEAD, is_reported);
}

bool bwe_has_feedback(const struct bwe *bwe)
{
    return bwe->has_feedback && !bwe->is_by_reports;
}

uint64_t bwe_estimate(const struct bwe *bwe)
{
    if (!bwe_has_feedback(bwe) && bwe->is_reported)
        return report_control_bps(&bwe->reports);
    uint64_t estimate = bwe->delay_bps < bwe->loss.bps ? bwe->delay_bps : bwe->loss.bps;
    if (estimate > bwe->config.max_bps)
        estimate = bwe->config.max_bps;
    return estimate < bwe->config.min_bps ? bwe->config.min_bps : estimate;
}

bool bwe_is_overusing(const struct bwe *bwe)
{
    if (!bwe_has_feedback(bwe))
        return bwe->reports.is_congested;
    if (bwe->contest.is_on)
        return bwe->contest.is_yielding;
    return !bwe->trendline.is_paused &&
           (bwe->trendline.usage == LINK_OVERUSE || queue_gauge_time(&bwe->queue) > STANDING_QUEUE);
}

usec_t bwe_queue_time(const struct bwe *bwe)
{
    return bwe_has_feedback(bwe) ? queue_gauge_time(&bwe->queue) : 0;
}

static void note_capacity(struct bwe *bwe, double acknowledged)
{
    if (bwe->capacity_bps <= 0) {
        bwe->capacity_bps = acknowledged;
        bwe->capacity_deviation = acknowledged * 0.1;
        return;
    }
    bwe->capacity_deviation += (fabs(acknowledged - bwe->capacity_bps) - bwe->capacity_deviation) * 0.1;
    bwe->capacity_bps += (acknowledged - bwe->capacity_bps) * 0.1;
}

/* When the capacity falls, the first decrease is still computed from what arrived before. A moment later, while the
 * queue drains, the rate of arrivals is what the link carries now, so the estimate is corrected. Once for each
 * decrease. */
static void correct(struct bwe *bwe, usec_t now)
{
    if (bwe->correction_at == 0 || now < bwe->correction_at)
        return;
    bwe->correction_at = 0;
    uint64_t drained = (uint64_t)(BACK_OFF * (double)queue_gauge_drained_bps(&bwe->queue));
    if (drained > 0 && drained < bwe->delay_bps)
        bwe->delay_bps = drained;
}

static void decrease(struct bwe *bwe, uint64_t acknowledged, usec_t now)
{
    if (now - bwe->last_decrease < bwe->rtt + 200 * USEC_PER_MSEC)
        return; /* the last decrease has not had its effect yet */
    uint64_t drained = queue_gauge_drained_bps(&bwe->queue);
    if (drained == 0 && bwe->queue.is_busy)
        return; /* correct() will know the capacity in a moment */
    if (drained > 0)
        acknowledged = drained;
    uint64_t sending = rate_meter_bps(&bwe->sending, now);
    uint64_t target = acknowledged > 0 ? (uint64_t)(BACK_OFF * (double)acknowledged) : bwe->delay_bps * 7 / 10;
    uint64_t current = bwe_estimate(bwe);
    /* So little was sent that the rate of arrivals says nothing about the link: other traffic fills it, or it stalls
     * now and then. */
    bool is_limited_by_application = drained == 0 && sending < current / 2;
    if (is_limited_by_application && target < current * 8 / 10)
        target = current * 8 / 10;
    if (!is_limited_by_application && acknowledged > 0)
        note_capacity(bwe, (double)acknowledged);
    if (target < bwe->delay_bps)
        bwe->delay_bps = target;
    bwe->last_decrease = now;
    bwe->correction_at = now + CORRECTION_AFTER;
    prober_postpone(&bwe->prober, now + 2 * USEC_PER_SEC);
}

static void increase(struct bwe *bwe, uint64_t acknowledged, usec_t elapsed)
{
    double seconds = (double)usec_min(elapsed, USEC_PER_SEC) / USEC_PER_SEC;
    double rate = (double)bwe->delay_bps;
    uint64_t limit = acknowledged + acknowledged / 2 + 10000, useful = bwe->target_bps + bwe->target_bps / 4;
    if (bwe->capacity_bps > 0 && (double)acknowledged > bwe->capacity_bps + 3 * bwe->capacity_deviation)
        bwe->capacity_bps = 0; /* the link carries more now */
    if (bwe->capacity_bps > 0)
        rate += 1200 * 8 / ((double)(bwe->rtt + 100 * USEC_PER_MSEC) / USEC_PER_SEC) * seconds;
    else
        rate = fmax(rate * pow(GROWTH, seconds), rate + 4000 * seconds);
    rate = fmax(rate, (double)acknowledged); /* it arrived, and no queue grew */
    /* Nothing is known about rates above what is really sent: there, only probes raise the estimate. */
    uint64_t grown = (uint64_t)rate < limit ? (uint64_t)rate : limit;
    grown = grown < useful ? grown : useful;
    if (grown > bwe->delay_bps)
        bwe->delay_bps = grown < bwe->config.max_bps ? grown : bwe->config.max_bps;
}

/* While others fill the queue, loss alone tells how much is too much. */
static bool compete(struct bwe *bwe, uint64_t acknowledged, usec_t now)
{
    const struct contest_look look = {.queue = queue_gauge_time(&bwe->queue),
                                      .drained_bps = queue_gauge_drained_bps(&bwe->queue),
                                      .sending_bps = rate_meter_bps(&bwe->sending, now),
                                      .acknowledged_bps = acknowledged,
                                      .estimate_bps = bwe_estimate(bwe)};
    uint64_t useful = bwe->target_bps + bwe->target_bps / 4;
    contest_update(&bwe->contest, &look, now);
    bwe->queue.is_held = bwe->loss.is_ignored = bwe->contest.is_on;
    if (!bwe->contest.is_on)
        return false;
    bwe->state = bwe->contest.is_yielding ? RATE_DECREASE : RATE_INCREASE;
    bwe->delay_bps = contest_bps(&bwe->contest);
    if (bwe->delay_bps > useful)
        bwe->delay_bps = useful;
    bwe->loss.bps = UINT64_MAX;
    bwe->correction_at = 0;
    return true;
}

static void update_rate(struct bwe *bwe, usec_t now)
{
    uint64_t acknowledged = rate_meter_bps(&bwe->acknowledged, bwe->newest_arrival);
    usec_t elapsed = now - bwe->last_update;
    bwe->last_update = now;
    if (compete(bwe, acknowledged, now))
        return;
    correct(bwe, now);
    if (bwe_is_overusing(bwe)) {
        bwe->state = RATE_DECREASE;
        decrease(bwe, acknowledged, now);
    } else if (bwe->trendline.usage == LINK_UNDERUSE || bwe->trendline.is_paused) {
        bwe->state = RATE_HOLD; /* the queue drains */
    } else if (bwe->state == RATE_DECREASE) {
        bwe->state = RATE_HOLD;
    } else {
        bwe->state = RATE_INCREASE;
        increase(bwe, acknowledged, elapsed);
    }
}

static void take_probe_result(struct bwe *bwe, usec_t now)
{
    uint64_t result = prober_result(&bwe->prober, now);
    if (result <= bwe_estimate(bwe))
        return;
    if (result > bwe->config.max_bps)
        result = bwe->config.max_bps;
    if (result > bwe->delay_bps)
        bwe->delay_bps = result;
    loss_bound_probe(&bwe->loss, result, prober_loss(&bwe->prober));
    if ((double)result > bwe->capacity_bps)
        bwe->capacity_bps = 0;
}

/* Undoes the wrapping of arrival times. */
static usec_t unwrap(struct bwe *bwe, usec_t arrival)
{
    if (!bwe->has_feedback) {
        bwe->has_feedback = true;
        bwe->arrival_base = ARRIVAL_PERIOD;
        bwe->newest_arrival = arrival + bwe->arrival_base;
    }
    usec_t unwrapped = arrival + bwe->arrival_base;
    if (unwrapped - bwe->newest_arrival < -ARRIVAL_PERIOD / 2)
        bwe->arrival_base += ARRIVAL_PERIOD;
    else if (unwrapped - bwe->newest_arrival > ARRIVAL_PERIOD / 2)
        bwe->arrival_base -= ARRIVAL_PERIOD;
    unwrapped = arrival + bwe->arrival_base;
    bwe->newest_arrival = usec_max(bwe->newest_arrival, unwrapped);
    return unwrapped;
}

/* An outage says nothing about the rate of the link after it: the estimate starts from half of what it was, and a probe
 * corrects that. */
static void end_silence(struct bwe *bwe, usec_t now)
{
    if (bwe->silent_from_bps / 2 > bwe->delay_bps)
        bwe->delay_bps = bwe->silent_from_bps / 2;
    if (bwe->silent_from_bps != 0)
        bwe->prober.next = now;
    bwe->silent_from_bps = 0;
}

static void look_for_outage(struct bwe *bwe, usec_t now)
{
    if (bwe->has_feedback && bwe->unheard_since != 0 && now - bwe->unheard_since > BWE_OUTAGE)
        bwe->outage_is_over = true;
    bwe->unheard_since = 0;
}

bool bwe_take_outage(struct bwe *bwe)
{
    bool is_over = bwe->outage_is_over;
    bwe->outage_is_over = false;
    return is_over;
}

void bwe_feedback(struct bwe *bwe, const struct twcc_feedback *feedback, usec_t now)
{
    unsigned received = 0, lost = 0;
    usec_t newest_sent = 0;
    look_for_outage(bwe, now);
    trendline_pause(&bwe->trendline, prober_disturbs(&bwe->prober, now));
    for (size_t i = 0; i < feedback->count; i++) {
        const struct twcc_status *status = &feedback->status[i];
        struct sent_packet *sent = sent_packets_find(&bwe->sent, status->sequence);
        if (sent == NULL)
            continue;
        if (!status->received) {
            lost++; /* if it still comes, it was only late, and counts as received then, too */
            prober_lost(&bwe->prober, sent->cluster, sent->bytes);
            continue;
        }
        usec_t arrival = unwrap(bwe, status->arrival);
        sent->is_waiting = false;
        received++;
        newest_sent = usec_max(newest_sent, sent_packet_time(sent, now));
        rate_meter_add(&bwe->acknowledged, sent->bytes, arrival);
        prober_received(&bwe->prober, sent->cluster, sent->bytes, arrival);
        if (sent->cluster != 0)
            continue;
        trendline_packet(&bwe->trendline, sent_packet_time(sent, now), arrival);
        queue_gauge_packet(&bwe->queue, sent_packet_time(sent, now), arrival, sent->bytes);
    }
    if (received + lost == 0)
        return;
    if (bwe->is_by_reports)
        bwe->delay_bps = bwe->reports.bps;
    bwe->is_by_reports = false;
    bwe->last_feedback = bwe->heard_at = now;
    bwe->unreported_bytes = 0;
    end_silence(bwe, now);
    if (newest_sent != 0 && !bwe->rtt_is_given)
        bwe->rtt = (bwe->rtt * 7 + usec_max(now - newest_sent, USEC_PER_MSEC)) / 8;
    contest_loss(&bwe->contest, received, lost, bwe->rtt + queue_gauge_time(&bwe->queue), now);
    loss_bound_feedback(&bwe->loss, received, lost, bwe_estimate(bwe),
                        rate_meter_bps(&bwe->acknowledged, bwe->newest_arrival), bwe->rtt, now);
    take_probe_result(bwe, now);
    update_rate(bwe, now);
    bwe_timeout(bwe, now);
    report_control_set(&bwe->reports, bwe_estimate(bwe));
}

void bwe_remb(struct bwe *bwe, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now)
{
    if (bwe->remb == NULL)
        bwe->remb = remb_new();
    bwe->is_reported = true;
    remb_put(bwe->remb, bitrate_bps, ssrcs, count, now);
    report_control_remb(&bwe->reports, remb_bps(bwe->remb, now), now);
}

void bwe_report(struct bwe *bwe, const struct report_sum *report, usec_t now)
{
    bwe->is_reported = true;
    if (bwe->has_feedback && now - bwe->heard_at > FEEDBACK_LIFETIME)
        bwe->is_by_reports = true;
    report_control_report(&bwe->reports, report, now);
}

void bwe_nack(struct bwe *bwe, unsigned packets, usec_t now)
{
    report_control_nack(&bwe->reports, packets, now);
}

void bwe_set_request(struct bwe *bwe, const struct bandwidth_request *request)
{
    bwe->reports.request = *request;
}

bool bwe_is_trying(const struct bwe *bwe)
{
    return !bwe_has_feedback(bwe) && report_control_bps(&bwe->reports) > bwe->reports.bps;
}

size_t bwe_padding(const struct bwe *bwe, usec_t now)
{
    return bwe_has_feedback(bwe) ? 0 : report_control_padding(&bwe->reports, now);
}

void bwe_rtt(struct bwe *bwe, usec_t rtt)
{
    if (rtt <= 0)
        return;
    bwe->rtt = rtt;
    bwe->rtt_is_given = true;
}

void bwe_set_target(struct bwe *bwe, uint64_t bitrate_bps)
{
    bwe->target_bps = bitrate_bps < bwe->config.max_bps ? bitrate_bps : bwe->config.max_bps;
    bwe->reports.target_bps = bwe->target_bps;
}

bool bwe_take_probe(struct bwe *bwe, struct bwe_probe *probe, usec_t now)
{
    if (!prober_take(&bwe->prober, now))
        return false;
    *probe = (struct bwe_probe){bwe->prober.cluster, bwe->prober.rate_bps, bwe->prober.bytes};
    return true;
}

size_t bwe_probe_media(const struct bwe *bwe)
{
    return bwe->prober.other_bytes;
}

/* Nothing is under way that could tell whether packets still wait. */
static void forget_queue(struct bwe *bwe)
{
    bwe->queue = (struct queue_gauge){0};
    contest_forget(&bwe->contest);
    bwe->trendline.usage = LINK_NORMAL;
}

void bwe_timeout(struct bwe *bwe, usec_t now)
{
    take_probe_result(bwe, now);
    if (bwe->remb != NULL && now >= remb_next(bwe->remb))
        report_control_remb(&bwe->reports, remb_bps(bwe->remb, now), now);
    if (!bwe_has_feedback(bwe) && bwe->is_reported)
        report_control_timeout(&bwe->reports, now);
    if (bwe_has_feedback(bwe) && now - bwe->last_feedback > SILENCE && bwe->unreported_bytes > SILENT_BYTES) {
        /* No feedback for much that was sent: the path is gone or congested. */
        if (bwe->silent_from_bps == 0)
            bwe->silent_from_bps = bwe_estimate(bwe);
        bwe->delay_bps = bwe_estimate(bwe) * 7 / 10;
        bwe->last_feedback = now - SILENCE / 2;
        prober_postpone(&bwe->prober, now + USEC_PER_SEC);
    }
    if (now - bwe->heard_at > SILENCE && bwe->unreported_bytes == 0)
        forget_queue(bwe);
    prober_update(&bwe->prober, bwe_estimate(bwe), bwe->target_bps, bwe_is_overusing(bwe) || bwe->contest.is_on, now);
}

usec_t bwe_next(const struct bwe *bwe)
{
    usec_t next = prober_next(&bwe->prober);
    if (bwe_has_feedback(bwe) && bwe->unreported_bytes > SILENT_BYTES)
        next = usec_min(next, bwe->last_feedback + SILENCE + 1);
    if (!bwe_has_feedback(bwe) && bwe->is_reported)
        next = report_control_next(&bwe->reports);
    if (bwe->remb != NULL)
        next = usec_min(next, remb_next(bwe->remb));
    return next;
}

void bwe_get_stats(const struct bwe *bwe, struct bwe_stats *stats)
{
    static const char *const names[] = {"increase", "hold", "decrease"};
    *stats = (struct bwe_stats){
        .estimate_bps = bwe_estimate(bwe),
        .delay_bps = bwe->delay_bps,
        .loss_bps = bwe->loss.bps,
        .acknowledged_bps = rate_meter_bps(&bwe->acknowledged, bwe->newest_arrival),
        .loss = bwe->loss.loss,
        .queue_ms = (double)queue_gauge_time(&bwe->queue) / USEC_PER_MSEC,
        .state = names[bwe->state],
    };
}
