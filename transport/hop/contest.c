#include "transport/hop/contest.h"

#include <math.h>

/* Whose queue it is. */
#define QUEUE_EMPTY (40 * USEC_PER_MSEC)
#define QUEUE_STANDING (100 * USEC_PER_MSEC)
#define QUEUE_GREW (20 * USEC_PER_MSEC)
#define CARRIED_WINDOW (1 * USEC_PER_SEC) /* in which is measured what the link carries of us */
#define CARRIED_EARLIER 0.7               /* of what it carried of us before the queue grew on */
#define WATCH_MIN (3 * USEC_PER_SEC)      /* a queue of our own may take so long to drain */
#define DRAIN_DUE_MIN (250 * USEC_PER_MSEC)
#define GAVE_WAY 0.85 /* of what the link carries of us: we send no more than that */
#define EMPTY_UNTIL_OVER (500 * USEC_PER_MSEC)

/* What we take of the link meanwhile. */
#define SHARE 0.45 /* of what was ours alone: with two of our kind the queue drains */
#define SHARE_AFTER_LOSS 0.97
#define APPROACH_S 5.0          /* time constant, up to the share */
#define GROWTH_PER_S 0.02       /* above it */
#define HOLD (1 * USEC_PER_SEC) /* without growth, at the start */
#define STEP_MAX (200 * USEC_PER_MSEC)

/* When that is too much. */
#define LOSS_WINDOW (600 * USEC_PER_MSEC)
#define LOSS_WINDOW_PACKETS 10
#define LOSS_HIGH 0.04 /* overflows of a TCP download cost less, or end within a round trip or two */
#define LOSSY_WINDOWS 2
#define ALL_USED 0.8 /* of what may be sent */
#define BACK_OFF 0.9
#define YIELD_TIME (1 * USEC_PER_SEC)
#define YIELD_SPACING (3 * USEC_PER_SEC)
#define YIELD_SHARE 0.7

static double carried(const struct contest *contest)
{
    double now = contest->carried_count > 0 ? (double)contest->carried_sum / contest->carried_count : 0;
    return fmax(now, contest->carried_earlier_bps);
}

static void watch_anew(struct contest *contest, usec_t queue, usec_t now)
{
    bool is_standing = queue >= QUEUE_STANDING;
    *contest = (struct contest){.since = is_standing ? now : 0,
                                .longest = queue,
                                .carried_earlier_bps = is_standing ? CARRIED_EARLIER * carried(contest) : 0,
                                .estimate_bps = contest->estimate_bps};
}

static void begin(struct contest *contest, usec_t now)
{
    /* Who came into the full queue never had the link alone. */
    double share = SHARE * fmax((double)contest->estimate_bps, carried(contest));
    *contest = (struct contest){.is_on = true,
                                .estimate_bps = contest->estimate_bps,
                                .bps = fmin(carried(contest), share),
                                .share_bps = share,
                                .yielded = now, /* what was lost until now was not our fault */
                                .held_until = now + HOLD,
                                .window_start = now};
}

static bool is_not_ours(const struct contest *contest, usec_t queue, usec_t now)
{
    usec_t drain = usec_min(contest->due_drain / 2, contest->longest / 3);
    return now - contest->since >= WATCH_MIN && contest->due_drain >= DRAIN_DUE_MIN && contest->longest - queue < drain;
}

/* A queue that grows on is watched anew: the link may have become slower. */
static void watch_queue(struct contest *contest, const struct contest_look *look, usec_t now)
{
    bool has_grown = look->queue > contest->longest + QUEUE_GREW && now - contest->since > CARRIED_WINDOW;
    if (look->queue < QUEUE_EMPTY)
        contest->estimate_bps = look->estimate_bps;
    if (look->queue < QUEUE_STANDING || contest->since == 0 || has_grown) {
        watch_anew(contest, look->queue, now);
        return;
    }
    contest->longest = usec_max(contest->longest, look->queue);
    if (now - contest->since < CARRIED_WINDOW) {
        contest->carried_sum += look->drained_bps;
        contest->carried_count += look->drained_bps > 0;
        return;
    }
    double part = (double)look->sending_bps / fmax(carried(contest), 1);
    if (part <= GAVE_WAY)
        contest->due_drain += (usec_t)((1 - part) * (double)usec_min(now - contest->updated, STEP_MAX));
    if (is_not_ours(contest, look->queue, now))
        begin(contest, now);
}

