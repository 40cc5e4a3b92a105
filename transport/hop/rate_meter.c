#include "transport/hop/rate_meter.h"

#define BUCKETS_LEAST 5

static int64_t number_of(usec_t at)
{
    return at / RATE_METER_BUCKET + 1;
}

void rate_meter_add(struct rate_meter *meter, size_t bytes, usec_t at)
{
    int64_t number = number_of(at);
    if (meter->newest == 0 || number - meter->newest > 10 * RATE_METER_BUCKETS ||
        meter->newest - number > 10 * RATE_METER_BUCKETS) {
        *meter = (struct rate_meter){.newest = number, .first = number};
    }
    while (meter->newest < number)
        meter->bytes[(size_t)(++meter->newest) % RATE_METER_BUCKETS] = 0;
    if (meter->newest - number < RATE_METER_BUCKETS)
        meter->bytes[(size_t)number % RATE_METER_BUCKETS] += bytes;
}

uint64_t rate_meter_bps(const struct rate_meter *meter, usec_t at)
{
    int64_t now = number_of(at);
    int64_t from = now - RATE_METER_BUCKETS + 1;
    uint64_t sum = 0;
    if (meter->newest == 0 || now - meter->first < BUCKETS_LEAST)
        return 0;
    if (from < meter->first)
        from = meter->first;
    for (int64_t i = from > meter->newest - RATE_METER_BUCKETS ? from : meter->newest - RATE_METER_BUCKETS + 1;
         i <= meter->newest && i <= now; i++)
        sum += meter->bytes[(size_t)i % RATE_METER_BUCKETS];
    /* The newest bucket is not complete. */
    usec_t span = at - (from - 1) * RATE_METER_BUCKET;
    return span > 0 ? sum * 8 * USEC_PER_SEC / (uint64_t)span : 0;
}
