#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/receive_stream.h"

#define CLOCK 90000

static struct receive_stream stream;

static int set_up(void **state)
{
    (void)state;
    receive_stream_init(&stream, 7, CLOCK);
    return 0;
}

static int64_t receive(uint16_t sequence)
{
    return receive_stream_packet(&stream, sequence, 0, 100, false, 0);
}

static struct rtcp_report_block report(usec_t now)
{
    struct rtcp_report_block block;
    receive_stream_report(&stream, &block, now);
    return block;
}

static void test_sequence_numbers_are_extended(void **state)
{
    static const struct {
        uint16_t sequence;
        int64_t extended;
    } cases[] = {{65534, 65534}, {65535, 65535}, {1, 65537},      {0, 65536},
                 {65533, 65533}, {30000, 95536}, {60000, 125536}, {10, 131082}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(receive(cases[i].sequence) == cases[i].extended);
    assert_int_equal(report(0).highest_sequence, 131082); /* two cycles */
}

static void test_nothing_received_is_nothing_lost(void **state)
{
    (void)state;
    struct rtcp_report_block block = report(1000);
    assert_int_equal(block.ssrc, 7);
    assert_int_equal(block.fraction_lost, 0);
    assert_int_equal(block.cumulative_lost, 0);
    assert_int_equal(block.lsr, 0);
    assert_int_equal(block.dlsr, 0);
    assert_int_equal(receive_stream_lost(&stream), 0);
}

static void test_fraction_is_of_one_interval(void **state)
{
    (void)state;
    receive(100);
    assert_int_equal(report(0).fraction_lost, 0);
    for (uint16_t sequence = 102; sequence <= 110; sequence += 2)
        receive(sequence);
    struct rtcp_report_block block = report(0);
    assert_int_equal(block.fraction_lost, 128);
    assert_int_equal(block.cumulative_lost, 5);
    for (uint16_t sequence = 111; sequence <= 120; sequence++)
        receive(sequence);
    block = report(0);
    assert_int_equal(block.fraction_lost, 0);
    assert_int_equal(block.cumulative_lost, 5);
    receive(120 + 256);
    assert_int_equal(report(0).fraction_lost, 255); /* 255 of 256 */
    assert_int_equal(receive_stream_lost(&stream), 260);
}

static void test_late_packets_are_no_longer_lost(void **state)
{
    (void)state;
    receive(10);
    receive(13);
    assert_int_equal(report(0).cumulative_lost, 2);
    receive(11);
    receive_stream_packet(&stream, 12, 0, 100, true, 0);
    struct rtcp_report_block block = report(0);
    assert_int_equal(block.fraction_lost, 0);
    assert_int_equal(block.cumulative_lost, 0);
    receive(9); /* before the first: the first was not the first */
    assert_int_equal(report(0).cumulative_lost, 0);
    receive_stream_packet(&stream, 12, 0, 100, true, 0); /* retransmitted once too often */
    assert_int_equal(report(0).cumulative_lost, -1);
    assert_int_equal(receive_stream_lost(&stream), 0);
    assert_int_equal(stream.payload_bytes, 600);
}

/* Packets every 10 ms; every other one is `late` behind. */
static void receive_jittered(usec_t late, uint32_t first_timestamp, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        usec_t now = 10000 * (usec_t)(i + 1) + (i % 2 != 0 ? late : 0);
        receive_stream_packet(&stream, (uint16_t)i, first_timestamp + 900 * i, 100, false, now);
    }
}

static void test_jitter_is_in_timestamp_units(void **state)
{
    static const struct {
        usec_t late;
        uint32_t first_timestamp;
        unsigned least, most;
    } cases[] = {{0, 0, 0, 0}, {5000, 0, 445, 450}, {5000, UINT32_MAX - 20000, 445, 450}, {0, 0x7fffff00, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        receive_stream_init(&stream, 7, CLOCK);
        receive_jittered(cases[i].late, cases[i].first_timestamp, 200);
        assert_in_range(report(0).jitter, cases[i].least, cases[i].most);
    }
}

static void test_retransmissions_are_no_jitter(void **state)
{
    (void)state;
    /* The very first packet comes as a retransmission. */
    receive_stream_packet(&stream, 1, 5000000, 100, true, 1000);
    receive_stream_packet(&stream, 2, 5000900, 100, false, 11000);
    receive_stream_packet(&stream, 4, 5002700, 100, false, 31000);
    receive_stream_packet(&stream, 3, 5001800, 100, true, 400000);
    receive_stream_packet(&stream, 5, 5003600, 100, false, 41000);
    assert_int_equal(report(0).jitter, 0);
}

static void test_last_sender_report_is_answered(void **state)
{
    const struct rtcp_sender_info newer = {.ssrc = 7, .ntp = 0x1234567890abcdef},
                                  older = {.ssrc = 7, .ntp = 0x1234567800000000};
    (void)state;
    receive_stream_sr(&stream, &newer, 1000000);
    receive_stream_sr(&stream, &older, 2000000); /* overtaken on its way */
    receive_stream_sr(&stream, &newer, 2000000);
    struct rtcp_report_block block = report(2500000);
    assert_int_equal(block.lsr, 0x567890ab);
    assert_int_equal(block.dlsr, 98304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sequence_numbers_are_extended, set_up),
        cmocka_unit_test_setup(test_nothing_received_is_nothing_lost, set_up),
        cmocka_unit_test_setup(test_fraction_is_of_one_interval, set_up),
        cmocka_unit_test_setup(test_late_packets_are_no_longer_lost, set_up),
        cmocka_unit_test_setup(test_jitter_is_in_timestamp_units, set_up),
        cmocka_unit_test_setup(test_retransmissions_are_no_jitter, set_up),
        cmocka_unit_test_setup(test_last_sender_report_is_answered, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
