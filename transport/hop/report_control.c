#include "transport/hop/report_control.h"

#include <math.h>

#define WINDOW_LEAST (800 * USEC_PER_MSEC)
#define WINDOW_MOST (6 * USEC_PER_SEC) /* then the reports that have come must be enough */
#define WINDOW_LONG (2 * USEC_PER_SEC) /* so long that most of its packets were sent after the last change */
#define COVERED_LEAST 10
#define LOSS_LOW 0.02
#define LOSS_TRIAL 0.05
#define NACKED_TRIAL 0.10
#define NACKED_LEAST 10
#define LOSS_HIGH 0.10
#define INHERENT_LEAST 0.04 /* a full link does not lose so much more than the surplus */
#define INHERENT_MAX 0.3
#define BACK_OFF 0.9
#define LOSS_MUCH 0.2
#define PROVEN_SHARE 0.9
#define PROVEN_SPREAD 1.1
#define BACK_OFF_MUCH 0.8 /* retransmissions need bandwidth, too */
#define GROWTH 1.08       /* a second */
#define QUEUE_HIGH (150 * USEC_PER_MSEC)
#define BASE_RTT_PERIOD (10 * USEC_PER_SEC)
#define INTERVAL_MIN (2 * USEC_PER_SEC)
#define LIMIT_INTERVAL (5 * USEC_PER_SEC) /* at first; doubled each time */
#define INTERVAL_MAX (30 * USEC_PER_SEC)
#define INTERVAL_STARVED (10 * USEC_PER_SEC) /* video that is paused is worth more trials than a better quality */
#define INTERVAL_SMOOTH (10 * USEC_PER_SEC)
#define LIMIT_LIFETIME (90 * USEC_PER_SEC)
#define EPISODE_TIME (3 * USEC_PER_SEC)
#define NEAR 0.8
#define SHOWN 1.05                             /* rates vary: a rate that arrived once must not be given up for that */
#define TRIAL_TIME (6 * USEC_PER_SEC)          /* by then the tried rate must have been sent */
#define TRIAL_UNHEARD_TIME (12 * USEC_PER_SEC) /* some stacks report each 7.5 s */
#define PROGRESS_TIME (4 * USEC_PER_SEC)
#define PROGRESS 1.02
#define PADDING_BURST (20 * USEC_PER_MSEC)
#define PADDING_TICK (10 * USEC_PER_MSEC)
#define MEDIA_TIME (1500 * USEC_PER_MSEC)
#define CONGESTED_TIME (3 * USEC_PER_SEC) /* without reports for so long, congestion is not known any more */

void report_sum_add(struct report_sum *sum, const struct send_stream *stream)
{
    sum->packets += stream->covered;
    sum->bytes += (double)stream->covered_bytes;
    sum->lost_bytes += (double)stream->covered_bytes * stream->fraction_lost / 256;
    if (sum->rtt == 0 || (stream->rtt_sample > 0 && stream->rtt_sample < sum->rtt))
        sum->rtt = stream->rtt_sample;
}

void report_control_init(struct report_control *control, uint64_t start_bps, uint64_t min_bps, uint64_t max_bps,
                         usec_t now)
{
    *control = (struct report_control){
        .bps = start_bps,
        .min_bps = min_bps,
        .max_bps = max_bps,
        .target_bps = max_bps,
        .window = {.start = now},
        .base_rtt = USEC_NEVER,
        .next_base_rtt = USEC_NEVER,
        .base_since = now,
        .judged_at = now,
        .last_decrease = now - USEC_PER_SEC,
        .next_trial = now + INTERVAL_MIN,
        .limit = {.interval = LIMIT_INTERVAL},
    };
}

void report_control_sent(struct report_control *control, size_t bytes, bool is_reported)
{
    control->window.sent_bytes += bytes;
    control->window.sent_packets += is_reported;
    control->media_packets += is_reported;
    control->trial.sent_bytes += bytes;
    control->trial.sent_packets += is_reported;
}

static uint64_t within(const struct report_control *control, double bps)
{
    double most =
        (double)(control->remb_bps > 0 && control->remb_bps < control->max_bps ? control->remb_bps : control->max_bps);
    return (uint64_t)fmax(fmin(bps, most), (double)control->min_bps);
}

