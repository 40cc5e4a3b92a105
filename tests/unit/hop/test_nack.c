#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/nack.h"

static struct nack *nack;

static int set_up(void **state)
{
    (void)state;
    nack = nack_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    nack_free(nack);
    return 0;
}

static void assert_due(usec_t now, const uint16_t *expected, size_t count)
{
    uint16_t lost[NACK_GAP_MAX];
    assert_int_equal(nack_due(nack, lost, NACK_GAP_MAX, now), count);
    if (count > 0)
        assert_memory_equal(lost, expected, count * sizeof lost[0]);
}

static void test_a_gap_is_asked_for_at_once(void **state)
{
    (void)state;
    assert_false(nack_packet(nack, 65534, 0));
    assert_true(nack_next(nack) == USEC_NEVER);
    assert_false(nack_packet(nack, 65538, 1000)); /* over the wrap */
    assert_true(nack_next(nack) == 1000);
    assert_due(1000, (const uint16_t[]){65535, 0, 1}, 3);
    assert_due(1000, NULL, 0);
}

static void test_what_arrives_is_not_asked_for_again(void **state)
{
    (void)state;
    nack_packet(nack, 1, 0);
    nack_packet(nack, 5, 0);
    assert_due(0, (const uint16_t[]){2, 3, 4}, 3);
    nack_packet(nack, 3, 50000);
    assert_due(200000, (const uint16_t[]){2, 4}, 2);
    nack_packet(nack, 2, 210000);
    nack_packet(nack, 4, 210000);
    nack_packet(nack, 4, 210000); /* twice */
    assert_true(nack_next(nack) == USEC_NEVER);
    assert_false(nack_take_given_up(nack));
}

static void test_repeats_are_spaced_by_the_round_trip(void **state)
{
    static const struct {
        usec_t rtt, spacing;
    } cases[] = {{5000, 20000}, {20000, 20000}, {80000, 80000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nack_free(nack);
        nack = nack_new();
        nack_set_rtt(nack, cases[i].rtt);
        nack_packet(nack, 1, 0);
        nack_packet(nack, 3, 0);
        assert_due(0, (const uint16_t[]){2}, 1);
        assert_true(nack_next(nack) == cases[i].spacing);
        assert_due(cases[i].spacing - 1, NULL, 0);
        assert_due(cases[i].spacing, (const uint16_t[]){2}, 1);
    }
}

static void test_it_gives_up_after_ten_requests(void **state)
{
    usec_t now = 0;
    unsigned requests = 0;
    uint16_t lost[4];
    (void)state;
    nack_set_rtt(nack, 30000);
    nack_packet(nack, 1, now);
    nack_packet(nack, 3, now);
    for (; nack_next(nack) != USEC_NEVER; now = nack_next(nack)) {
        assert_true(requests < 20);
        assert_false(nack_take_given_up(nack));
        requests += (unsigned)nack_due(nack, lost, 4, nack_next(nack));
    }
    assert_int_equal(requests, 10);
    assert_true(nack_take_given_up(nack));
    assert_false(nack_take_given_up(nack)); /* told once */
}

static void test_it_gives_up_after_a_second(void **state)
{
    (void)state;
    nack_set_rtt(nack, 600000);
    nack_packet(nack, 1, 0);
    nack_packet(nack, 3, 0);
    assert_due(0, (const uint16_t[]){2}, 1);
    assert_due(600000, (const uint16_t[]){2}, 1);
    assert_true(nack_next(nack) == USEC_PER_SEC + 1);
    assert_false(nack_take_given_up(nack));
    assert_due(USEC_PER_SEC + 1, NULL, 0);
    assert_true(nack_take_given_up(nack));
    assert_true(nack_next(nack) == USEC_NEVER);
}

static void test_too_large_a_gap_wants_a_keyframe(void **state)
{
    (void)state;
    nack_packet(nack, 1, 0);
    assert_false(nack_packet(nack, 2 + NACK_GAP_MAX, 0)); /* just repairable */
    assert_true(nack_packet(nack, 4 + NACK_GAP_MAX, 0));  /* one more is not */
    assert_due(0, NULL, 0);
    assert_true(nack_packet(nack, 100000, 0));
    assert_false(nack_packet(nack, 100002, 0)); /* and on from there */
    assert_due(0, (const uint16_t[]){(uint16_t)100001}, 1);
}

static void test_small_buffers_take_the_rest_later(void **state)
{
    uint16_t lost[2];
    (void)state;
    nack_packet(nack, 1, 0);
    nack_packet(nack, 7, 0);
    assert_int_equal(nack_due(nack, lost, 2, 0), 2);
    assert_int_equal(lost[0], 2);
    assert_int_equal(nack_due(nack, lost, 2, 0), 2);
    assert_int_equal(lost[0], 4);
    assert_int_equal(nack_due(nack, lost, 2, 0), 1);
    assert_int_equal(lost[0], 6);
    assert_int_equal(nack_due(nack, lost, 2, 0), 0);
}

static void test_reset_forgets_what_is_missing(void **state)
{
    (void)state;
    nack_packet(nack, 1, 0);
    nack_packet(nack, 9, 0);
    nack_reset(nack);
    assert_due(0, NULL, 0);
    assert_true(nack_next(nack) == USEC_NEVER);
    assert_false(nack_packet(nack, 10, 0));
    assert_due(0, NULL, 0);
}

/* Packet `sequence` comes `late` behind its successor; returns how long the nack waited before it asked. */
static usec_t overtaken(int64_t sequence, usec_t late, usec_t now)
{
    nack_packet(nack, sequence + 1, now);
    usec_t wait = nack_next(nack) - now;
    nack_packet(nack, sequence, now + late);
    return wait;
}

static void test_paths_that_reorder_are_given_time(void **state)
{
    (void)state;
    nack_packet(nack, 0, 0);
    assert_int_equal(overtaken(1, 8000, 100000), 0);
    assert_int_equal(overtaken(3, 80000, 200000), 10000); /* a quarter more than was seen */
    usec_t wait = overtaken(5, 20000, 400000);            /* the 80 ms were an answer: a little less now */
    assert_in_range(wait, 9000, 9999);
    assert_int_equal(overtaken(7, 60000, 500000), 25000); /* never more than that */
    assert_int_equal(overtaken(9, 60000, 700000), 25000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_gap_is_asked_for_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_arrives_is_not_asked_for_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_repeats_are_spaced_by_the_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_gives_up_after_ten_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_gives_up_after_a_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_large_a_gap_wants_a_keyframe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_small_buffers_take_the_rest_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reset_forgets_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths_that_reorder_are_given_time, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
