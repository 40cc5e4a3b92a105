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

/* Which packets a report is about, by the numbers that it and the one before name. */
static void test_reports_cover_what_went_by(void **state)
{
    static const struct {
        uint32_t sent, highest, covered; /* sent since the report before */
    } reports[] = {
        {50, 1050, 50},                     /* the first is about all that was sent */
        {50, 1090, 40},                     /* ten are on their way... */
        {50, 1150, 60},                     /* ...and told of later */
        {50, 1150, 0},                      /* the same again */
        {0, 1140, 0},                       /* an older one */
        {10, 1210, 60},   {10, 900000, 10}, /* nobody has sent so many */
        {10, 900010, 10},
    };
    struct send_stream stream;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        for (uint32_t k = 0; k < reports[i].sent; k++)
            send_stream_packet(&stream, k, 1000, 0);
        send_stream_report(&stream, &(struct rtcp_report_block){.ssrc = 7, .highest_sequence = reports[i].highest},
                           WALL);
        assert_int_equal(stream.covered, reports[i].covered);
        assert_in_range(stream.covered_bytes, reports[i].covered * 1000, reports[i].covered * 1100);
    }
}

/* Packets that were never sent do not count as lost, even if the receiver reports them. */
static void test_numbers_that_never_went_out_are_not_lost(void **state)
{
    static const struct {
        const char *sent; /* '.': left out; the next number each; "<n" sends the n-th left out after all */
        uint32_t upto;    /* numbers that the report is about */
        uint8_t lost;     /* that the receiver misses, of those */
        uint32_t covered;
        uint8_t real; /* that were lost on the way */
    } reports[] = {
        {"xxxxxxxxxx", 10, 0, 10, 0},  {"xxxxxxxxxx", 20, 5, 10, 5},
        {"xxxxx.....", 25, 0, 5, 0}, /* nobody knows yet of the last five that they are missing */
        {"xxxxx.....x", 41, 12, 6, 2}, {"..........", 41, 0, 0, 0},
        {"x", 52, 10, 1, 0},
    };
    struct send_stream stream;
    uint16_t number = 65530;
    uint32_t upto = 65529;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        for (const char *at = reports[i].sent; *at != '\0'; at++, number++) {
            if (*at == '.')
                continue;
            send_stream_number(&stream, number);
            send_stream_packet(&stream, number, 1000, 0);
        }
        uint32_t span = 65529 + reports[i].upto - upto;
        uint32_t fraction = span > 0 ? (reports[i].lost * 256u + span - 1) / span : 0;
        const struct rtcp_report_block block = {
            .ssrc = 7, .highest_sequence = 65529 + reports[i].upto, .fraction_lost = (uint8_t)fraction};
        send_stream_report(&stream, &block, WALL);
        upto += span;
        if (stream.covered != reports[i].covered)
            fail_msg("report %zu covers %u", i, stream.covered);
        assert_in_range(stream.fraction_lost * (stream.covered + 1), reports[i].real * 256u * 7 / 10,
                        reports[i].real * 256u * 12 / 10);
    }
}

/* A packet that is repaired before it goes out takes its number after all. */
static void test_a_number_that_goes_out_late_counts(void **state)
{
    struct send_stream stream;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    for (uint16_t number = 0; number < 100; number++)
        if (number < 40 || number >= 60)
            send_stream_number(&stream, number);
    for (uint16_t number = 40; number < 55; number++)
        send_stream_number(&stream, number);
    for (uint32_t i = 0; i < 95; i++)
        send_stream_packet(&stream, 0, 1000, 0);
    send_stream_report(&stream, &(struct rtcp_report_block){.highest_sequence = 99, .fraction_lost = 26}, WALL);
    assert_int_equal(stream.covered, 95);
    assert_in_range(stream.fraction_lost, 10, 14); /* five of 95 */
}

/* The time since an SR that no newer one has followed says nothing about now. */
static void test_a_round_trip_time_counts_once(void **state)
{
    struct send_stream stream;
    (void)state;
    send_stream_init(&stream, 7, 90000);
    take_report(&stream, 100000, 50000);
    assert_in_range(stream.rtt_sample, 49900, 50100);
    take_report(&stream, 900000, 130000);
    assert_int_equal(stream.rtt_sample, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sender_report_extrapolates_the_timestamp),
        cmocka_unit_test(test_sender_report_counts_payload),
        cmocka_unit_test(test_round_trip_time_is_smoothed),
        cmocka_unit_test(test_senseless_round_trip_times_are_ignored),
        cmocka_unit_test(test_reports_cover_what_went_by),
        cmocka_unit_test(test_numbers_that_never_went_out_are_not_lost),
        cmocka_unit_test(test_a_number_that_goes_out_late_counts),
        cmocka_unit_test(test_a_round_trip_time_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
