#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/delays.h"

static void nothing_has_no_percentile(void **state)
{
    (void)state;
    struct delays delays = {0};
    assert_true(delays_at(&delays, 0.5) < 0);
    delays_fini(&delays);
}

static void percentiles_are_exact_and_the_order_is_no_matter(void **state)
{
    (void)state;
    static const struct {
        double share, expected;
    } cases[] = {{0, 1}, {0.5, 501}, {0.99, 991}, {0.999, 1000}, {1, 1000}};
    struct delays delays = {0};
    for (usec_t i = 0; i < 1000; i++)
        delays_add(&delays, (i * 7) % 1000 + 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(delays_at(&delays, cases[i].share) == cases[i].expected);
    delays_clear(&delays);
    assert_true(delays_at(&delays, 0.5) < 0);
    delays_add(&delays, -5);
    assert_true(delays_at(&delays, 0.5) == 0);
    delays_fini(&delays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_percentile),
        cmocka_unit_test(percentiles_are_exact_and_the_order_is_no_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
