#include "transport/net/clock.h"

#include <pthread.h>
#include <time.h>

static pthread_once_t ntp_once = PTHREAD_ONCE_INIT;
static int64_t ntp_offset_us; /* to the monotonic clock */

static int64_t read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

usec_t clock_now(void)
{
    return read_ns(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_now_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
    return read_ns(CLOCK_REALTIME) / 1000;
}

static void set_ntp_offset(void)
{
    ntp_offset_us = clock_wall_us() - clock_now();
}

int64_t clock_ntp_us(void)
{
    pthread_once(&ntp_once, set_ntp_offset);
    return clock_now() + ntp_offset_us;
}

int64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}
