#include "transport/net/ticker.h"

#include "transport/base/check.h"

uint64_t timer_wait_ms(usec_t due, uint64_t loop_now_ms)
{
    uint64_t due_ms = due > 0 ? (uint64_t)((due - 1) / USEC_PER_MSEC + 1) : 0;
    return due_ms > loop_now_ms ? due_ms - loop_now_ms : 1;
}

void timer_arm(uv_timer_t *timer, uv_timer_cb callback, usec_t due)
{
    (void)uv_timer_start(timer, callback, timer_wait_ms(due, uv_now(timer->loop)), 0);
}

uint64_t ticker_take(struct ticker *ticker, usec_t now)
{
    CHECK(ticker->interval > 0);
    if (now < ticker->due)
        return 0;
    usec_t count = (now - ticker->due) / ticker->interval + 1;
    ticker->due += count * ticker->interval;
    return (uint64_t)count;
}
