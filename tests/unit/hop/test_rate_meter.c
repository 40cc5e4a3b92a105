#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/rate_meter.h"

/* One Mbit/s from `from` to before `to`. */
static void feed(struct rate_meter *meter, usec_t from, usec_t to)
{
    for (usec_t at = from; at < to; at += 10000)
        rate_meter_add(meter, 1250, at);
}

static void test_a_steady_rate_is_measured(void **state)
{
    static const usec_t starts[] = {0, 1000, 49999, 123456789};
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct rate_meter meter = {0};
        for (usec_t at = starts[i]; at < starts[i] + 5 * USEC_PER_SEC; at += 10000) {
            rate_meter_add(&meter, 1250, at);
            uint64_t bps = rate_meter_bps(&meter, at + 10000);
            if (at < starts[i] + 190000)
                assert_int_equal(bps, 0); /* too early to tell */
            if (at > starts[i] + 600000)
                assert_in_range(bps, 970000, 1030000);
        }
    }
}

static void test_silence_lowers_the_rate(void **state)
{
    struct rate_meter meter = {0};
    (void)state;
    assert_int_equal(rate_meter_bps(&meter, 1000000), 0);
    feed(&meter, 0, USEC_PER_SEC);
    assert_in_range(rate_meter_bps(&meter, 1250000), 400000, 600000);
    assert_int_equal(rate_meter_bps(&meter, 1500000), 0);
    assert_int_equal(rate_meter_bps(&meter, 100 * USEC_PER_SEC), 0);
    feed(&meter, 2 * USEC_PER_SEC, 3 * USEC_PER_SEC);
    assert_in_range(rate_meter_bps(&meter, 3 * USEC_PER_SEC), 970000, 1030000);
}

static void test_after_a_long_pause_it_starts_anew(void **state)
{
    struct rate_meter meter = {0};
    (void)state;
    feed(&meter, 0, USEC_PER_SEC);
    feed(&meter, 60 * USEC_PER_SEC, 60 * USEC_PER_SEC + 100000);
    assert_int_equal(rate_meter_bps(&meter, 60 * USEC_PER_SEC + 100000), 0);
    feed(&meter, 60 * USEC_PER_SEC + 100000, 61 * USEC_PER_SEC);
    assert_in_range(rate_meter_bps(&meter, 61 * USEC_PER_SEC), 970000, 1030000);
}

static void test_reordered_packets_count_where_they_belong(void **state)
{
    struct rate_meter ordered = {0}, shuffled = {0};
    (void)state;
    for (usec_t at = 0; at < USEC_PER_SEC; at += 20000) {
        rate_meter_add(&ordered, 1000, at);
        rate_meter_add(&ordered, 500, at + 10000);
        rate_meter_add(&shuffled, 500, at + 10000);
        rate_meter_add(&shuffled, 1000, at);
    }
    rate_meter_add(&shuffled, 1000000, 0); /* far too old to count */
    assert_int_equal(rate_meter_bps(&ordered, USEC_PER_SEC), rate_meter_bps(&shuffled, USEC_PER_SEC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_steady_rate_is_measured),
        cmocka_unit_test(test_silence_lowers_the_rate),
        cmocka_unit_test(test_after_a_long_pause_it_starts_anew),
        cmocka_unit_test(test_reordered_packets_count_where_they_belong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
