#include "client/rtp/adaptation.h"

#include <string.h>

#define USED_PERCENT 90  /* of the estimate: the rest is for retransmissions */
#define GROW_PERCENT 120 /* of what the next better step needs: so much must be there before it is taken */
#define GROW_AFTER (5 * USEC_PER_SEC)
#define NOTICED_PERCENT 10 /* smaller changes of the bitrate are ignored */
#define BITRATE_MIN_BPS 40000

/* The steps of a single encoding, best first: from so much of the full bitrate on, which size and frame rate. */
static const struct step {
    unsigned from_percent, size_percent, rate_percent;
} steps[] = {{60, 100, 100}, {36, 67, 100}, {24, 50, 100}, {8, 33, 50}, {0, 25, 50}};
#define STEPS (sizeof steps / sizeof steps[0])

void adaptation_init(struct adaptation *adaptation, const struct encoding_plan *full, unsigned count)
{
    *adaptation = (struct adaptation){.count = count};
    memcpy(adaptation->full, full, count * sizeof *full);
    memcpy(adaptation->plan, full, count * sizeof *full);
}

static unsigned step_count(const struct adaptation *adaptation)
{
    return adaptation->count > 1 ? adaptation->count : (unsigned)STEPS;
}

/* What a step needs at least. */
static uint64_t needs(const struct adaptation *adaptation, unsigned step)
{
    if (adaptation->count == 1)
        return (uint64_t)adaptation->full[0].bitrate_bps * steps[step].from_percent / 100;
    uint64_t sum = 0;
    unsigned top = adaptation->count - 1 - step;
    for (unsigned i = 0; i < top; i++)
        sum += adaptation->full[i].bitrate_bps;
    return top == 0 ? 0 : sum + adaptation->full[top].bitrate_bps * UINT64_C(6) / 10;
}

static unsigned choose(const struct adaptation *adaptation, uint64_t budget_bps, bool may_grow)
{
    unsigned step = 0;
    while (step + 1 < step_count(adaptation) && budget_bps < needs(adaptation, step))
        step++;
    if (step >= adaptation->step)
        return step;
    while (step < adaptation->step && (!may_grow || budget_bps < needs(adaptation, step) * GROW_PERCENT / 100))
        step++;
    return step;
}

static unsigned even(unsigned value)
{
    return value & ~1u;
}

static void plan_single(struct adaptation *adaptation, uint64_t budget_bps)
{
    const struct encoding_plan *full = &adaptation->full[0];
    const struct step *step = &steps[adaptation->step];
    adaptation->plan[0] = (struct encoding_plan){
        .is_active = true,
        .width = step->size_percent == 100 ? full->width : even(full->width * step->size_percent / 100 + 1),
        .height = step->size_percent == 100 ? full->height : even(full->height * step->size_percent / 100 + 1),
        .frames_per_second = full->frames_per_second * step->rate_percent / 100,
        .bitrate_bps = budget_bps < full->bitrate_bps ? (unsigned)budget_bps : full->bitrate_bps,
    };
}

/* The smaller encodings first: viewers with a slow link must see something. */
static void plan_simulcast(struct adaptation *adaptation, uint64_t budget_bps)
{
    for (unsigned i = 0; i < adaptation->count; i++) {
        struct encoding_plan *plan = &adaptation->plan[i];
        *plan = adaptation->full[i];
        plan->is_active = i < adaptation->count - adaptation->step;
        if (!plan->is_active)
            continue;
        if (plan->bitrate_bps > budget_bps)
            plan->bitrate_bps = (unsigned)budget_bps;
        budget_bps -= plan->bitrate_bps;
    }
    if (adaptation->plan[0].bitrate_bps * UINT64_C(2) < adaptation->full[0].bitrate_bps)
        adaptation->plan[0].frames_per_second /= 2;
}

static bool is_noticed(const struct adaptation *adaptation, const struct encoding_plan *before)
{
    for (unsigned i = 0; i < adaptation->count; i++) {
        const struct encoding_plan *now = &adaptation->plan[i];
        if (now->is_active != before[i].is_active || now->width != before[i].width || now->height != before[i].height ||
            now->frames_per_second != before[i].frames_per_second)
            return true;
        unsigned difference = now->bitrate_bps > before[i].bitrate_bps ? now->bitrate_bps - before[i].bitrate_bps
                                                                       : before[i].bitrate_bps - now->bitrate_bps;
        if (difference * UINT64_C(100) > (uint64_t)before[i].bitrate_bps * NOTICED_PERCENT)
            return true;
    }
    return false;
}

bool adaptation_estimate(struct adaptation *adaptation, uint64_t estimate_bps, usec_t now)
{
    struct encoding_plan before[MEDIA_ENCODINGS_MAX];
    uint64_t budget = estimate_bps * USED_PERCENT / 100;
    budget = budget > AUDIO_BPS + BITRATE_MIN_BPS ? budget - AUDIO_BPS : BITRATE_MIN_BPS;
    memcpy(before, adaptation->plan, sizeof before);
    unsigned step = choose(adaptation, budget, now - adaptation->changed_at >= GROW_AFTER);
    if (step != adaptation->step)
        adaptation->changed_at = now;
    adaptation->step = step;
    if (adaptation->count == 1)
        plan_single(adaptation, budget);
    else
        plan_simulcast(adaptation, budget);
    if (is_noticed(adaptation, before))
        return true;
    memcpy(adaptation->plan, before, sizeof before);
    return false;
}
