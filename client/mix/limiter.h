/* Keeps a sum of voices below full scale: turned down as a whole when it is too loud, softly bent where a peak comes
 * before that, so that no sample is ever cut off. Pure. */
#ifndef HEDDLE_CLIENT_MIX_LIMITER_H
#define HEDDLE_CLIENT_MIX_LIMITER_H

#include <stddef.h>
#include <stdint.h>

struct limiter {     /* zeros: at rest */
    float reduction; /* 0: none, 1: silence */
};

/* `count` stereo samples; 1 is full scale. */
void limiter_apply(struct limiter *limiter, const float *samples, int16_t *out, size_t count);

#endif
