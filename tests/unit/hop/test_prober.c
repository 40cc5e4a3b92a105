#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/prober.h"

#define START USEC_PER_SEC
#define DELAY (30 * USEC_PER_MSEC)

static struct prober prober;

static int set_up(void **state)
{
    (void)state;
    prober_init(&prober, START);
    return 0;
}

/* Sends the train in packets of 1000 bytes `gap` apart; all but the last `lost` arrive, `arrival_gap` apart. */
static void run_train(usec_t gap, usec_t arrival_gap, unsigned lost, usec_t now)
{
    unsigned count = (unsigned)((prober.bytes + 999) / 1000);
    for (unsigned i = 0; i < count; i++)
        prober_sent(&prober, prober.cluster, 1000, now + gap * i);
    for (unsigned i = 0; i + lost < count; i++)
        prober_received(&prober, prober.cluster, 1000, now + DELAY + arrival_gap * i);
}

static void test_trains_grow_from_the_estimate(void **state)
{
    static const struct {
        const char *name;
        uint64_t estimate_bps, target_bps, rate_bps;
        size_t bytes;
    } cases[] = {
        {"three times at the start", 300000, 5000000, 900000, 4500},
        {"no more than wanted and a quarter", 900000, 1000000, 1250000, 6250},
        {"enough bytes to measure", 10000, 5000000, 30000, 2000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        prober_init(&prober, START);
        prober_update(&prober, cases[i].estimate_bps, cases[i].target_bps, false, START);
        assert_int_equal(prober.state, PROBER_DUE);
        assert_int_equal(prober.rate_bps, cases[i].rate_bps);
        assert_int_equal(prober.bytes, cases[i].bytes);
        assert_true(prober_take(&prober, START));
        assert_false(prober_take(&prober, START)); /* once */
    }
}

static void test_no_train_without_a_reason(void **state)
{
    static const struct {
        const char *name;
        uint64_t estimate_bps, target_bps;
        bool is_overusing;
        usec_t now;
    } cases[] = {
        {"enough already", 2200000, 2000000, false, START},
        {"the link queues", 300000, 2000000, true, START},
        {"too early", 300000, 2000000, false, START - 1},
        {"nothing wanted", 300000, 0, false, START},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        prober_init(&prober, START);
        prober_update(&prober, cases[i].estimate_bps, cases[i].target_bps, cases[i].is_overusing, cases[i].now);
        assert_int_equal(prober.state, PROBER_IDLE);
        assert_false(prober_take(&prober, cases[i].now));
        assert_true(prober_next(&prober) >= START);
    }
}

static void begin(uint64_t estimate_bps, usec_t now)
{
    prober_update(&prober, estimate_bps, 10000000, false, now);
    assert_true(prober_take(&prober, now));
}

static void test_a_train_that_comes_through_shows_its_rate(void **state)
{
    (void)state;
    begin(300000, START);
    run_train(8000, 8000, 0, START);
    assert_int_equal(prober_result(&prober, START + 100000), 900000); /* not the million it happened to be sent at */
    assert_int_equal(prober.state, PROBER_IDLE);
    assert_true(prober_next(&prober) == START + 300000); /* and on it goes */
    assert_int_equal(prober_result(&prober, START + 200000), 0);
}

static void test_a_slow_link_shows_its_limit(void **state)
{
    (void)state;
    begin(300000, START);
    run_train(8000, 16000, 0, START);
    assert_int_equal(prober_result(&prober, START + 200000), 450000); /* nine tenths of what came */
    assert_true(prober_next(&prober) >= START + 2 * USEC_PER_SEC);
    begin(450000, prober_next(&prober)); /* smaller steps from now on */
    assert_int_equal(prober.rate_bps, 900000);
}

static void test_a_lossy_train_shows_nothing(void **state)
{
    (void)state;
    begin(1000000, START);
    run_train(2500, 2500, 4, START); /* of fifteen */
    assert_int_equal(prober_result(&prober, START + USEC_PER_SEC - 1), 0);
    assert_int_equal(prober.state, PROBER_RUNNING);
    assert_int_equal(prober_result(&prober, START + USEC_PER_SEC), 0);
    assert_int_equal(prober.state, PROBER_IDLE);
}

static void test_loss_is_known_when_all_was_reported(void **state)
{
    (void)state;
    begin(1000000, START);
    run_train(2500, 2500, 2, START);                             /* of fifteen */
    assert_int_equal(prober_result(&prober, START + 100000), 0); /* the last two may be on their way */
    prober_lost(&prober, prober.cluster, 1000);
    prober_lost(&prober, prober.cluster, 1000);
    assert_true(prober_result(&prober, START + 100000) > 0);
    assert_true(fabs(prober_loss(&prober) - 2.0 / 15) < 0.001);
}

static void test_no_answer_ends_the_train(void **state)
{
    (void)state;
    begin(1000000, START);
    assert_true(prober_next(&prober) == START + USEC_PER_SEC);
    assert_int_equal(prober_result(&prober, START + USEC_PER_SEC), 0);
    assert_int_equal(prober.state, PROBER_IDLE);
}

static void test_fruitless_trains_become_rarer(void **state)
{
    usec_t now = START, before = 0;
    (void)state;
    for (int i = 0; i < 6; i++) {
        begin(1000000, now);
        now += USEC_PER_SEC;
        prober_result(&prober, now);
        usec_t pause = prober_next(&prober) - now;
        assert_true(pause >= before && pause <= 5 * USEC_PER_SEC);
        before = pause;
        now = prober_next(&prober);
    }
    assert_true(before == 5 * USEC_PER_SEC);
}

static void test_packets_of_other_trains_do_not_count(void **state)
{
    (void)state;
    begin(1000000, START);
    int old = prober.cluster;
    prober_result(&prober, START + USEC_PER_SEC);
    begin(1000000, prober_next(&prober));
    assert_int_not_equal(prober.cluster, old);
    prober_sent(&prober, old, 1000, 0);
    prober_sent(&prober, 0, 1000, 0); /* ordinary packets */
    prober_received(&prober, old, 1000, 0);
    assert_int_equal(prober.sent, 0);
    assert_int_equal(prober.received, 0);
    for (int i = 0; i < 500; i++) { /* the number is never that of ordinary packets */
        prober.state = PROBER_DUE;
        assert_true(prober_take(&prober, START));
        assert_in_range(prober.cluster, 1, 200);
    }
}

static void test_a_postponed_train_waits(void **state)
{
    (void)state;
    prober_update(&prober, 1000000, 5000000, false, START);
    prober_postpone(&prober, START + 3 * USEC_PER_SEC);
    assert_false(prober_take(&prober, START));
    prober_update(&prober, 1000000, 5000000, false, START + 3 * USEC_PER_SEC - 1);
    assert_false(prober_take(&prober, START + 3 * USEC_PER_SEC - 1));
    prober_update(&prober, 1000000, 5000000, false, START + 3 * USEC_PER_SEC);
    assert_true(prober_take(&prober, START + 3 * USEC_PER_SEC));
    assert_int_equal(prober.rate_bps, 2000000);
}

static void test_a_train_disturbs_while_its_queue_lasts(void **state)
{
    (void)state;
    assert_false(prober_disturbs(&prober, START));
    begin(300000, START);
    assert_true(prober_disturbs(&prober, START + 900000));
    run_train(8000, 8000, 0, START);
    prober_result(&prober, START + 100000);
    assert_true(prober_disturbs(&prober, START + 399999));
    assert_false(prober_disturbs(&prober, START + 400000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_trains_grow_from_the_estimate, set_up),
        cmocka_unit_test_setup(test_no_train_without_a_reason, set_up),
        cmocka_unit_test_setup(test_a_train_that_comes_through_shows_its_rate, set_up),
        cmocka_unit_test_setup(test_a_slow_link_shows_its_limit, set_up),
        cmocka_unit_test_setup(test_a_lossy_train_shows_nothing, set_up),
        cmocka_unit_test_setup(test_loss_is_known_when_all_was_reported, set_up),
        cmocka_unit_test_setup(test_no_answer_ends_the_train, set_up),
        cmocka_unit_test_setup(test_fruitless_trains_become_rarer, set_up),
        cmocka_unit_test_setup(test_packets_of_other_trains_do_not_count, set_up),
        cmocka_unit_test_setup(test_a_postponed_train_waits, set_up),
        cmocka_unit_test_setup(test_a_train_disturbs_while_its_queue_lasts, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
