#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/rtp/freeze.h"
#include "client/rtp/percentile.h"

#define FRAME (33 * USEC_PER_MSEC)

static void steady_and_jittery_frames_are_no_freeze(void **state)
{
    (void)state;
    struct freeze freeze = {0};
    usec_t now = USEC_PER_SEC;
    for (int i = 0; i < 300; i++) {
        freeze_frame(&freeze, now);
        now += i % 2 ? FRAME / 2 : FRAME * 3 / 2;
    }
    freeze_frame(&freeze, now + FRAME / 2 + 140 * USEC_PER_MSEC); /* late, but within 150 ms */
    assert_int_equal(freeze.freezes, 0);
    assert_int_equal(freeze.longest_freeze, 0);
}

static void a_gap_is_a_freeze(void **state)
{
    (void)state;
    static const struct {
        int fps;
        usec_t gap_ms;
        unsigned freezes;
    } cases[] = {{30, 180, 0}, {30, 190, 1}, {30, 2000, 1}, {5, 560, 0}, {5, 610, 1}, {1, 2900, 0}, {1, 3100, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct freeze freeze = {0};
        usec_t now = USEC_PER_SEC;
        for (int k = 0; k < 60; k++, now += USEC_PER_SEC / cases[i].fps)
            freeze_frame(&freeze, now);
        now += usec_from_ms(cases[i].gap_ms) - USEC_PER_SEC / cases[i].fps;
        freeze_frame(&freeze, now);
        assert_int_equal(freeze.freezes, cases[i].freezes);
        assert_int_equal(freeze.longest_freeze / 1000, cases[i].freezes ? cases[i].gap_ms : 0);
    }
}

static void standing_still_on_purpose_does_not_count(void **state)
{
    (void)state;
    struct freeze freeze = {0};
    for (int i = 1; i <= 30; i++)
        freeze_frame(&freeze, i * FRAME);
    freeze_pause(&freeze);
    assert_int_equal(freeze_current(&freeze, 100 * USEC_PER_SEC), 0);
    freeze_frame(&freeze, 100 * USEC_PER_SEC);
    assert_int_equal(freeze.freezes, 0);
}

static void an_open_freeze_is_seen_at_the_end(void **state)
{
    (void)state;
    struct freeze freeze = {0};
    for (int i = 1; i <= 30; i++)
        freeze_frame(&freeze, i * FRAME);
    assert_int_equal(freeze_current(&freeze, 31 * FRAME), 0);
    assert_int_equal(freeze_current(&freeze, 30 * FRAME + USEC_PER_SEC), USEC_PER_SEC);
}

static void percentiles_are_of_the_values(void **state)
{
    (void)state;
    static struct percentile percentile;
    assert_int_equal(percentile_ms(&percentile, 0.5), -1);
    for (int i = 1; i <= 100; i++)
        percentile_add(&percentile, usec_from_ms(i));
    assert_int_equal(percentile_ms(&percentile, 0.5), 50);
    assert_int_equal(percentile_ms(&percentile, 0.95), 95);
    assert_int_equal(percentile_ms(&percentile, 0), 1);
    percentile_add(&percentile, -5);
    percentile_add(&percentile, 100 * USEC_PER_SEC);
    assert_int_equal(percentile_ms(&percentile, 0), 0);
    assert_int_equal(percentile_ms(&percentile, 1), PERCENTILE_BINS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_and_jittery_frames_are_no_freeze),
        cmocka_unit_test(a_gap_is_a_freeze),
        cmocka_unit_test(standing_still_on_purpose_does_not_count),
        cmocka_unit_test(an_open_freeze_is_seen_at_the_end),
        cmocka_unit_test(percentiles_are_of_the_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
