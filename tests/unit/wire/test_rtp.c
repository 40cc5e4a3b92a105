#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/wire/rtp.h"

#define FIXED 0x60, 0x12, 0x34, 0x00, 0x00, 0x00, 0x64, 0x11, 0x22, 0x33, 0x44

static void test_fixed_header_is_read(void **state)
{
    static const uint8_t data[] = {0x80, 0xe0, 0x12, 0x34, 0, 0, 0, 100, 0x11, 0x22, 0x33, 0x44, 'a', 'b'};
    struct rtp_header header;
    (void)state;
    assert_int_equal(rtp_parse(&header, data, sizeof data), 0);
    assert_true(header.marker);
    assert_int_equal(header.payload_type, 96);
    assert_int_equal(header.sequence, 0x1234);
    assert_int_equal(header.timestamp, 100);
    assert_int_equal(header.ssrc, 0x11223344);
    assert_int_equal(header.csrc_count, 0);
    assert_int_equal(header.extension_profile, 0);
    assert_int_equal(header.payload_offset, 12);
    assert_int_equal(header.payload_length, 2);
}

static void test_optional_parts_move_the_payload(void **state)
{
    static const struct {
        const char *name;
        uint8_t data[40];
        size_t length;
        unsigned extension_offset, extension_length, payload_offset, payload_length, padding;
    } cases[] = {
        {"two csrc", {0x82, FIXED, 0, 0, 0, 1, 0, 0, 0, 2, 'a'}, 21, 0, 0, 20, 1, 0},
        {"extension", {0x90, FIXED, 0xbe, 0xde, 0, 1, 0x10, 'a', 0, 0, 'x', 'y'}, 22, 16, 4, 20, 2, 0},
        {"empty extension", {0x90, FIXED, 0xbe, 0xde, 0, 0, 'x'}, 17, 16, 0, 16, 1, 0},
        {"csrc and extension", {0x91, FIXED, 0, 0, 0, 1, 0x10, 0, 0, 1, 1, 0, 0, 0, 'x'}, 25, 20, 4, 24, 1, 0},
        {"padding", {0xa0, FIXED, 'a', 'b', 0, 0, 3}, 17, 0, 0, 12, 2, 3},
        {"padding only", {0xa0, FIXED, 0, 2}, 14, 0, 0, 12, 0, 2},
        {"no payload", {0x80, FIXED}, 12, 0, 0, 12, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtp_header header;
        print_message("%s\n", cases[i].name);
        assert_int_equal(rtp_parse(&header, cases[i].data, cases[i].length), 0);
        assert_int_equal(header.extension_offset, cases[i].extension_offset);
        assert_int_equal(header.extension_length, cases[i].extension_length);
        assert_int_equal(header.payload_offset, cases[i].payload_offset);
        assert_int_equal(header.payload_length, cases[i].payload_length);
        assert_int_equal(header.padding_length, cases[i].padding);
    }
}

static void test_broken_packets_are_refused(void **state)
{
    static const struct {
        const char *name;
        uint8_t data[24];
        size_t length;
        int error;
    } cases[] = {
        {"empty", {0}, 0, ERR_TRUNCATED},
        {"short", {0x80, FIXED}, 11, ERR_TRUNCATED},
        {"version 1", {0x40, FIXED}, 12, ERR_INVALID},
        {"version 3", {0xc0, FIXED}, 12, ERR_INVALID},
        {"csrc missing", {0x81, FIXED, 0, 0, 0}, 15, ERR_TRUNCATED},
        {"extension header missing", {0x90, FIXED, 0xbe, 0xde}, 14, ERR_TRUNCATED},
        {"extension too long", {0x90, FIXED, 0xbe, 0xde, 0, 2, 0, 0, 0, 0}, 20, ERR_TRUNCATED},
        {"extension length that wraps in 16 bits", {0x90, FIXED, 0xbe, 0xde, 0x40, 0}, 16, ERR_TRUNCATED},
        {"padding of zero", {0xa0, FIXED, 'a', 0}, 14, ERR_INVALID},
        {"padding longer than the payload", {0xa0, FIXED, 'a', 3}, 14, ERR_INVALID},
        {"padding bit without payload", {0xa0, FIXED}, 12, ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtp_header header;
        print_message("%s\n", cases[i].name);
        assert_int_equal(rtp_parse(&header, cases[i].data, cases[i].length), cases[i].error);
    }
}

/* The last byte of a protected packet is ciphertext and counts nothing. */
static void test_padding_of_a_protected_packet_is_not_read(void **state)
{
    static const uint8_t data[] = {0xa0, FIXED, 1, 2, 0};
    struct rtp_header header;
    (void)state;
    assert_int_equal(rtp_parse_protected(&header, data, sizeof data), 0);
    assert_int_equal(header.padding_length, 0);
    assert_int_equal(header.payload_length, 3);
}

static void test_first_bytes_tell_the_protocol(void **state)
{
    static const struct {
        uint8_t first, second;
        enum packet_class expected;
    } cases[] = {
        {0, 1, PACKET_STUN},        {3, 0, PACKET_STUN},      {4, 0, PACKET_UNKNOWN},  {19, 0, PACKET_UNKNOWN},
        {20, 254, PACKET_DTLS},     {63, 254, PACKET_DTLS},   {64, 0, PACKET_UNKNOWN}, {127, 0, PACKET_UNKNOWN},
        {0x80, 96, PACKET_RTP},     {0x80, 0xe0, PACKET_RTP}, {0x80, 191, PACKET_RTP}, {0x80, 192, PACKET_RTCP},
        {0x80, 200, PACKET_RTCP},   {0xbf, 223, PACKET_RTCP}, {0x80, 224, PACKET_RTP}, {192, 200, PACKET_UNKNOWN},
        {255, 255, PACKET_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint8_t data[] = {cases[i].first, cases[i].second};
        assert_int_equal(packet_classify(data, 2), cases[i].expected);
        assert_int_equal(packet_classify(data, 1), PACKET_UNKNOWN);
    }
}

static void test_written_header_is_read_back(void **state)
{
    static const struct rtp_header headers[] = {
        {.payload_type = 0},
        {.marker = true, .payload_type = 127, .sequence = 65535, .timestamp = UINT32_MAX, .ssrc = UINT32_MAX},
        {.payload_type = 111, .sequence = 1, .timestamp = 2, .ssrc = 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        uint8_t data[16] = {[12] = 0x10};
        struct rtp_header header;
        for (int has_extension = 0; has_extension < 2; has_extension++) {
            rtp_write_fixed(data, &headers[i], has_extension != 0);
            assert_int_equal(rtp_parse(&header, data, sizeof data), 0);
            assert_int_equal(header.marker, headers[i].marker);
            assert_int_equal(header.payload_type, headers[i].payload_type);
            assert_int_equal(header.sequence, headers[i].sequence);
            assert_int_equal(header.timestamp, headers[i].timestamp);
            assert_int_equal(header.ssrc, headers[i].ssrc);
            assert_int_equal(header.payload_offset, has_extension ? 16 : 12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_header_is_read),
        cmocka_unit_test(test_optional_parts_move_the_payload),
        cmocka_unit_test(test_broken_packets_are_refused),
        cmocka_unit_test(test_padding_of_a_protected_packet_is_not_read),
        cmocka_unit_test(test_first_bytes_tell_the_protocol),
        cmocka_unit_test(test_written_header_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
