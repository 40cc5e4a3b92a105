#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/nack.h"
#include "transport/hop/repair_window.h"

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
    uint16_t lost[REPAIR_GAP_MAX];
    assert_int_equal(nack_due(nack, lost, REPAIR_GAP_MAX, now), count);
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
    assert_false(nack_packet(nack, 2 + REPAIR_GAP_MAX, 0)); /* just repairable */
    assert_true(nack_packet(nack, 4 + REPAIR_GAP_MAX, 0));  /* one more is not */
    assert_due(0, NULL, 0);
    assert_true(nack_packet(nack, 100000, 0));
    assert_false(nack_packet(nack, 100002, 0)); /* and on from there */
    assert_due(0, (const uint16_t[]){(uint16_t)100001}, 1);
}

/* Packets behind the window are not asked for; packets in the window are, also of the same gap. */
static void test_what_the_window_leaves_is_given_up(void **state)
{
    uint16_t lost[8];
    (void)state;
    nack_packet(nack, 0, 0);
    nack_packet(nack, 4, 0); /* 1, 2, 3 */
    for (int64_t sequence = 5; sequence <= REPAIR_WINDOW + 1; sequence++)
        nack_packet(nack, sequence, 100);
    assert_true(nack_take_given_up(nack));
    assert_int_equal(nack_due(nack, lost, 8, 1000), 2);
    assert_int_equal(lost[0], 2);
    nack_packet(nack, 1, 1000); /* too late: forgotten */
    nack_packet(nack, 3, 1000);
    nack_packet(nack, REPAIR_WINDOW + 2, 1000);
    assert_true(nack_take_given_up(nack));
    assert_true(nack_next(nack) == USEC_NEVER);
}

/* Any pattern of loss: what is missing is what is asked for, in order, also when some of it came meanwhile. */
static void test_holes_of_all_sizes_are_asked_for_exactly(void **state)
{
    static bool is_missing[900];
    uint32_t random = 1;
    usec_t now = USEC_PER_SEC;
    (void)state;
    nack_packet(nack, 0, 0);
    for (int64_t sequence = 1; sequence < 900; sequence++, now += 300) {
        random = random * 1664525 + 1013904223;
        is_missing[sequence] = random >> 24 < (sequence / 128 % 2 == 0 ? 8 : 60) && sequence < 899;
        if (!is_missing[sequence])
            nack_packet(nack, sequence, now);
    }
    for (int round = 0; round < 3; round++) {
        uint16_t lost[16];
        int64_t expected = 1;
        size_t count;
        while ((count = nack_due(nack, lost, 16, now)) > 0)
            for (size_t i = 0; i < count; i++, expected++) {
                while (!is_missing[expected])
                    expected++;
                assert_int_equal(lost[i], expected);
            }
        while (expected < 900)
            assert_false(is_missing[expected++]);
        for (int64_t sequence = 1 + round; sequence < 900; sequence += 3) {
            if (is_missing[sequence])
                nack_packet(nack, sequence, now + 120 * USEC_PER_MSEC);
            is_missing[sequence] = false;
        }
        now += 250 * USEC_PER_MSEC;
    }
    assert_true(nack_next(nack) == USEC_NEVER);
    assert_false(nack_take_given_up(nack));
}

/* A publisher's link is too narrow: half of what it sends is lost, and so is every answer. */
static void test_an_overload_is_not_made_worse(void **state)
{
    static const struct {
        unsigned per_second; /* that come */
        bool is_frugal;
        unsigned
            most; /* requests in ten seconds: half as many as packets (a sixteenth), and what may be asked at once */
    } cases[] = {{20, false, 10 * 64 + 64}, {200, false, 1000 + 110}, {1000, false, 5000 + 260},
                 {20, true, 10 * 12 + 12},  {200, true, 130 + 20},    {1000, true, 625 + 40}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static uint8_t asked[65536];
        int64_t sequence = 0;
        unsigned requests = 0;
        memset(asked, 0, sizeof asked);
        nack_free(nack);
        nack = nack_new();
        nack_set_frugal(nack, cases[i].is_frugal);
        for (usec_t now = 0; now < 10 * USEC_PER_SEC; now += USEC_PER_SEC / cases[i].per_second, sequence += 2) {
            uint16_t lost[64];
            size_t count;
            nack_packet(nack, sequence, now);
            while ((count = nack_due(nack, lost, 64, now)) > 0)
                for (size_t j = 0; j < count; j++, requests++)
                    assert_true(++asked[lost[j]] <= 10);
            assert_true(nack_next(nack) > now); /* nobody is woken in vain */
        }
        assert_in_range(requests, cases[i].most / 4, cases[i].most);
        assert_true(cases[i].per_second < 200 || nack_held_back(nack) > 0);
    }
}

/* Answers that take longer than the round trip that we know of are not asked for again and again meanwhile. */
static void test_slow_answers_are_waited_for(void **state)
{
    unsigned requests = 0;
    (void)state;
    nack_set_rtt(nack, 20000);
    for (int64_t sequence = 0; sequence < 2000; sequence++) { /* one of ten comes 200 ms late */
        usec_t now = USEC_PER_SEC + sequence * 10 * USEC_PER_MSEC;
        uint16_t lost[8];
        if (sequence % 10 != 0)
            nack_packet(nack, sequence, now);
        if (sequence >= 20 && (sequence - 20) % 10 == 0)
            nack_packet(nack, sequence - 20, now);
        requests += (unsigned)nack_due(nack, lost, 8, now);
    }
    assert_in_range(requests, 200, 260); /* 199 packets */
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
        cmocka_unit_test_setup_teardown(test_what_the_window_leaves_is_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_holes_of_all_sizes_are_asked_for_exactly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_overload_is_not_made_worse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_answers_are_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_small_buffers_take_the_rest_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reset_forgets_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths_that_reorder_are_given_time, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
