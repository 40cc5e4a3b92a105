#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/wire/twcc.h"

static uint8_t out[4096];
static struct twcc_feedback feedback;

static int read_first(const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, length);
    assert_int_equal(rtcp_next(&reader, &packet), 1);
    return twcc_read(&feedback, &packet);
}

static int write_and_read(const struct twcc_status *status, size_t count, size_t capacity)
{
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, capacity);
    int written = twcc_write(&writer, 5, 7, 9, status, count);
    assert_true(writer.length <= capacity);
    if (written < 0)
        return written;
    assert_int_equal(read_first(out, writer.length), 0);
    assert_int_equal(feedback.sender_ssrc, 5);
    assert_int_equal(feedback.media_ssrc, 7);
    assert_int_equal(feedback.feedback_count, 9);
    assert_int_equal(feedback.count, written);
    for (int i = 0; i < written; i++) {
        assert_int_equal(feedback.status[i].sequence, status[i].sequence);
        assert_int_equal(feedback.status[i].received, status[i].received);
        assert_true(feedback.status[i].arrival == (status[i].received ? status[i].arrival / 250 * 250 : 0));
    }
    return written;
}

/* Run of two small deltas, a vector of two-bit symbols, one of one-bit symbols: 2 + 7 + 14 packets from 65530 on. */
static void test_all_kinds_of_chunks_are_read(void **state)
{
    static const uint8_t data[] = {
        0x8f, 205,  0,    10,   0,    0,    0, 5, 0, 0, 0, 7, /* header */
        0xff, 0xfa, 0,    23,   0,    0,    2, 9,             /* base, count, reference 128 ms */
        0x20, 2,    0xe4, 0x00, 0xa0, 0x01,                   /* chunks */
        4,    8,    0xff, 0xfc, 1,    2,    3, /* run: +4 +8; vector: large -4, small +1; bits: first, last */
        0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0,
    };
    static const struct {
        size_t index;
        usec_t arrival;
    } received[] = {{0, 129000}, {1, 131000}, {2, 130000}, {3, 130250}, {9, 130750}, {22, 131500}};
    size_t next = 0;
    (void)state;
    assert_int_equal(read_first(data, sizeof data), 0);
    assert_int_equal(feedback.count, 23);
    assert_int_equal(feedback.reference, 128000);
    assert_int_equal(feedback.feedback_count, 9);
    for (size_t i = 0; i < feedback.count; i++) {
        bool expected = next < 6 && received[next].index == i;
        assert_int_equal(feedback.status[i].sequence, (uint16_t)(65530 + i));
        assert_int_equal(feedback.status[i].received, expected);
        assert_int_equal(feedback.status[i].arrival, expected ? received[next].arrival : 0);
        next += expected;
    }
}

