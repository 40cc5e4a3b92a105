#include "bench/delays.h"

#include <stdlib.h>

#include "transport/base/memory.h"

#define VALUES_MAX ((size_t)8 << 20)

void delays_clear(struct delays *delays)
{
    delays->count = 0;
}

void delays_fini(struct delays *delays)
{
    free(delays->values);
    *delays = (struct delays){0};
}

void delays_add(struct delays *delays, usec_t value)
{
    if (delays->count == delays->capacity) {
        if (delays->capacity >= VALUES_MAX)
            return;
        delays->capacity = delays->capacity * 2 + 1024;
        delays->values = mem_resize(delays->values, delays->capacity, sizeof *delays->values);
    }
    delays->values[delays->count++] = value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static int compare(const void *a, const void *b)
{
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

double delays_at(struct delays *delays, double share)
{
    if (delays->count == 0)
        return -1;
    qsort(delays->values, delays->count, sizeof *delays->values, compare);
    size_t at = (size_t)(share * (double)delays->count);
    return delays->values[at < delays->count ? at : delays->count - 1];
}