void report_control_set(struct report_control *control, uint64_t bitrate_bps)
{
    control->bps = within(control, (double)bitrate_bps);
}

/* Trials */

/* Reports cover media, but not padding. Without media, only a REMB shows whether the padding arrived. */
static bool can_be_padded(const struct report_control *control)
{
    return control->request.can_pad && (control->remb_bps > 0 || control->has_media);
}

static uint64_t target_of(const struct report_control *control)
{
    const struct bandwidth_request *request = &control->request;
    uint64_t target = request->next_bps + request->next_bps / 10; /* rates swing */
    if (can_be_padded(control) && control->limit.found_at == 0)
        target = 2 * control->bps;
    else if (can_be_padded(control) && (request->next_bps <= control->bps || target > control->bps + control->bps / 2))
        target = control->bps + control->bps / 2;
    if (can_be_padded(control) && target > control->target_bps)
        target = control->target_bps;
    return target < control->max_bps ? target : control->max_bps;
}

static void start_trial(struct report_control *control, usec_t now)
{
    uint64_t target = target_of(control);
    control->trial = (struct report_trial){
        .is_running = true,
        .is_padded = can_be_padded(control),
        .is_starved = control->request.is_starved,
        .target_bps = target,
        .used_bps = can_be_padded(control) ? target : control->request.next_used_bps,
        .started = now,
        .progress_at = now,
        .progress_bps = control->remb_bps,
        .remb_before_bps = control->remb_bps,
    };
}

/* Notes that this rate was too much. */
static void note_limit(struct report_control *control, uint64_t bps, bool is_again, usec_t now)
{
    struct report_limit *limit = &control->limit;
    if (limit->found_at == 0 || now - limit->found_at > LIMIT_LIFETIME)
        limit->interval = LIMIT_INTERVAL;
    else if (is_again)
        limit->interval = usec_min(2 * limit->interval, control->trial.is_starved ? INTERVAL_STARVED : INTERVAL_MAX);
    limit->bps = bps;
    limit->found_at = now;
    control->next_trial = now + usec_min(limit->interval, 2 * INTERVAL_MIN);
}

static void succeed(struct report_control *control, usec_t now)
{
    control->trial.is_running = false;
    control->next_trial = control->trial.is_padded ? now : now + 2 * INTERVAL_MIN; /* to see whether that stays true */
    if (control->trial.used_bps > control->limit.bps)
        control->limit.bps = 0;
}

static void fail(struct report_control *control, usec_t now)
{
    control->trial.is_running = false;
    note_limit(control, control->trial.used_bps, true, now);
}

/* Loss and queue caused by the trial must not be counted again afterwards. */
static void fail_by_congestion(struct report_control *control, usec_t now)
{
    fail(control, now);
    control->is_congested = control->is_unsure = true;
    control->judged_at = control->last_decrease = now;
}

static bool is_near_limit(const struct report_control *control, double bps)
{
    return control->limit.bps > 0 && bps >= NEAR * (double)control->limit.bps;
}

/* A rate that was too much, or nearly so, is tried again later than others; with media later than with padding. */
static usec_t trial_due(const struct report_control *control)
{
    usec_t wait = can_be_padded(control) ? control->limit.interval : control->limit.interval * 4 / 3;
    if (control->request.is_starved)
        wait = usec_min(wait, INTERVAL_STARVED);
    if (!is_near_limit(control, (double)target_of(control)))
        return control->next_trial;
    return usec_max(control->next_trial, control->limit.found_at + wait);
}

/* Whether a trial makes sense: more could be used, and a trial can show whether it arrives. */
static bool needs_trial(const struct report_control *control)
{
    if (control->bps + control->bps / 20 >= control->target_bps || control->bps >= control->max_bps)
        return false;
    /* A REMB forbids more media, unless nothing could be sent at all. */
    bool is_forbidden = control->remb_bps > 0 && !control->request.is_starved;
    return can_be_padded(control) || (control->request.next_bps > control->bps && !is_forbidden);
}

