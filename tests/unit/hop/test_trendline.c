#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/random.h"
#include "transport/hop/trendline.h"

#define GAP (10 * USEC_PER_MSEC)
#define DELAY (50 * USEC_PER_MSEC)

static struct trendline trendline;
static usec_t sent, delay;
static unsigned overuses, underuses; /* packets after which the link was said to be so */

static int set_up(void **state)
{
    (void)state;
    trendline_init(&trendline);
    sent = USEC_PER_SEC;
    delay = DELAY;
    overuses = underuses = 0;
    return 0;
}

/* `count` packets, the delay of each `growth` above that of the one before; `offset`: the receiver's clock. */
static void send(unsigned count, usec_t growth, usec_t offset)
{
    for (unsigned i = 0; i < count; i++, sent += GAP) {
        delay += growth;
        trendline_packet(&trendline, sent, sent + delay + offset);
        overuses += trendline.usage == LINK_OVERUSE;
        underuses += trendline.usage == LINK_UNDERUSE;
    }
}

static void test_a_constant_delay_is_normal(void **state)
{
    (void)state;
    send(1000, 0, 0);
    assert_int_equal(overuses + underuses, 0);
}

static void test_a_growing_queue_is_overuse(void **state)
{
    (void)state;
    send(100, 0, 0);
    send(60, 1000, 0); /* 100 ms a second */
    assert_true(overuses > 0);
    assert_int_equal(underuses, 0);
}

static void test_a_draining_queue_is_underuse(void **state)
{
    (void)state;
    send(100, 0, 0);
    send(60, 1000, 0);
    send(20, 0, 0);
    send(60, -1000, 0);
    assert_true(underuses > 0);
    send(300, 0, 0);
    assert_int_equal(trendline.usage, LINK_NORMAL);
}

static void test_jitter_is_no_queue(void **state)
{
    struct rng rng;
    (void)state;
    rng_init(&rng, 5);
    for (int i = 0; i < 3000; i++) {
        delay = DELAY;
        send(1, (usec_t)rng_below(&rng, 4000), 0);
    }
    assert_int_equal(overuses, 0);
}

static void test_clocks_need_not_agree(void **state)
{
    static const usec_t offsets[] = {0, -3600 * USEC_PER_SEC, 3600 * USEC_PER_SEC};
    unsigned expected = 0;
    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        set_up(NULL);
        send(100, 0, offsets[i]);
        send(100, 500, offsets[i]);
        assert_true(overuses > 0);
        assert_true(i == 0 || overuses == expected);
        expected = overuses;
    }
}

/* A frame's packets leave together and arrive one behind the other: that is the link's rate and no queue. */
static void test_bursts_are_one_group(void **state)
{
    (void)state;
    for (int frame = 0; frame < 200; frame++, sent += 33000) {
        for (int i = 0; i < 8; i++) {
            trendline_packet(&trendline, sent + i * 100, sent + DELAY + i * 2000);
            overuses += trendline.usage == LINK_OVERUSE;
        }
    }
    assert_int_equal(overuses, 0);
}

static void test_nothing_is_concluded_while_paused(void **state)
{
    (void)state;
    send(100, 0, 0);
    trendline_pause(&trendline, true);
    send(60, 1000, 0);
    assert_int_equal(overuses, 0);
    send(60, -1000, 0);
    trendline_pause(&trendline, false);
    send(300, 0, 0);
    assert_int_equal(overuses, 0);
    send(100, 1000, 0); /* and awake again */
    assert_true(overuses > 0);
}

static void test_a_long_silence_starts_anew(void **state)
{
    (void)state;
    send(100, 0, 0);
    send(60, 1000, 0);
    sent += 10 * USEC_PER_SEC;
    send(1, 0, 0);
    assert_int_equal(trendline.usage, LINK_NORMAL);
    overuses = 0;
    send(500, 0, 0); /* the longer way is the usual one now */
    assert_int_equal(overuses, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_constant_delay_is_normal, set_up),
        cmocka_unit_test_setup(test_a_growing_queue_is_overuse, set_up),
        cmocka_unit_test_setup(test_a_draining_queue_is_underuse, set_up),
        cmocka_unit_test_setup(test_jitter_is_no_queue, set_up),
        cmocka_unit_test_setup(test_clocks_need_not_agree, set_up),
        cmocka_unit_test_setup(test_bursts_are_one_group, set_up),
        cmocka_unit_test_setup(test_nothing_is_concluded_while_paused, set_up),
        cmocka_unit_test_setup(test_a_long_silence_starts_anew, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
