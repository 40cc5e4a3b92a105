/* What happens every so often happens on time, and never keeps a loop from its sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/net/clock.h"
#include "transport/net/ticker.h"

static void a_wait_ends_when_it_is_due_and_is_never_nothing(void **state)
{
    static const struct {
        usec_t due;
        uint64_t loop_now_ms, wait_ms;
    } cases[] = {
        {20000, 10, 10}, {20001, 10, 11}, {19999, 10, 10}, {10001, 10, 1}, {10000, 10, 1}, /* due now */
        {9000, 10, 1},                                                                     /* behind */
        {0, 10, 1},      {0, 0, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(timer_wait_ms(cases[i].due, cases[i].loop_now_ms), cases[i].wait_ms);
    assert_true(timer_wait_ms(USEC_NEVER, 10) > 1000000);
}

static void one_that_is_behind_goes_on_in_the_future(void **state)
{
    static const struct {
        usec_t due, now;
        uint64_t count;
        usec_t next;
    } cases[] = {
        {1000, 999, 0, 1000},
        {1000, 1000, 1, 1020},
        {1000, 1019, 1, 1020}, /* a late one does not move those after it */
        {1000, 1020, 2, 1040},
        {1000, 1059, 3, 1060},
        {1000, 1000 + 20 * 5000, 5001, 1020 + 20 * 5000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ticker ticker = {.interval = 20, .due = cases[i].due};
        assert_int_equal(ticker_take(&ticker, cases[i].now), cases[i].count);
        assert_int_equal(ticker.due, cases[i].next);
        assert_true(ticker.due > cases[i].now);
    }
}

/* Two that each take three intervals a time, and a pipe that has something to read. */
struct slow {
    uv_timer_t timers[2];
    struct ticker tickers[2];
    uv_poll_t poll;
    unsigned ticks;
};
#define TICKS_MAX 50

static void stop(struct slow *slow)
{
    uv_timer_stop(&slow->timers[0]);
    uv_timer_stop(&slow->timers[1]);
    uv_poll_stop(&slow->poll);
}

static void on_slow(uv_timer_t *timer)
{
    struct slow *slow = timer->data;
    struct ticker *ticker = &slow->tickers[timer - slow->timers];
    usec_t begun = clock_now();
    ticker_take(ticker, begun);
    while (clock_now() - begun < 3 * ticker->interval)
        ;
    timer_arm(timer, on_slow, ticker->due);
    if (++slow->ticks == TICKS_MAX)
        stop(slow);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    stop(poll->data);
}

static void work_that_takes_too_long_leaves_time_for_sockets(void **state)
{
    struct slow slow = {0};
    uv_loop_t loop;
    int pipe_ends[2];
    (void)state;
    uv_loop_init(&loop);
    assert_int_equal(pipe(pipe_ends), 0);
    assert_int_equal(write(pipe_ends[1], "", 1), 1);
    uv_poll_init(&loop, &slow.poll, pipe_ends[0]);
    slow.poll.data = &slow;
    uv_poll_start(&slow.poll, UV_READABLE, on_readable);
    usec_t now = clock_now();
    for (int i = 0; i < 2; i++) {
        slow.tickers[i] = (struct ticker){.interval = 2 * USEC_PER_MSEC, .due = now};
        uv_timer_init(&loop, &slow.timers[i]);
        slow.timers[i].data = &slow;
        timer_arm(&slow.timers[i], on_slow, now);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(slow.ticks <= 2); /* each at most once before the pipe is read */
    uv_close((uv_handle_t *)&slow.poll, NULL);
    uv_close((uv_handle_t *)&slow.timers[0], NULL);
    uv_close((uv_handle_t *)&slow.timers[1], NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_ends_when_it_is_due_and_is_never_nothing),
        cmocka_unit_test(one_that_is_behind_goes_on_in_the_future),
        cmocka_unit_test(work_that_takes_too_long_leaves_time_for_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
