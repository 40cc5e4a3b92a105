#include "client/mix/limiter.h"

#include <math.h>

#define LIMIT 0.9f    /* peaks are brought down to this */
#define KNEE 0.7f     /* from here on samples are bent... */
#define CEILING 0.98f /* ...and never reach this */
#define ATTACK 96     /* samples in which the reduction grows */
#define RELEASE 0.1f  /* a frame's part of the way back */
#define FULL_SCALE 32767.0f

static float bend(float sample)
{
    float size = fabsf(sample);
    if (size <= KNEE)
        return sample;
    return copysignf(KNEE + (CEILING - KNEE) * tanhf((size - KNEE) / (CEILING - KNEE)), sample);
}

void limiter_apply(struct limiter *limiter, const float *samples, int16_t *out, size_t count)
{
    float peak = 0, before = limiter->reduction;
    for (size_t i = 0; i < 2 * count; i++)
        peak = fmaxf(peak, fabsf(samples[i]));
    float needed = peak > LIMIT ? 1 - LIMIT / peak : 0;
    limiter->reduction = needed > before ? needed : before + RELEASE * (needed - before);
    size_t way = needed > before ? ATTACK : count;
    for (size_t i = 0; i < count; i++) {
        float part = i < way ? (float)i / (float)way : 1;
        float gain = 1 - (before + (limiter->reduction - before) * part);
        out[2 * i] = (int16_t)lrintf(bend(samples[2 * i] * gain) * FULL_SCALE);
        out[2 * i + 1] = (int16_t)lrintf(bend(samples[2 * i + 1] * gain) * FULL_SCALE);
    }
}
