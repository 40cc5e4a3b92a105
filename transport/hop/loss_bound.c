#include "transport/hop/loss_bound.h"

#include <stdbool.h>

#define WINDOW (200 * USEC_PER_MSEC)
#define PACKETS_LEAST 20
#define LOSS_LOW 0.02
#define LOSS_HIGH 0.10
#define LOSS_SMALL 0.05
#define SMOOTHING 0.7
#define GROWTH 1.05
#define INHERENT_MAX 0.3
#define SETTLED 4  /* windows until a decrease has its effect */
#define RELEASED 3 /* a bound of so many times the estimate is removed */

void loss_bound_init(struct loss_bound *bound, usec_t now)
{
    *bound = (struct loss_bound){.bps = UINT64_MAX, .window_start = now, .last_decrease = -USEC_PER_SEC};
}

/* Whether less is sent already than arrived when the bound began to fall. */
static bool is_below_episode(const struct loss_bound *bound)
{
    return bound->episode_bps > 0 && (double)bound->bps < 0.95 * bound->episode_bps;
}

static void decrease(struct loss_bound *bound, uint64_t estimate_bps, uint64_t acknowledged_bps, usec_t rtt, usec_t now)
{
    if (now - bound->last_decrease < 300 * USEC_PER_MSEC + rtt)
        return;
    if (is_below_episode(bound) && bound->after_decrease < SETTLED)
        return; /* the last decrease should have ended the loss: wait for its effect */
    uint64_t base = bound->bps < estimate_bps ? bound->bps : estimate_bps;
    uint64_t reduced = (uint64_t)((double)base * (1 - bound->loss / 2));
    uint64_t least = acknowledged_bps - acknowledged_bps / 10; /* what arrives does not congest the link */
    if (reduced < least)
        reduced = least < base ? least : base;
    if (bound->episode_bps <= 0) {
        bound->episode_loss = bound->loss;
        bound->episode_bps = (double)acknowledged_bps;
    }
    bound->bps = reduced;
    bound->last_decrease = now;
    bound->after_decrease = 0;
}

/* Whether the loss is as high as before, although less is sent. */
static bool is_inherent(const struct loss_bound *bound)
{
    return is_below_episode(bound) && bound->after_decrease >= SETTLED && bound->loss > bound->episode_loss / 2;
}

static void put_up_with_it(struct loss_bound *bound)
{
    bound->inherent = bound->loss < INHERENT_MAX ? bound->loss : INHERENT_MAX;
    bound->bps = UINT64_MAX;
    bound->episode_bps = 0;
}

static void judge(struct loss_bound *bound, double loss, uint64_t estimate_bps, uint64_t acknowledged_bps, usec_t rtt,
                  usec_t now)
{
    double high = LOSS_HIGH > bound->inherent * 1.5 ? LOSS_HIGH : bound->inherent * 1.5;
    if (bound->loss < bound->inherent / 2)
        bound->inherent = 0;
    if (is_inherent(bound)) {
        put_up_with_it(bound);
    } else if (loss > high && bound->loss > high) {
        /* Both the window and the smoothed loss must be high: one bad window may be chance. */
        decrease(bound, estimate_bps, acknowledged_bps, rtt, now);
    } else if (bound->loss < LOSS_LOW) {
        bound->episode_bps = 0;
        if (bound->bps != UINT64_MAX)
            bound->bps =
                bound->bps / RELEASED > estimate_bps ? UINT64_MAX : (uint64_t)((double)bound->bps * GROWTH) + 1000;
    }
}

void loss_bound_probe(struct loss_bound *bound, uint64_t rate_bps, double loss)
{
    if (bound->bps == UINT64_MAX || rate_bps <= bound->bps)
        return;
    if (bound->loss < LOSS_SMALL)
        bound->bps = rate_bps;
    else if (loss < bound->loss * 1.5 + LOSS_LOW)
        put_up_with_it(bound);
}

void loss_bound_feedback(struct loss_bound *bound, unsigned received, unsigned lost, uint64_t estimate_bps,
                         uint64_t acknowledged_bps, usec_t rtt, usec_t now)
{
    bound->received += received;
    bound->lost += lost;
    unsigned total = bound->received + bound->lost;
    if (now - bound->window_start < WINDOW || total < PACKETS_LEAST)
        return;
    double loss = (double)bound->lost / total;
    bound->loss = bound->loss * SMOOTHING + loss * (1 - SMOOTHING);
    bound->received = bound->lost = 0;
    bound->window_start = now;
    bound->after_decrease++;
    if (!bound->is_ignored)
        judge(bound, loss, estimate_bps, acknowledged_bps, rtt, now);
}
