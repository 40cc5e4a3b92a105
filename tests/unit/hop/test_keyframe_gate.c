#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/keyframe_gate.h"

static void test_first_request_passes_at_once(void **state)
{
    struct keyframe_gate gate;
    (void)state;
    keyframe_gate_init(&gate);
    assert_false(keyframe_gate_due(&gate, 1000));
    assert_true(keyframe_gate_next(&gate) == USEC_NEVER);
    keyframe_gate_want(&gate);
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
        struct keyframe_gate gate;
        keyframe_gate_init(&gate);
        keyframe_gate_set_rtt(&gate, cases[i].rtt);
        keyframe_gate_want(&gate);
        assert_true(keyframe_gate_due(&gate, 0));
        for (int repeat = 0; repeat < 3; repeat++) /* ten viewers ask: one request */
            keyframe_gate_want(&gate);
        assert_true(keyframe_gate_next(&gate) == cases[i].interval);
        assert_false(keyframe_gate_due(&gate, cases[i].interval - 1));
        assert_true(keyframe_gate_due(&gate, cases[i].interval));
    }
}

static void test_it_asks_until_a_keyframe_comes(void **state)
{
    struct keyframe_gate gate;
    (void)state;
    keyframe_gate_init(&gate);
    keyframe_gate_want(&gate);
    for (usec_t now = 0; now < 10 * USEC_PER_SEC; now += 10000)
        (void)keyframe_gate_due(&gate, now);
    assert_int_equal(gate.requests, 50);
    keyframe_gate_arrived(&gate);
    assert_false(keyframe_gate_due(&gate, 20 * USEC_PER_SEC));
    assert_true(keyframe_gate_next(&gate) == USEC_NEVER);
}

/* A keyframe that came does not open the gate earlier for the next request. */
static void test_spacing_holds_over_a_keyframe(void **state)
{
    struct keyframe_gate gate;
    (void)state;
    keyframe_gate_init(&gate);
    keyframe_gate_want(&gate);
    assert_true(keyframe_gate_due(&gate, 0));
    keyframe_gate_arrived(&gate);
    keyframe_gate_want(&gate);
    assert_false(keyframe_gate_due(&gate, 50000));
    assert_true(keyframe_gate_due(&gate, 200000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_request_passes_at_once),
        cmocka_unit_test(test_requests_are_spaced_by_round_trips),
        cmocka_unit_test(test_it_asks_until_a_keyframe_comes),
        cmocka_unit_test(test_spacing_holds_over_a_keyframe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
