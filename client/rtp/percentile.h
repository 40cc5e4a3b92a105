/* Percentiles of times up to ten seconds, in steps of a millisecond. Pure; embedded. */
#ifndef HEDDLE_CLIENT_PERCENTILE_H
#define HEDDLE_CLIENT_PERCENTILE_H

#include <stdint.h>

#include "transport/base/time.h"

#define PERCENTILE_BINS 10000

struct percentile {
    uint64_t count;
    uint32_t bins[PERCENTILE_BINS]; /* the last holds all that is longer */
};

void percentile_add(struct percentile *percentile, usec_t value); /* negative counts as 0 */
/* `share` of 0..1, e.g. 0.95; milliseconds, -1 when there are no values. */
int percentile_ms(const struct percentile *percentile, double share);

#endif
