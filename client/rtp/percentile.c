#include "client/rtp/percentile.h"

void percentile_add(struct percentile *percentile, usec_t value)
{
    usec_t ms = usec_max(value, 0) / USEC_PER_MSEC;
    percentile->bins[usec_min(ms, PERCENTILE_BINS - 1)]++;
    percentile->count++;
}

int percentile_ms(const struct percentile *percentile, double share)
{
    if (percentile->count == 0)
        return -1;
    double requested = share * (double)percentile->count;
    uint64_t sum = 0;
    for (int i = 0; i < PERCENTILE_BINS; i++) {
        sum += percentile->bins[i];
        if ((double)sum >= requested && sum > 0)
            return i;
    }
    return PERCENTILE_BINS - 1;
}