/* Who sends all that is allowed goes on from what arrives of it, and pauses for long enough to empty a queue. Who has
 * much less than the share has not lost because the share is too much. */
static void yield(struct contest *contest, const struct contest_look *look, usec_t now)
{
    bool is_all_used = (double)look->sending_bps > ALL_USED * contest->bps;
    double most = is_all_used ? (double)look->acknowledged_bps : contest->bps;
    if (is_all_used && contest->bps > contest->share_bps / 2)
        contest->share_bps = fmin(contest->share_bps, contest->bps);
    contest->share_bps *= SHARE_AFTER_LOSS;
    contest->bps = fmin(contest->bps * BACK_OFF, most);
    contest->is_yielding = is_all_used;
    contest->yielded = now;
    contest->held_until = is_all_used ? now + YIELD_TIME : now;
    contest->lossy_windows = 0;
}

static void grow(struct contest *contest, const struct contest_look *look, usec_t now)
{
    double seconds = (double)usec_min(now - contest->updated, STEP_MAX) / USEC_PER_SEC;
    double most = fmax(1.5 * (double)look->acknowledged_bps, contest->share_bps);
    double step = fmax(GROWTH_PER_S * contest->bps, (contest->share_bps - contest->bps) / APPROACH_S) * seconds;
    contest->bps = fmax(contest->bps, fmin(contest->bps + step, most));
}

static bool is_over(struct contest *contest, usec_t queue, usec_t now)
{
    if (queue >= QUEUE_EMPTY)
        contest->empty_since = 0;
    else if (contest->empty_since == 0)
        contest->empty_since = now;
    return contest->empty_since != 0 && now - contest->empty_since >= EMPTY_UNTIL_OVER;
}

static void compete(struct contest *contest, const struct contest_look *look, usec_t now)
{
    if (is_over(contest, look->queue, now)) {
        *contest = (struct contest){.estimate_bps = look->estimate_bps};
        return;
    }
    if (now >= contest->held_until)
        contest->is_yielding = false;
    if (contest->lossy_windows >= LOSSY_WINDOWS && now - contest->yielded >= YIELD_SPACING)
        yield(contest, look, now);
    else if (contest->loss < LOSS_HIGH && now >= contest->held_until)
        grow(contest, look, now);
}

void contest_forget(struct contest *contest)
{
    *contest = (struct contest){.estimate_bps = contest->estimate_bps};
}

void contest_update(struct contest *contest, const struct contest_look *look, usec_t now)
{
    if (contest->is_on)
        compete(contest, look, now);
    else
        watch_queue(contest, look, now);
    contest->updated = now;
}

void contest_loss(struct contest *contest, unsigned received, unsigned lost, usec_t rtt, usec_t now)
{
    contest->received += received;
    contest->lost += lost;
    unsigned total = contest->received + contest->lost;
    if (now - contest->window_start < usec_max(rtt, LOSS_WINDOW) || total < LOSS_WINDOW_PACKETS)
        return;
    contest->loss = (double)contest->lost / total;
    contest->lossy_windows = contest->loss > LOSS_HIGH ? contest->lossy_windows + 1 : 0;
    contest->received = contest->lost = 0;
    contest->window_start = now;
}

uint64_t contest_bps(const struct contest *contest)
{
    return (uint64_t)(contest->is_yielding ? YIELD_SHARE * contest->bps : contest->bps);
}