static void test_broken_feedback_is_refused(void **state)
{
    static const struct {
        const char *name;
        uint8_t data[24];
        size_t length;
        int error;
    } cases[] = {
        {"another feedback", {0x81, 205, 0, 4, [19] = 0}, 20, ERR_UNSUPPORTED},
        {"no header", {0x8f, 205, 0, 3}, 16, ERR_TRUNCATED},
        {"no chunk", {0x8f, 205, 0, 4, [15] = 1}, 20, ERR_TRUNCATED},
        {"no deltas", {0x8f, 205, 0, 5, [15] = 8, [20] = 0x20, 8}, 24, ERR_TRUNCATED},
        {"half a large delta", {0xaf, 205, 0, 5, [15] = 1, [20] = 0x40, 1, 0, 1}, 24, ERR_TRUNCATED},
        {"an empty run", {0x8f, 205, 0, 5, [15] = 1, [20] = 0x20, 0}, 24, ERR_INVALID},
        {"the reserved symbol", {0x8f, 205, 0, 5, [15] = 1, [20] = 0x60, 1}, 24, ERR_INVALID},
        {"too many packets", {0x8f, 205, 0, 5, [14] = 0xff, 0xff}, 24, ERR_LIMIT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        assert_int_equal(read_first(cases[i].data, cases[i].length), cases[i].error);
    }
}

static void test_written_feedback_says_the_same(void **state)
{
    enum { COUNT = 300 };
    struct twcc_status status[COUNT];
    struct rng rng;
    (void)state;
    rng_init(&rng, 4);
    for (int round = 0; round < 200; round++) {
        usec_t now = (usec_t)rng_below(&rng, 1000000) * 1000;
        uint16_t base = (uint16_t)rng_next(&rng);
        uint64_t loss = rng_below(&rng, 101), step = rng_below(&rng, 4) == 0 ? 20000 : 3000;
        for (size_t i = 0; i < COUNT; i++) {
            now += (usec_t)rng_below(&rng, step) - 500;
            now = usec_max(now, 1000000);
            status[i] = (struct twcc_status){(uint16_t)(base + i), rng_below(&rng, 100) >= loss, now};
        }
        assert_int_equal(write_and_read(status, COUNT, sizeof out), COUNT);
    }
}

static void test_a_gap_of_time_ends_the_packet(void **state)
{
    static const struct twcc_status status[] = {
        {1, true, 1000000}, {2, true, 9100000}, {3, true, 17400000}, {4, true, 17400250}, {5, true, 1000000}};
    (void)state;
    assert_int_equal(write_and_read(status, 5, sizeof out), 2); /* 8.1 s still fit 16 bits, 8.3 s do not */
    assert_int_equal(write_and_read(status + 2, 3, sizeof out), 2);
    assert_int_equal(write_and_read(status + 4, 1, sizeof out), 1);
}

static void test_small_space_takes_the_first_part(void **state)
{
    struct twcc_status status[100];
    (void)state;
    for (size_t i = 0; i < 100; i++)
        status[i] = (struct twcc_status){(uint16_t)i, true, (usec_t)(1000000 + 1000 * i)};
    for (size_t capacity = 0; capacity < 140; capacity++) {
        int written = write_and_read(status, 100, capacity);
        if (capacity < 24)
            assert_int_equal(written, ERR_NO_SPACE);
        else
            assert_true(written >= 1 && written <= 100);
        if (capacity >= 124) /* header, one run, a byte each */
            assert_int_equal(written, 100);
    }
}

static void test_nothing_received_is_feedback_too(void **state)
{
    struct twcc_status status[10];
    (void)state;
    for (size_t i = 0; i < 10; i++)
        status[i] = (struct twcc_status){.sequence = (uint16_t)(65533 + i)};
    assert_int_equal(write_and_read(status, 10, sizeof out), 10);
    assert_int_equal(write_and_read(status, 0, sizeof out), ERR_NO_SPACE);
}

static void test_rfc_8888_blocks_are_read(void **state)
{
    static const uint8_t data[] = {
        0x8b, 205,  0,    9,    0,    0,    0, 5, /* header, sender */
        0,    0,    0,    7,    0xff, 0xff, 0, 3, 0xa2, 0x00, 0, 0,
        0x80, 0x01, 0,    0,                                        /* three of SSRC 7, one word of padding */
        0,    0,    0,    8,    0,    1,    0, 1, 0x9f, 0xfd, 0, 0, /* one of SSRC 8 */
        0x12, 0x34, 0x56, 0x78,                                     /* report time */
    };
    struct rtcp_packet packet = {RTCP_RTPFB, RTPFB_CCFB, data, sizeof data};
    struct ccfb_status status[8];
    uint32_t now;
    (void)state;
    assert_int_equal(ccfb_read(&packet, status, 8, &now), 4);
    assert_int_equal(now, 0x12345678);
    assert_int_equal(status[0].ssrc, 7);
    assert_int_equal(status[0].sequence, 65535);
    assert_true(status[0].received);
    assert_int_equal(status[0].ecn, 1);
    assert_int_equal(status[0].arrival_before_report, 500000);
    assert_int_equal(status[1].sequence, 0);
    assert_false(status[1].received);
    assert_int_equal(status[2].sequence, 1);
    assert_int_equal(status[2].arrival_before_report, 976);
    assert_int_equal(status[3].ssrc, 8);
    assert_int_equal(ccfb_read(&packet, status, 2, &now), 2);
    packet.length -= 4;
    assert_int_equal(ccfb_read(&packet, status, 8, &now), ERR_TRUNCATED);
    packet.length = 8;
    assert_int_equal(ccfb_read(&packet, status, 8, &now), ERR_TRUNCATED);
    packet.count = RTPFB_TWCC;
    assert_int_equal(ccfb_read(&packet, status, 8, &now), ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kinds_of_chunks_are_read),
        cmocka_unit_test(test_broken_feedback_is_refused),
        cmocka_unit_test(test_written_feedback_says_the_same),
        cmocka_unit_test(test_a_gap_of_time_ends_the_packet),
        cmocka_unit_test(test_small_space_takes_the_first_part),
        cmocka_unit_test(test_nothing_received_is_feedback_too),
        cmocka_unit_test(test_rfc_8888_blocks_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
