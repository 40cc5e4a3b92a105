#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/in/publisher_clock.h"
#include "transport/wire/rtcp.h"

#define WALL INT64_C(1700000000000000)

static void report(struct publisher_clock *clock, int64_t theirs, int64_t delay)
{
    publisher_clock_report(clock, ntp_from_wall_us(theirs), theirs + 5000000 + delay);
}

static void test_the_least_delayed_report_counts(void **state)
{
    struct publisher_clock clock = {0};
    (void)state;
    report(&clock, WALL, 40000);
    assert_in_range(publisher_clock_theirs(&clock, WALL + 5040000), WALL - 2, WALL + 2);
    report(&clock, WALL + 1000000, 10000);
    assert_in_range(publisher_clock_theirs(&clock, WALL + 6010000), WALL + 999998, WALL + 1000002);
    report(&clock, WALL + 2000000, 74000); /* queued on its way: hardly moves the clock */
    assert_in_range(publisher_clock_theirs(&clock, WALL + 7010000), WALL + 1998998, WALL + 2000002);
}

static void test_a_clock_that_was_set_starts_again(void **state)
{
    struct publisher_clock clock = {0};
    (void)state;
    publisher_clock_report(&clock, ntp_from_wall_us(WALL), WALL);
    publisher_clock_report(&clock, ntp_from_wall_us(WALL - 3600000000), WALL + 1000000);
    assert_in_range(publisher_clock_theirs(&clock, WALL + 1000000), WALL - 3600000002, WALL - 3599999998);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_least_delayed_report_counts),
        cmocka_unit_test(test_a_clock_that_was_set_starts_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