static void look_for_media(struct report_control *control, usec_t now)
{
    if (control->media_packets != control->media_packets_before)
        control->media_at = now;
    control->media_packets_before = control->media_packets;
    control->has_media = now - control->media_at < MEDIA_TIME;
}

void report_control_timeout(struct report_control *control, usec_t now)
{
    struct report_trial *trial = &control->trial;
    if (now - control->judged_at > CONGESTED_TIME)
        control->is_congested = control->is_unsure = false;
    look_for_media(control, now);
    if (!trial->is_running) {
        if (now >= trial_due(control) && !control->is_unsure && needs_trial(control))
            start_trial(control, now);
        return;
    }
    bool is_stuck = control->remb_bps > 0 && now - trial->progress_at > PROGRESS_TIME;
    if (is_stuck || now - trial->started > TRIAL_UNHEARD_TIME)
        fail(control, now);
}

usec_t report_control_next(const struct report_control *control)
{
    const struct report_trial *trial = &control->trial;
    usec_t sure_at = control->is_unsure ? control->judged_at + CONGESTED_TIME + 1 : 0;
    if (!trial->is_running)
        return needs_trial(control) ? usec_max(trial_due(control), sure_at) : USEC_NEVER;
    usec_t end = trial->started + TRIAL_UNHEARD_TIME + 1;
    return control->remb_bps > 0 ? usec_min(end, trial->progress_at + PROGRESS_TIME + 1) : end;
}

uint64_t report_control_bps(const struct report_control *control)
{
    const struct report_trial *trial = &control->trial;
    bool is_tried = trial->is_running && !trial->is_padded && trial->target_bps > control->bps;
    return is_tried ? trial->target_bps : control->bps;
}

size_t report_control_padding(const struct report_control *control, usec_t now)
{
    const struct report_trial *trial = &control->trial;
    if (!trial->is_running || !trial->is_padded)
        return 0;
    uint64_t due = trial->target_bps / 8 * (uint64_t)(now - trial->started + PADDING_TICK) / USEC_PER_SEC;
    uint64_t burst = trial->target_bps / 8 * PADDING_BURST / USEC_PER_SEC;
    uint64_t missing = due > trial->sent_bytes ? due - trial->sent_bytes : 0;
    return (size_t)(missing < burst ? missing : burst);
}

void report_control_nack(struct report_control *control, unsigned packets, usec_t now)
{
    struct report_trial *trial = &control->trial;
    control->window.nacked += packets;
    if (!trial->is_running)
        return;
    trial->nacked += packets;
    /* Some NACKs are for packets from before the trial. */
    if (trial->nacked > NACKED_LEAST + (NACKED_TRIAL + 1.5 * control->nacked_before) * trial->sent_packets)
        fail_by_congestion(control, now);
}

/* Windows */

/* The result of a window. The part of the media that arrived is known; of padding and retransmissions it is not. */
struct verdict {
    double seconds, sent_bps, media_bps, delivered_bps;
    usec_t queue_before;
    bool is_trial; /* all of it was sent in the present trial */
};

static void note_rtt(struct report_control *control, usec_t rtt, usec_t now)
{
    if (rtt == 0) {
        control->queue = 0;
        return;
    }
    control->queue = control->base_rtt != USEC_NEVER ? usec_max(rtt - control->base_rtt, 0) : 0;
    control->next_base_rtt = usec_min(control->next_base_rtt, rtt);
    control->base_rtt = usec_min(control->base_rtt, rtt);
    if (now - control->base_since < BASE_RTT_PERIOD)
        return;
    control->base_since = now;
    control->base_rtt = control->next_base_rtt;
    control->next_base_rtt = USEC_NEVER;
}

static bool is_queue_standing(const struct report_control *control, const struct verdict *verdict)
{
    return control->queue > QUEUE_HIGH && verdict->queue_before > QUEUE_HIGH / 2;
}

/* Whether loss is a property of the link: less is sent than before, but twice in a row as much was lost, which is more
 * than a link of the rate that arrived would lose. */
