#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/hop/rtx.h"

static struct packet_pool *pool;

static int set_up(void **state)
{
    (void)state;
    pool = packet_pool_new(1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    packet_pool_free(pool);
    return 0;
}

static struct packet *make(const uint8_t *data, size_t length)
{
    struct packet *packet = packet_copy(pool, data, length);
    assert_int_equal(rtp_parse(&packet->rtp, packet->data, length), 0);
    return packet;
}

static void test_original_packet_comes_out(void **state)
{
    static const struct {
        const char *name;
        uint8_t wrapped[40];
        size_t length;
        uint8_t original[40];
    } cases[] = {
        {"plain",
         {0x80, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0x12, 0x34, 'a', 'b', 'c'},
         17,
         {0x80, 96, 0x12, 0x34, 0, 0, 0, 100, 0, 0, 0, 7, 'a', 'b', 'c'}},
        {"marker",
         {0x80, 0x80 | 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0x12, 0x34, 'a'},
         15,
         {0x80, 0x80 | 96, 0x12, 0x34, 0, 0, 0, 100, 0, 0, 0, 7, 'a'}},
        {"extension",
         {0x90, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0xbe, 0xde, 0, 1, 0x10, '0', 0, 0, 0x12, 0x34, 'a'},
         23,
         {0x90, 96, 0x12, 0x34, 0, 0, 0, 100, 0, 0, 0, 7, 0xbe, 0xde, 0, 1, 0x10, '0', 0, 0, 'a'}},
        {"padding",
         {0xa0, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0x12, 0x34, 'a', 0, 0, 3},
         18,
         {0xa0, 96, 0x12, 0x34, 0, 0, 0, 100, 0, 0, 0, 7, 'a', 0, 0, 3}},
        {"empty original",
         {0x80, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0x12, 0x34},
         14,
         {0x80, 96, 0x12, 0x34, 0, 0, 0, 100, 0, 0, 0, 7}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct packet *packet = make(cases[i].wrapped, cases[i].length);
        struct rtp_header header;
        print_message("%s\n", cases[i].name);
        assert_int_equal(rtx_unwrap(packet, 7, 96), 0);
        assert_int_equal(packet->length, cases[i].length - 2);
        assert_memory_equal(packet->data, cases[i].original, packet->length);
        /* The header that was parsed before still says what the bytes say. */
        assert_int_equal(rtp_parse(&header, packet->data, packet->length), 0);
        assert_int_equal(packet->rtp.sequence, header.sequence);
        assert_int_equal(packet->rtp.ssrc, header.ssrc);
        assert_int_equal(packet->rtp.payload_type, header.payload_type);
        assert_int_equal(packet->rtp.marker, header.marker);
        assert_int_equal(packet->rtp.payload_offset, header.payload_offset);
        assert_int_equal(packet->rtp.payload_length, header.payload_length);
        assert_int_equal(packet->rtp.padding_length, header.padding_length);
        packet_release(packet);
    }
}

static void test_padding_probes_have_no_original(void **state)
{
    static const struct {
        uint8_t data[20];
        size_t length;
    } cases[] = {
        {{0x80, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8}, 12},
        {{0xa0, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0, 0, 0, 4}, 16},
        {{0xa0, 97, 0, 9, 0, 0, 0, 100, 0, 0, 0, 8, 0, 0, 0, 3}, 16},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct packet *packet = make(cases[i].data, cases[i].length);
        assert_int_equal(rtx_unwrap(packet, 7, 96), ERR_TRUNCATED);
        assert_memory_equal(packet->data, cases[i].data, cases[i].length);
        assert_int_equal(packet->rtp.ssrc, 8);
        packet_release(packet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_original_packet_comes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_padding_probes_have_no_original, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
