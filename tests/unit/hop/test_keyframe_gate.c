#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/keyframe_gate.h"

#define MS USEC_PER_MSEC
#define START (5 * USEC_PER_SEC)

static struct keyframe_gate new_gate(void)
{
    struct keyframe_gate gate;
    keyframe_gate_init(&gate, keyframe_encoding_limit);
    return gate;
}

static void test_first_request_passes_at_once(void **state)
{
    struct keyframe_gate gate = new_gate();
    (void)state;
    assert_false(keyframe_gate_due(&gate, 1000));
    assert_true(keyframe_gate_next(&gate) == USEC_NEVER);
    keyframe_gate_request(&gate);
    assert_true(keyframe_gate_next(&gate) <= 1000);
    assert_true(keyframe_gate_due(&gate, 1000));
    assert_false(keyframe_gate_due(&gate, 1000));
}

static void test_requests_are_spaced_by_round_trips(void **state)
{
    static const struct {
        usec_t rtt, interval;
    } cases[] = {{0, 200000},      {50000, 200000},  {100000, 200000},
                 {150000, 300000}, {499000, 998000}, {3000000, 1000000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct keyframe_gate gate = new_gate();
        keyframe_gate_set_rtt(&gate, cases[i].rtt);
        keyframe_gate_request(&gate);
        assert_true(keyframe_gate_due(&gate, START));
        for (int repeat = 0; repeat < 3; repeat++) /* ten viewers ask: one request */
            keyframe_gate_hurry(&gate);
        assert_true(keyframe_gate_next(&gate) == START + cases[i].interval);
        assert_false(keyframe_gate_due(&gate, START + cases[i].interval - 1));
        assert_true(keyframe_gate_due(&gate, START + cases[i].interval));
    }
}

/* Requests within the given time, of a gate that is polled every 10 ms. */
static unsigned requests_until(struct keyframe_gate *gate, usec_t from, usec_t to)
{
    unsigned before = gate->requests;
    for (usec_t now = from; now < to; now += 10 * MS)
        (void)keyframe_gate_due(gate, now);
    return gate->requests - before;
}

static void test_it_asks_ever_less_often_until_a_keyframe_comes(void **state)
{
    static const struct {
        usec_t from, to;
        unsigned requests;
    } cases[] = {{0, 1000, 3},      /* 0, 0.2, 0.6 */
                 {1000, 10000, 3},  /* 1.4, 3.0, 6.2 */
                 {10000, 60000, 5}, /* 12.6, then every 10 s */
                 {60000, 120000, 6}};
    struct keyframe_gate gate = new_gate();
    (void)state;
    keyframe_gate_request(&gate);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(requests_until(&gate, START + cases[i].from * MS, START + cases[i].to * MS),
                         cases[i].requests);
    keyframe_gate_arrived(&gate);
    assert_int_equal(requests_until(&gate, START + 120000 * MS, START + 200000 * MS), 0);
    assert_true(keyframe_gate_next(&gate) == USEC_NEVER);
    keyframe_gate_request(&gate); /* and from the beginning */
    assert_int_equal(requests_until(&gate, START + 200000 * MS, START + 201000 * MS), 3);
}

static void test_who_asks_for_the_first_time_does_not_wait_for_others(void **state)
{
    struct keyframe_gate gate = new_gate();
    (void)state;
    keyframe_gate_request(&gate);
    requests_until(&gate, START, START + 20000 * MS);
    keyframe_gate_request(&gate); /* known */
    assert_true(keyframe_gate_next(&gate) > START + 20000 * MS);
    keyframe_gate_hurry(&gate);
    assert_true(keyframe_gate_due(&gate, START + 20000 * MS));
    assert_true(keyframe_gate_next(&gate) >= START + 30000 * MS); /* the repeats stay as rare as they were */
}

/* A keyframe that came does not open the gate earlier for the next request. */
static void test_spacing_holds_over_a_keyframe(void **state)
{
    struct keyframe_gate gate = new_gate();
    (void)state;
    keyframe_gate_request(&gate);
    assert_true(keyframe_gate_due(&gate, START));
    keyframe_gate_arrived(&gate);
    keyframe_gate_request(&gate);
    assert_false(keyframe_gate_due(&gate, START + 50000));
    assert_true(keyframe_gate_due(&gate, START + 200000));
}

/* However many ask and however fast keyframes come, there is a limit for the encoding, and a smaller one for each that
 * asks. */
static void test_requests_have_a_budget(void **state)
{
    static const struct {
        const struct budget_limit *limit;
        unsigned in_a_second, in_ten;
    } cases[] = {{&keyframe_encoding_limit, 5, 27}, {&keyframe_requester_limit, 4, 7}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct keyframe_gate gate;
        unsigned requests = 0;
        keyframe_gate_init(&gate, *cases[i].limit);
        for (usec_t now = START; now < START + 10 * USEC_PER_SEC; now += 10 * MS) {
            keyframe_gate_hurry(&gate);
            usec_t next = keyframe_gate_next(&gate);
            bool is_due = keyframe_gate_due(&gate, now);
            requests += is_due;
            assert_false(!is_due && next <= now && keyframe_gate_next(&gate) <= now); /* nobody is woken in vain */
            if (is_due)
                keyframe_gate_arrived(&gate);
            if (now == START + 990 * MS)
                assert_int_equal(requests, cases[i].in_a_second);
        }
        assert_int_equal(requests, cases[i].in_ten);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_request_passes_at_once),
        cmocka_unit_test(test_requests_are_spaced_by_round_trips),
        cmocka_unit_test(test_it_asks_ever_less_often_until_a_keyframe_comes),
        cmocka_unit_test(test_who_asks_for_the_first_time_does_not_wait_for_others),
        cmocka_unit_test(test_spacing_holds_over_a_keyframe),
        cmocka_unit_test(test_requests_have_a_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
