#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/base/schedule.h"
#include "transport/base/random.h"

#define COUNT 200

static void test_timers_come_in_order(void **state)
{
    struct schedule schedule;
    struct timer timers[COUNT], *timer;
    struct rng rng;
    (void)state;
    rng_init(&rng, 1);
    schedule_init(&schedule);
    schedule_reserve(&schedule, COUNT);
    for (int i = 0; i < COUNT; i++)
        timer_init(&timers[i], TIMER_PARTICIPANT, &timers[i]);
    for (int i = 0; i < 5000; i++) {
        timer = &timers[rng_below(&rng, COUNT)];
        schedule_set(&schedule, timer, rng_below(&rng, 5) == 0 ? USEC_NEVER : (usec_t)rng_below(&rng, 1000));
    }
    usec_t last = 0;
    size_t count = schedule.count;
    while ((timer = schedule_take(&schedule, 900)) != NULL) {
        assert_int_equal(timer->at, USEC_NEVER);
        assert_int_equal(timer->position, 0);
        assert_true(schedule_next(&schedule) >= last);
        last = usec_min(schedule_next(&schedule), 900);
        count--;
    }
    assert_int_equal(schedule.count, count);
    assert_true(schedule_next(&schedule) > 900);
    schedule_fini(&schedule);
}

static void test_by_only_brings_forward(void **state)
{
    struct schedule schedule;
    struct timer timer;
    (void)state;
    schedule_init(&schedule);
    schedule_reserve(&schedule, 1);
    timer_init(&timer, TIMER_ROOM, NULL);
    assert_int_equal(schedule_next(&schedule), USEC_NEVER);
    schedule_by(&schedule, &timer, 50);
    schedule_by(&schedule, &timer, 70);
    assert_int_equal(schedule_next(&schedule), 50);
    schedule_by(&schedule, &timer, 20);
    assert_int_equal(schedule_next(&schedule), 20);
    assert_null(schedule_take(&schedule, 19));
    assert_ptr_equal(schedule_take(&schedule, 20), &timer);
    assert_null(schedule_take(&schedule, 1000));
    schedule_fini(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_come_in_order),
        cmocka_unit_test(test_by_only_brings_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
