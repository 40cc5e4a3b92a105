/* The rate over the last half second, as draft-ietf-rmcat-gcc-02 section 5.5 measures it. Pure; embedded. */
#ifndef HEDDLE_HOP_RATE_METER_H
#define HEDDLE_HOP_RATE_METER_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define RATE_METER_BUCKETS 10
#define RATE_METER_BUCKET (50 * USEC_PER_MSEC)

struct rate_meter {
    uint64_t bytes[RATE_METER_BUCKETS];
    int64_t newest; /* number of the bucket being filled; 0: nothing yet */
    int64_t first;  /* number of the first ever */
};

/* `at` may be a little earlier than before. */
void rate_meter_add(struct rate_meter *meter, size_t bytes, usec_t at);
/* 0 in the first quarter of a second. */
uint64_t rate_meter_bps(const struct rate_meter *meter, usec_t at);

#endif
