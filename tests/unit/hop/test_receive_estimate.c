#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/hop/receive_estimate.h"

#define MS USEC_PER_MSEC
#define SEND_TIME_RATE 262144

/* Packets of one size at one rate, which take `delay` on their way; what the link does is the test's to say. */
struct sender {
    struct receive_estimate estimate;
    bool has_send_time;
    uint32_t ssrc, timestamp_start;
    usec_t now, start;
};

static void init(struct sender *sender, bool has_send_time, usec_t now)
{
    *sender = (struct sender){.has_send_time = has_send_time, .ssrc = 7, .timestamp_start = UINT32_MAX - 90000};
    sender->now = sender->start = now;
    receive_estimate_init(&sender->estimate, now);
}

static void arrive(struct sender *sender, usec_t sent, int64_t missing)
{
    const struct arrival arrival = {.bytes = 1250,
                                    .ssrc = sender->ssrc,
                                    .timestamp = sender->timestamp_start + (uint32_t)(sent * 90 / 1000),
                                    .clock_rate = 90000,
                                    .has_send_time = sender->has_send_time,
                                    .send_time = (uint32_t)(sent * SEND_TIME_RATE / USEC_PER_SEC) & 0xffffff,
                                    .missing = missing};
    receive_estimate_packet(&sender->estimate, &arrival, sender->now);
}

/* 1 Mbit/s. Each packet travels `growth` longer than the one before. */
static void run(struct sender *sender, usec_t duration, usec_t *delay, usec_t growth)
{
    for (usec_t end = sender->now + duration; sender->now < end; sender->now += 10 * MS) {
        *delay += growth;
        arrive(sender, sender->now - *delay, 0);
    }
}

/* Both clocks wrap meanwhile: 64 s, and 2^32 ticks. */
static void a_good_link_is_never_full(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct sender sender;
        usec_t delay = 20 * MS;
        init(&sender, kind == 0, 1000 * USEC_PER_SEC);
        assert_int_equal(receive_estimate_bps(&sender.estimate), 0);
        for (int i = 0; i < 200; i++) {
            run(&sender, USEC_PER_SEC, &delay, 0);
            assert_false(sender.estimate.is_congested);
        }
        assert_in_range(receive_estimate_bps(&sender.estimate), 1400000, 1700000); /* half above what comes */
    }
}

static void a_queue_lowers_it_to_less_than_what_comes_out(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct sender sender;
        usec_t delay = 20 * MS;
        init(&sender, kind == 0, 1000 * USEC_PER_SEC);
        run(&sender, 5 * USEC_PER_SEC, &delay, 0);
        receive_estimate_told(&sender.estimate, sender.now);
        run(&sender, USEC_PER_SEC, &delay, 2 * MS);
        assert_true(sender.estimate.is_congested);
        assert_in_range(receive_estimate_bps(&sender.estimate), 650000, 900000);
        assert_true(receive_estimate_is_due(&sender.estimate, sender.now));
        run(&sender, USEC_PER_SEC, &delay, -2 * MS);
        assert_false(sender.estimate.is_congested);
        uint64_t after = receive_estimate_bps(&sender.estimate);
        run(&sender, 20 * USEC_PER_SEC, &delay, 0);
        assert_true(receive_estimate_bps(&sender.estimate) > after + after / 4);
    }
}

static void loss_lowers_it_unless_it_is_the_links_own(void **state)
{
    struct sender sender;
    (void)state;
    init(&sender, true, 0);
    for (int i = 0; i < 500; i++, sender.now += 10 * MS)
        arrive(&sender, sender.now, 0);
    uint64_t before = receive_estimate_bps(&sender.estimate);
    uint64_t least = before;
    for (int i = 0; i < 1000; i++, sender.now += 10 * MS) {
        arrive(&sender, sender.now, i % 4 == 0);
        least = least < receive_estimate_bps(&sender.estimate) ? least : receive_estimate_bps(&sender.estimate);
    }
    assert_true(least < before * 8 / 10);
    assert_true(receive_estimate_bps(&sender.estimate) > before * 9 / 10); /* it did not end when less was wanted */
}

/* Wrong time stamps make only the sender's own estimate wrong, and not for long. */
static void clocks_that_jump_are_no_queue(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct sender sender;
        usec_t delay = 20 * MS, jumped = 40 * USEC_PER_SEC / 3;
        init(&sender, kind == 0, 1000 * USEC_PER_SEC);
        run(&sender, 5 * USEC_PER_SEC, &delay, 0);
        run(&sender, 2 * USEC_PER_SEC, &jumped, 0);
        assert_false(sender.estimate.is_congested);
        run(&sender, 2 * USEC_PER_SEC, &delay, 0);
        assert_false(sender.estimate.is_congested);
        sender.ssrc++; /* another stream, whose timestamps begin elsewhere */
        sender.timestamp_start = 5;
        run(&sender, 3 * USEC_PER_SEC, &delay, 0);
        assert_false(sender.estimate.is_congested);
        assert_true(receive_estimate_bps(&sender.estimate) > 1000000);
    }
}

static void it_is_told_each_second_while_packets_come(void **state)
{
    struct sender sender;
    unsigned told = 0;
    (void)state;
    init(&sender, true, 0);
    for (int i = 0; i < 1000; i++, sender.now += 10 * MS) {
        arrive(&sender, sender.now, 0);
        if (!receive_estimate_is_due(&sender.estimate, sender.now))
            continue;
        receive_estimate_told(&sender.estimate, sender.now);
        told++;
    }
    assert_in_range(told, 9, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_link_is_never_full),
        cmocka_unit_test(a_queue_lowers_it_to_less_than_what_comes_out),
        cmocka_unit_test(loss_lowers_it_unless_it_is_the_links_own),
        cmocka_unit_test(clocks_that_jump_are_no_queue),
        cmocka_unit_test(it_is_told_each_second_while_packets_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
