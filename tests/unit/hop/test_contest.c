#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/hop/contest.h"

#define STEP (50 * USEC_PER_MSEC)
#define ALONE 1000000 /* the estimate before */

static struct contest contest;
static usec_t now;

static int set_up(void **state)
{
    (void)state;
    contest = (struct contest){0};
    now = USEC_PER_SEC;
    return 0;
}

static void feedback(usec_t queue, uint64_t carried_bps, uint64_t sending_bps, unsigned percent_lost)
{
    const struct contest_look look = {.queue = queue,
                                      .drained_bps = carried_bps,
                                      .sending_bps = sending_bps,
                                      .acknowledged_bps = carried_bps,
                                      .estimate_bps = contest.is_on ? contest_bps(&contest) : ALONE};
    contest_loss(&contest, 100 - percent_lost, percent_lost, STEP, now);
    contest_update(&contest, &look, now);
    now += STEP;
}

static void run(double seconds, usec_t queue, uint64_t carried_bps, uint64_t sending_bps)
{
    for (usec_t end = now + (usec_t)(seconds * USEC_PER_SEC); now < end;)
        feedback(queue, carried_bps, sending_bps, 0);
}

/* A queue of 200 ms that the link carried 300 kbit/s of us in, and that stays when we send a third of it. */
static void begin(void)
{
    run(1, 0, 0, 500000);
    run(1, 200 * USEC_PER_MSEC, 300000, 300000);
    run(4, 200 * USEC_PER_MSEC, 100000, 100000);
    assert_true(contest.is_on);
}

static void lose(double seconds, unsigned percent, uint64_t sending_bps)
{
    for (usec_t end = now + (usec_t)(seconds * USEC_PER_SEC); now < end;)
        feedback(200 * USEC_PER_MSEC, sending_bps, sending_bps, percent);
}

static void test_a_queue_that_stays_is_not_ours(void **state)
{
    (void)state;
    begin();
    assert_true(contest_bps(&contest) >= 300000);
    assert_true(contest_bps(&contest) < ALONE / 2);
}

static void test_who_comes_into_a_full_queue_has_a_share_of_what_it_carries(void **state)
{
    (void)state;
    run(2, 200 * USEC_PER_MSEC, 300000, 300000);
    run(4, 200 * USEC_PER_MSEC, 100000, 100000);
    assert_true(contest.is_on);
    run(10, 200 * USEC_PER_MSEC, 100000, 100000);
    assert_in_range(contest_bps(&contest), 130000, 300000);
}

static void test_a_queue_of_our_own_drains(void **state)
{
    (void)state;
    run(1, 0, 0, 500000);
    run(1, 300 * USEC_PER_MSEC, 300000, 300000);
    for (usec_t queue = 300 * USEC_PER_MSEC; queue > 0; queue -= STEP * 3 / 20) {
        feedback(queue, 300000, 255000, 0);
        assert_false(contest.is_on);
    }
}

static void test_who_does_not_give_way_learns_nothing(void **state)
{
    (void)state;
    run(20, 200 * USEC_PER_MSEC, 300000, 290000);
    assert_false(contest.is_on);
}

static void test_a_queue_that_grows_on_is_watched_anew(void **state)
{
    (void)state;
    for (usec_t queue = 100 * USEC_PER_MSEC; queue < 900 * USEC_PER_MSEC; queue += 40 * USEC_PER_MSEC) {
        run(1, queue, 300000, 100000);
        assert_false(contest.is_on);
    }
}

static void test_it_grows_to_a_share_fast_and_then_slowly(void **state)
{
    (void)state;
    begin();
    run(15, 200 * USEC_PER_MSEC, 300000, 300000);
    uint64_t before = contest_bps(&contest);
    assert_in_range(before, ALONE * 4 / 10, ALONE / 2);
    run(5, 200 * USEC_PER_MSEC, 500000, 500000);
    assert_true(contest_bps(&contest) < before * 115 / 100);
}

static void test_an_empty_queue_ends_it(void **state)
{
    (void)state;
    begin();
    run(0.3, 0, 300000, 300000);
    assert_true(contest.is_on);
    run(0.5, 0, 300000, 300000);
    assert_false(contest.is_on);
}

static void test_lasting_loss_makes_it_yield_for_a_moment(void **state)
{
    (void)state;
    begin();
    uint64_t before = contest_bps(&contest);
    lose(4, 20, before);
    assert_true(contest_bps(&contest) < before);
    lose(10, 20, before);
    run(1, 200 * USEC_PER_MSEC, before, before);
    assert_false(contest.is_yielding);
    assert_true(contest_bps(&contest) < before * 8 / 10);
}

/* A few packets lost to a download's overflow are much of a stream that has just begun to grow. */
static void test_loss_far_below_the_share_does_not_take_it_away(void **state)
{
    (void)state;
    run(1, 0, 0, 500000);
    run(1, 200 * USEC_PER_MSEC, 60000, 60000);
    run(4, 200 * USEC_PER_MSEC, 20000, 20000);
    assert_true(contest.is_on);
    uint64_t before = contest_bps(&contest);
    assert_true(before < ALONE / 5);
    lose(6, 8, before);
    run(15, 200 * USEC_PER_MSEC, before, before);
    assert_true(contest_bps(&contest) > ALONE * 35 / 100);
}

static void test_short_loss_changes_nothing(void **state)
{
    (void)state;
    begin();
    run(5, 200 * USEC_PER_MSEC, 300000, 300000);
    uint64_t before = contest_bps(&contest);
    lose(0.4, 10, before);
    lose(1, 0, before);
    assert_true(contest_bps(&contest) >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_queue_that_stays_is_not_ours, set_up),
        cmocka_unit_test_setup(test_who_comes_into_a_full_queue_has_a_share_of_what_it_carries, set_up),
        cmocka_unit_test_setup(test_a_queue_of_our_own_drains, set_up),
        cmocka_unit_test_setup(test_who_does_not_give_way_learns_nothing, set_up),
        cmocka_unit_test_setup(test_a_queue_that_grows_on_is_watched_anew, set_up),
        cmocka_unit_test_setup(test_it_grows_to_a_share_fast_and_then_slowly, set_up),
        cmocka_unit_test_setup(test_an_empty_queue_ends_it, set_up),
        cmocka_unit_test_setup(test_lasting_loss_makes_it_yield_for_a_moment, set_up),
        cmocka_unit_test_setup(test_loss_far_below_the_share_does_not_take_it_away, set_up),
        cmocka_unit_test_setup(test_short_loss_changes_nothing, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
