#include "router/in/rates.h"

#include <string.h>

#define RATE_WINDOW (200 * USEC_PER_MSEC)
#define WEIGHT 8           /* the last window is one part in so many */
#define KEYFRAME_WEIGHT 32 /* of a window with a keyframe, which is a peak and no new bitrate */
#define TYPICAL_WEIGHT 64

static unsigned below(unsigned id, unsigned count)
{
    return id < count ? id : count - 1;
}

void rates_start(struct rates *rates, usec_t now)
{
    memset(rates->bytes, 0, sizeof rates->bytes);
    rates->has_keyframe = false;
    rates->since = now;
}

void rates_count(struct rates *rates, const struct frame_info *frame, size_t bytes, usec_t now)
{
    unsigned spatial = below(frame->spatial_id, SPATIALS_MAX);
    unsigned temporal = below(frame->temporal_id, TEMPORALS_MAX);
    if (rates->since == 0)
        rates->since = now;
    rates->has_keyframe = rates->has_keyframe || frame->keyframe;
    if (rates->spatials <= spatial)
        rates->spatials = spatial + 1;
    if (rates->temporals <= temporal)
        rates->temporals = temporal + 1;
    rates->bytes[spatial][temporal] += (uint32_t)bytes;
}

/* The mean of the first `weight` windows, then a moving average. */
static uint64_t smooth(uint64_t before, uint64_t sample, unsigned windows, unsigned weight)
{
    uint64_t count = windows < weight ? windows : weight;
    return (before * (count - 1) + sample) / count;
}

static uint64_t *whole(struct rates *rates)
{
    return &rates->bps[rates->spatials - 1][rates->temporals - 1];
}

/* The encoding becomes idle. Its rate is set to the typical one, since its last seconds may have been a peak, or its
 * end: by this rate the bandwidth for its return is judged. */
static void remember_rates(struct rates *rates)
{
    uint64_t last = *whole(rates);
    for (unsigned s = 0; s < rates->spatials; s++)
        for (unsigned t = 0; t < rates->temporals && rates->typical_bps < last; t++)
            rates->bps[s][t] = rates->bps[s][t] * rates->typical_bps / last;
}

void rates_measure(struct rates *rates, bool is_paused, usec_t now)
{
    usec_t elapsed = now - rates->since;
    uint64_t bytes[TEMPORALS_MAX] = {0}; /* of this and all lower spatial layers */
    if (rates->since == 0 || elapsed < RATE_WINDOW)
        return;
    if (is_paused) {
        remember_rates(rates);
        rates_start(rates, now);
        return;
    }
    unsigned weight = rates->has_keyframe ? KEYFRAME_WEIGHT : WEIGHT;
    rates->windows += rates->windows < TYPICAL_WEIGHT;
    for (unsigned s = 0; s < rates->spatials; s++) {
        uint64_t sum = 0;
        for (unsigned t = 0; t < rates->temporals; t++) {
            bytes[t] += rates->bytes[s][t];
            sum += bytes[t];
            rates->bps[s][t] =
                smooth(rates->bps[s][t], sum * 8 * USEC_PER_SEC / (uint64_t)elapsed, rates->windows, weight);
        }
    }
    rates->typical_bps = smooth(rates->typical_bps, *whole(rates), rates->windows, TYPICAL_WEIGHT);
    rates_start(rates, now);
}

uint64_t rates_bps(const struct rates *rates, int spatial, int temporal)
{
    if (rates->temporals == 0)
        return 0;
    return rates->bps[below((unsigned)spatial, rates->spatials)][below((unsigned)temporal, rates->temporals)];
}