static bool is_inherent(struct report_control *control, const struct verdict *verdict)
{
    double full = fmax(0, 1 - control->episode.delivered_bps / fmax(verdict->media_bps, 1));
    double spread = control->episode.loss - full;
    bool is_same = control->episode.estimate_bps != 0 && control->loss <= INHERENT_MAX &&
                   control->queue <= QUEUE_HIGH && spread > INHERENT_LEAST && control->loss > full + spread / 2 &&
                   control->loss < control->episode.loss + INHERENT_LEAST;
    control->episode.same_windows = is_same ? control->episode.same_windows + 1 : 0;
    return control->episode.same_windows >= 2;
}

static void put_up_with_it(struct report_control *control)
{
    control->inherent = control->loss;
    control->bps = within(control, (double)control->episode.estimate_bps);
    control->episode.estimate_bps = 0;
    control->is_congested = false;
}

static void decrease(struct report_control *control, const struct verdict *verdict, usec_t now)
{
    bool is_old =
        control->window.start - control->last_decrease < WINDOW_LEAST && verdict->seconds * USEC_PER_SEC < WINDOW_LONG;
    if (is_old)
        return; /* most of it was sent before the last decrease took effect */
    double target = (control->loss > LOSS_MUCH ? BACK_OFF_MUCH : BACK_OFF) * verdict->delivered_bps;
    /* So little was sent that the rate of arrivals says nothing about the link. */
    if (verdict->sent_bps < (double)control->bps / 2)
        target = fmax(target, 0.8 * (double)control->bps);
    if (control->episode.estimate_bps == 0) {
        control->episode.loss = control->loss;
        control->episode.delivered_bps = verdict->delivered_bps;
        control->episode.estimate_bps = control->bps;
        control->episode.same_windows = 0;
    }
    control->episode.delivered_bps = fmax(control->episode.delivered_bps, verdict->delivered_bps);
    note_limit(control, control->bps, now - control->limit.found_at > EPISODE_TIME, now);
    target = fmax(target, PROVEN_SHARE * control->proven_bps);
    if (target < (double)control->bps)
        control->bps = within(control, target);
    control->last_decrease = now;
}

static void increase(struct report_control *control, const struct verdict *verdict, usec_t now)
{
    double bps = (double)control->bps, limit = 1.5 * verdict->delivered_bps + 10000;
    double useful = 1.25 * (double)control->target_bps;
    double grown = fmin(fmin(bps * pow(GROWTH, verdict->seconds), limit), useful);
    /* A sender that can raise its rate in small steps need not wait so long. */
    bool is_smooth = !control->request.can_pad && control->request.next_bps == 0;
    usec_t wait = is_smooth ? usec_min(control->limit.interval, INTERVAL_SMOOTH) : control->limit.interval;
    bool is_early = now - control->limit.found_at < wait;
    if (grown > bps && !(is_early && is_near_limit(control, grown)))
        control->bps = within(control, grown);
    control->episode.estimate_bps = 0;
}

/* Retransmissions and padding take bandwidth that reports do not cover, so the media that arrived may be far less than
 * the link carries. A rate that arrived before counts as proven until a lower one turns out to be too much. */
static void note_proof(struct report_control *control, const struct verdict *verdict)
{
    bool is_good = control->loss <= LOSS_LOW && control->queue <= QUEUE_HIGH / 2;
    if (is_good && verdict->sent_bps > control->proven_bps)
        control->proven_bps = verdict->sent_bps;
    if (control->is_congested && verdict->sent_bps < PROVEN_SPREAD * control->proven_bps)
        control->proven_bps = 0;
}

/* Judges a window of a trial. False: the window is not of the trial. */
static bool judge_trial(struct report_control *control, const struct verdict *verdict, usec_t now)
{
    const struct report_trial *trial = &control->trial;
    if (!trial->is_running || !verdict->is_trial)
        return false;
    if (control->loss > LOSS_TRIAL + 1.5 * control->inherent || control->queue > QUEUE_HIGH) {
        fail_by_congestion(control, now);
    } else if (control->remb_bps == 0 && verdict->sent_bps >= 0.75 * (double)trial->used_bps) {
        control->bps = within(control, fmax((double)control->bps, SHOWN * (double)trial->used_bps));
        succeed(control, now);
    } else if (now - trial->started > TRIAL_TIME && control->remb_bps == 0) {
        fail(control, now); /* nothing is sent that could show it */
    }
    return true;
}

