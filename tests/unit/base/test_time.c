#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/base/time.h"

static void test_units_are_microseconds(void **state)
{
    (void)state;
    assert_true(usec_from_ms(1) == 1000);
    assert_true(usec_from_ms(-5) == -5 * USEC_PER_MSEC);
    assert_true(usec_from_ms((int64_t)86400 * 1000 * 365 * 100) == 86400 * USEC_PER_SEC * 365 * 100);
}

static void test_never_is_later_than_anything(void **state)
{
    static const usec_t times[] = {-1, 0, 1, (usec_t)1 << 62};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        assert_true(usec_min(USEC_NEVER, times[i]) == times[i]);
        assert_true(usec_min(times[i], USEC_NEVER) == times[i]);
        assert_true(usec_max(times[i], USEC_NEVER) == USEC_NEVER);
    }
    assert_true(usec_max(-3, 2) == 2);
    assert_true(usec_min(-3, 2) == -3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_are_microseconds),
        cmocka_unit_test(test_never_is_later_than_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
