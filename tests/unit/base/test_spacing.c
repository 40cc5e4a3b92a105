#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/base/spacing.h"

#define MS USEC_PER_MSEC

static void what_is_wanted_is_done_at_once_then_once_an_interval(void **state)
{
    struct spacing spacing = {.interval = 100 * MS};
    usec_t now = 5 * USEC_PER_SEC;
    (void)state;
    assert_false(spacing_take(&spacing, now));
    assert_int_equal(spacing_due(&spacing), USEC_NEVER);
    spacing_want(&spacing);
    assert_true(spacing_due(&spacing) <= now);
    assert_true(spacing_take(&spacing, now));
    assert_false(spacing_take(&spacing, now));
    spacing_want(&spacing);
    spacing_want(&spacing);
    assert_int_equal(spacing_due(&spacing), now + 100 * MS);
    assert_false(spacing_take(&spacing, now + 100 * MS - 1));
    assert_true(spacing_take(&spacing, now + 100 * MS));
    assert_int_equal(spacing_due(&spacing), USEC_NEVER);
}

static void a_flood_is_as_much_work_as_the_intervals_it_lasts(void **state)
{
    struct spacing spacing = {.interval = 100 * MS};
    unsigned done = 0;
    (void)state;
    for (usec_t now = 0; now < USEC_PER_SEC; now += MS) {
        spacing_want(&spacing);
        done += spacing_take(&spacing, now);
    }
    assert_int_equal(done, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wanted_is_done_at_once_then_once_an_interval),
        cmocka_unit_test(a_flood_is_as_much_work_as_the_intervals_it_lasts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
