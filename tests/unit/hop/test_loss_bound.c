#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/loss_bound.h"

#define WINDOW (200 * USEC_PER_MSEC)
#define RTT (50 * USEC_PER_MSEC)

static struct loss_bound bound;
static usec_t now;

static int set_up(void **state)
{
    (void)state;
    now = USEC_PER_SEC;
    loss_bound_init(&bound, now);
    return 0;
}

/* One window of a hundred packets. */
static void window(unsigned lost, uint64_t estimate_bps, uint64_t acknowledged_bps)
{
    now += WINDOW;
    loss_bound_feedback(&bound, 100 - lost, lost, estimate_bps, acknowledged_bps, RTT, now);
}

static void test_without_loss_there_is_no_bound(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        window(0, 1000000, 1000000);
    assert_true(bound.bps == UINT64_MAX);
}

static void test_one_bad_window_is_no_reason(void **state)
{
    (void)state;
    window(0, 1000000, 0);
    window(25, 1000000, 0);
    window(0, 1000000, 0);
    assert_true(bound.bps == UINT64_MAX);
}

static void test_moderate_loss_changes_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        window(6, 1000000, 900000);
    assert_true(bound.bps == UINT64_MAX);
}

static void test_lasting_loss_lowers_the_bound(void **state)
{
    uint64_t before = UINT64_MAX;
    (void)state;
    for (int i = 0; i < 4; i++)
        window(30, 1000000, 0);
    assert_true(bound.bps < 1000000);
    for (int i = 0; i < 10; i++) {
        assert_true(bound.bps <= before);
        before = bound.bps;
        window(30, bound.bps, 0);
    }
    assert_in_range(bound.bps, 100000, 700000);
}

static void test_few_packets_are_collected_first(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        now += WINDOW;
        loss_bound_feedback(&bound, 2, 4, 1000000, 0, RTT, now);
        assert_true(bound.loss <= 0); /* 18 so far */
    }
    now += WINDOW;
    loss_bound_feedback(&bound, 2, 4, 1000000, 0, RTT, now);
    assert_true(bound.loss > 0.19 && bound.loss < 0.21); /* 0.3 of two thirds */
}

static void test_what_gets_through_is_not_cut(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        window(40, 1000000, 950000);
    assert_in_range(bound.bps, 855000, 1000000);
}

static void test_the_bound_rises_and_goes_when_loss_ends(void **state)
{
    uint64_t lowest, before;
    int windows = 0;
    (void)state;
    for (int i = 0; i < 4; i++)
        window(30, 1000000, 0);
    lowest = bound.bps;
    for (int i = 0; i < 12; i++) /* until the smoothed loss has fallen */
        window(0, lowest, lowest);
    for (before = bound.bps; bound.bps != UINT64_MAX; before = bound.bps) {
        window(0, lowest, lowest);
        assert_true(bound.bps > before);
        assert_true(++windows < 100);
    }
    assert_true(before > 2 * lowest); /* far above what is used */
}

/* A radio link that loses a fifth whatever is sent: sending less does not help, so it is not kept up. */
static void test_loss_of_the_link_itself_lowers_nothing(void **state)
{
    uint64_t estimate = 1000000;
    (void)state;
    for (int i = 0; i < 100; i++) {
        estimate = bound.bps < 1000000 ? bound.bps : 1000000;
        window(20, estimate, estimate * 8 / 10);
    }
    assert_true(bound.bps == UINT64_MAX);
    assert_true(bound.inherent > 0.1);
    for (int i = 0; i < 50; i++)
        window(20, 1000000, 800000);
    assert_true(bound.bps == UINT64_MAX);
    for (int i = 0; i < 30; i++) /* but more than the usual loss is congestion again */
        window(60, 1000000, 0);
    assert_true(bound.bps < 1000000);
}

static void test_a_probe_tells_whose_loss_it_is(void **state)
{
    static const struct {
        const char *name;
        unsigned lost; /* in a hundred */
        uint64_t rate_bps;
        double loss; /* of the probe */
        bool ends;
    } cases[] = {
        {"more is sent, no more is lost", 20, 1500000, 0.2, true},
        {"more is sent, more is lost", 20, 1500000, 0.4, false},
        {"a probe that is no faster shows nothing", 20, 300000, 0.1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        set_up(NULL);
        for (int k = 0; k < 8; k++)
            window(cases[i].lost, bound.bps < 1000000 ? bound.bps : 1000000, 0);
        assert_true(bound.bps < 1000000);
        loss_bound_probe(&bound, cases[i].rate_bps, cases[i].loss);
        assert_int_equal(bound.bps == UINT64_MAX, cases[i].ends);
    }
    set_up(NULL);
    loss_bound_probe(&bound, 1000000, 0);
    assert_true(bound.bps == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_without_loss_there_is_no_bound, set_up),
        cmocka_unit_test_setup(test_one_bad_window_is_no_reason, set_up),
        cmocka_unit_test_setup(test_moderate_loss_changes_nothing, set_up),
        cmocka_unit_test_setup(test_lasting_loss_lowers_the_bound, set_up),
        cmocka_unit_test_setup(test_few_packets_are_collected_first, set_up),
        cmocka_unit_test_setup(test_what_gets_through_is_not_cut, set_up),
        cmocka_unit_test_setup(test_the_bound_rises_and_goes_when_loss_ends, set_up),
        cmocka_unit_test_setup(test_a_probe_tells_whose_loss_it_is, set_up),
        cmocka_unit_test_setup(test_loss_of_the_link_itself_lowers_nothing, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
