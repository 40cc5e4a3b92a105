/* When a timer of a libuv loop fires next, and what happens every so often.
 *
 * A loop fires timers until none is due, and only then reads sockets and sees signals. So that work which takes longer
 * than its interval cannot keep it from that:
 * 1. no timer is armed for less than a millisecond after the loop's time, and
 * 2. nobody moves the loop's time (uv_update_time) within a callback of a timer: two would keep each other due. */
#ifndef HEDDLE_NET_TICKER_H
#define HEDDLE_NET_TICKER_H

#include <stdint.h>
#include <uv.h>

#include "transport/base/time.h"

/* From the loop's time (uv_now) until `due`, which is of clock_now(): the same clock. Rounded up; at least 1. */
uint64_t timer_wait_ms(usec_t due, uint64_t loop_now_ms);
void timer_arm(uv_timer_t *timer, uv_timer_cb callback, usec_t due);

/* Something that happens every `interval`, without drift. */
struct ticker {
    usec_t interval, due;
};

/* How many times it has been due by `now`; the next time lies after that. The caller chooses what is made up for. */
uint64_t ticker_take(struct ticker *ticker, usec_t now);

#endif