static void judge(struct report_control *control, usec_t now)
{
    struct report_window *window = &control->window;
    struct verdict verdict = {
        .seconds = (double)(now - window->start) / USEC_PER_SEC,
        .queue_before = control->queue,
        .is_trial = window->start >= control->trial.started,
    };
    note_rtt(control, window->covered.rtt, now);
    control->loss = window->covered.lost_bytes / window->covered.bytes;
    verdict.sent_bps = (double)window->sent_bytes * 8 / verdict.seconds;
    verdict.media_bps = fmin(window->covered.bytes * 8 / verdict.seconds, verdict.sent_bps);
    verdict.delivered_bps = verdict.media_bps * (1 - control->loss);
    if (control->queue > verdict.queue_before) { /* a part of it waits in the link's queue */
        double waits = (double)(control->queue - verdict.queue_before) / USEC_PER_SEC;
        verdict.delivered_bps *= verdict.seconds / (verdict.seconds + waits);
    }
    control->judged_at = now;
    control->is_congested = false;
    if (control->loss < control->inherent / 2)
        control->inherent = 0;
    bool is_full = is_queue_standing(control, &verdict);
    double high = fmax(LOSS_HIGH, 1.5 * control->inherent), low = LOSS_LOW + 1.2 * control->inherent;
    if (!control->trial.is_running && window->sent_packets > 0)
        control->nacked_before += (fmin(1, (double)window->nacked / window->sent_packets) - control->nacked_before) / 4;
    control->is_unsure = control->loss > low || control->queue > QUEUE_HIGH / 2;
    if (judge_trial(control, &verdict, now)) {
        /* nothing more to learn from it */
    } else if (control->loss > high || is_full) {
        control->is_congested = true;
        note_proof(control, &verdict);
        if (is_inherent(control, &verdict))
            put_up_with_it(control);
        else
            decrease(control, &verdict, now);
        if (control->trial.is_running)
            fail(control, now);
    } else if (!control->is_unsure) {
        note_proof(control, &verdict);
        increase(control, &verdict, now);
    }
    *window = (struct report_window){.start = now};
}

void report_control_report(struct report_control *control, const struct report_sum *report, usec_t now)
{
    struct report_sum *covered = &control->window.covered;
    if (report->packets <= 0 || report->bytes <= 0)
        return;
    covered->packets += report->packets;
    covered->bytes += report->bytes;
    covered->lost_bytes += fmin(report->lost_bytes, report->bytes);
    if (covered->rtt == 0 || (report->rtt > 0 && report->rtt < covered->rtt))
        covered->rtt = report->rtt;
    usec_t age = now - control->window.start;
    bool is_whole = covered->packets >= COVERED_LEAST && covered->packets * 2 >= (double)control->window.sent_packets;
    if (age >= WINDOW_LEAST && (is_whole || age > WINDOW_MOST))
        judge(control, now);
}

/* REMB */

static void follow_trial(struct report_control *control, usec_t now)
{
    struct report_trial *trial = &control->trial;
    uint64_t remb = control->remb_bps;
    if (remb == 0)
        return;
    if (remb + remb / 20 < trial->remb_before_bps) {
        fail(control, now);
    } else if (remb >= trial->target_bps - trial->target_bps / 20) {
        succeed(control, now);
    } else if ((double)remb > PROGRESS * (double)trial->progress_bps) {
        trial->progress_bps = remb;
        trial->progress_at = now;
    }
}

void report_control_remb(struct report_control *control, uint64_t bitrate_bps, usec_t now)
{
    bool is_lossy = control->is_congested || control->episode.estimate_bps != 0;
    control->remb_bps = bitrate_bps;
    if (control->trial.is_running)
        follow_trial(control, now);
    if (bitrate_bps == 0) { /* the limit is gone */
        control->limit = (struct report_limit){.interval = LIMIT_INTERVAL};
        control->next_trial = now;
        return;
    }
    /* The REMB is based on delay, our estimate on loss: the lower one counts. */
    if (bitrate_bps < control->bps || !is_lossy)
        control->bps = within(control, (double)bitrate_bps);
}
