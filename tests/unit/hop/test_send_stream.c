#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/send_stream.h"

#define WALL ((int64_t)1753876543 * 1000000)

static void test_sender_report_extrapolates_the_timestamp(void **state)
{
    static const struct {
        uint32_t clock_rate, last_timestamp, expected;
        usec_t elapsed;
    } cases[] = {
        {90000, 1000, 1000, 0},
        {90000, 1000, 46000, 500000},
        {48000, 1000, 1960, 20000},
        {90000, UINT32_MAX, 89999, 1000000},
        {90000, 0, 324000000, 3600 * USEC_PER_SEC}, /* muted for an hour */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct send_stream stream;
        struct rtcp_sender_info info;
        send_stream_init(&stream, 7, cases[i].clock_rate);
        send_stream_packet(&stream, cases[i].last_timestamp, 100, 5000000);
        send_stream_sr(&stream, &info, 5000000 + cases[i].elapsed, WALL);
        assert_int_equal(info.ssrc, 7);
        assert_true(info.ntp == ntp_from_wall_us(WALL));
        assert_int_equal(info.rtp_timestamp, cases[i].expected);
    }
}

static void test_sender_report_counts_payload(void **state)
{
    struct send_stream stream;
    struct rtcp_sender_info info;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    assert_false(stream.started);
    for (uint32_t i = 0; i < 10; i++)
        send_stream_packet(&stream, i, 100 + i, i);
    send_stream_sr(&stream, &info, 10, WALL);
    assert_true(stream.started);
    assert_int_equal(info.packets, 10);
    assert_int_equal(info.bytes, 1045);
}

/* A report on the SR of WALL that its receiver kept for `held` and that came back after `held + rtt`. */
static void take_report(struct send_stream *stream, usec_t held, usec_t rtt)
{
    const struct rtcp_report_block block = {
        .ssrc = 7,
        .fraction_lost = 12,
        .cumulative_lost = -3,
        .jitter = 44,
        .lsr = ntp_middle(ntp_from_wall_us(WALL)),
        .dlsr = (uint32_t)(held * 65536 / USEC_PER_SEC),
    };
    send_stream_report(stream, &block, WALL + held + rtt);
}

static void test_round_trip_time_is_smoothed(void **state)
{
    struct send_stream stream;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    take_report(&stream, 100000, 50000);
    assert_in_range(stream.rtt, 49900, 50100);
    take_report(&stream, 900000, 130000);
    assert_in_range(stream.rtt, 59900, 60100); /* an eighth of the way */
    assert_int_equal(stream.fraction_lost, 12);
    assert_int_equal(stream.cumulative_lost, -3);
    assert_int_equal(stream.jitter, 44);
}

static void test_senseless_round_trip_times_are_ignored(void **state)
{
    static const struct {
        usec_t held, rtt;
    } cases[] = {{500000, -100000}, {0, 11 * USEC_PER_SEC}};
    struct send_stream stream;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    send_stream_report(&stream, &(struct rtcp_report_block){.fraction_lost = 3}, WALL); /* it had no SR yet */
    assert_int_equal(stream.rtt, 0);
    assert_int_equal(stream.fraction_lost, 3);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        take_report(&stream, cases[i].held, cases[i].rtt);
        assert_int_equal(stream.rtt, 0);
    }
    take_report(&stream, 0, 0); /* measured, and not "unknown" */
    assert_int_equal(stream.rtt, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sender_report_extrapolates_the_timestamp),
        cmocka_unit_test(test_sender_report_counts_payload),
        cmocka_unit_test(test_round_trip_time_is_smoothed),
        cmocka_unit_test(test_senseless_round_trip_times_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
