/* A timer of a libuv loop in microseconds: libuv's own count milliseconds. */
#ifndef HEDDLE_BENCH_FINE_TIMER_H
#define HEDDLE_BENCH_FINE_TIMER_H

#include <uv.h>

#include "transport/base/time.h"

struct fine_timer {
    int fd;
    uv_poll_t poll;
    void (*due)(void *user);
    void *user;
};

/* 0, or ERR_IO. Its handle is closed with the loop's others; fine_timer_fini() comes after that. */
int fine_timer_init(struct fine_timer *timer, uv_loop_t *loop, void (*due)(void *user), void *user);
void fine_timer_fini(struct fine_timer *timer);
/* Calls `due` once, after `delay`, instead of what was set before. USEC_NEVER: not at all. */
void fine_timer_set(struct fine_timer *timer, usec_t delay);

#endif
