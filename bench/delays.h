/* Samples of a time in microseconds, kept whole, so that any percentile is exact. Pure. */
#ifndef HEDDLE_BENCH_DELAYS_H
#define HEDDLE_BENCH_DELAYS_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

struct delays {
    size_t count, capacity;
    uint32_t *values;
};

void delays_clear(struct delays *delays); /* of the values; the memory stays */
void delays_fini(struct delays *delays);
void delays_add(struct delays *delays, usec_t value); /* negative counts as 0; the first few million are kept */
/* `share` of 0..1; -1 when there are no values. Sorts. */
double delays_at(struct delays *delays, double share);

#endif
