/* Time is an argument: cores are given `now` and never read a clock (transport/net/clock.h does). */
#ifndef HEDDLE_BASE_TIME_H
#define HEDDLE_BASE_TIME_H

#include <stdint.h>

/* Microseconds. Monotonic unless a name says otherwise (wall_us: since 1970, UTC). */
typedef int64_t usec_t;

#define USEC_NEVER INT64_MAX
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)

static inline usec_t usec_from_ms(int64_t ms)
{
    return ms * USEC_PER_MSEC;
}

static inline usec_t usec_min(usec_t a, usec_t b)
{
    return a < b ? a : b;
}

static inline usec_t usec_max(usec_t a, usec_t b)
{
    return a > b ? a : b;
}

#endif
