#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/base/random.h"
#include "transport/hop/queue_gauge.h"

#define MS USEC_PER_MSEC
#define DELAY (50 * MS)
#define BYTES 1000

/* A link in front of the gauge: what comes faster than it carries waits. */
struct link {
    struct queue_gauge gauge;
    uint64_t rate_bps;
    usec_t now, free_at, offset; /* offset: of the receiver's clock */
};

static void send(struct link *link, usec_t jitter)
{
    usec_t start = usec_max(link->now, link->free_at);
    link->free_at = start + (usec_t)(BYTES * 8 * USEC_PER_SEC / link->rate_bps);
    queue_gauge_packet(&link->gauge, link->now, link->free_at + DELAY + jitter + link->offset, BYTES);
}

static void send_for(struct link *link, usec_t time, usec_t gap)
{
    for (usec_t end = link->now + time; link->now < end; link->now += gap)
        send(link, 0);
}

static usec_t waits(const struct link *link)
{
    return usec_max(0, link->free_at - link->now);
}

static void an_idle_link_has_no_queue(void **state)
{
    struct link link = {.rate_bps = 2000000, .now = USEC_PER_SEC};
    (void)state;
    assert_int_equal(queue_gauge_time(&link.gauge), 0);
    send_for(&link, 3 * USEC_PER_SEC, 10 * MS);
    assert_int_equal(queue_gauge_time(&link.gauge), 0);
    assert_int_equal(queue_gauge_drained_bps(&link.gauge), 0);
}

static void a_step_down_is_seen_at_once(void **state)
{
    static const usec_t offsets[] = {0, -3600 * USEC_PER_SEC, 3600 * USEC_PER_SEC};
    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct link link = {.rate_bps = 2500000, .now = USEC_PER_SEC, .offset = offsets[i]};
        send_for(&link, 3 * USEC_PER_SEC, 5 * MS); /* 1.6 Mbit/s */
        link.rate_bps = 500000;
        send_for(&link, 100 * MS, 5 * MS);
        assert_in_range(queue_gauge_time(&link.gauge), waits(&link) - 60 * MS, waits(&link));
        assert_in_range(queue_gauge_drained_bps(&link.gauge), 450000, 550000);
    }
}

static void a_queue_that_drains_is_gone(void **state)
{
    struct link link = {.rate_bps = 500000, .now = USEC_PER_SEC};
    (void)state;
    send_for(&link, USEC_PER_SEC, 20 * MS);
    send_for(&link, 200 * MS, 5 * MS);
    assert_true(queue_gauge_time(&link.gauge) > 100 * MS);
    send_for(&link, 2 * USEC_PER_SEC, 40 * MS);
    assert_in_range(queue_gauge_time(&link.gauge), 0, 20 * MS);
    assert_int_equal(queue_gauge_drained_bps(&link.gauge), 0);
}

static void jitter_is_no_queue(void **state)
{
    struct link link = {.rate_bps = 10000000, .now = USEC_PER_SEC};
    struct rng rng;
    (void)state;
    rng_init(&rng, 5);
    for (int i = 0; i < 3000; i++, link.now += 10 * MS) {
        send(&link, (usec_t)rng_below(&rng, 60 * MS));
        assert_true(queue_gauge_time(&link.gauge) < 60 * MS);
        assert_int_equal(queue_gauge_drained_bps(&link.gauge), 0);
    }
}

static void a_frame_is_no_queue(void **state)
{
    struct link link = {.rate_bps = 2000000, .now = USEC_PER_SEC};
    (void)state;
    for (int frame = 0; frame < 200; frame++, link.now += 33 * MS) {
        for (int i = 0; i < 6; i++)
            send(&link, 0);
        assert_true(queue_gauge_time(&link.gauge) < 10 * MS);
    }
}

static void a_longer_path_is_no_queue_for_ever(void **state)
{
    struct link link = {.rate_bps = 2000000, .now = USEC_PER_SEC};
    (void)state;
    send_for(&link, 3 * USEC_PER_SEC, 10 * MS);
    link.offset = 80 * MS;
    send_for(&link, USEC_PER_SEC, 10 * MS);
    assert_in_range(queue_gauge_time(&link.gauge), 70 * MS, 80 * MS);
    send_for(&link, 21 * USEC_PER_SEC, 10 * MS);
    assert_int_equal(queue_gauge_time(&link.gauge), 0);
}

static void another_clock_starts_anew(void **state)
{
    struct link link = {.rate_bps = 2000000, .now = USEC_PER_SEC, .offset = 100 * USEC_PER_SEC};
    (void)state;
    send_for(&link, 3 * USEC_PER_SEC, 10 * MS);
    link.offset = 0;
    send_for(&link, 100 * MS, 10 * MS);
    assert_int_equal(queue_gauge_time(&link.gauge), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_link_has_no_queue),   cmocka_unit_test(a_step_down_is_seen_at_once),
        cmocka_unit_test(a_queue_that_drains_is_gone), cmocka_unit_test(jitter_is_no_queue),
        cmocka_unit_test(a_frame_is_no_queue),         cmocka_unit_test(a_longer_path_is_no_queue_for_ever),
        cmocka_unit_test(another_clock_starts_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
