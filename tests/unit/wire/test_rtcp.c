#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/wire/rtcp.h"

static uint8_t out[1024];

static struct rtcp_writer new_writer(void)
{
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, out, sizeof out);
    return writer;
}

/* The only packet of what was written. */
static struct rtcp_packet only(const struct rtcp_writer *writer)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet = {0};
    rtcp_reader_init(&reader, writer->out, writer->length);
    assert_int_equal(rtcp_next(&reader, &packet), 1);
    assert_int_equal(packet.length, writer->length);
    assert_int_equal(reader.length, 0);
    return packet;
}

static const struct rtcp_report_block blocks[] = {
    {.ssrc = 7,
     .fraction_lost = 25,
     .cumulative_lost = -2,
     .highest_sequence = 0x10001,
     .jitter = 90,
     .lsr = 1,
     .dlsr = 2},
    {.ssrc = 8, .fraction_lost = 255, .cumulative_lost = 0x7fffff, .highest_sequence = UINT32_MAX},
    {.ssrc = 9, .cumulative_lost = -0x800000},
};

static void check_blocks(const struct rtcp_packet *packet)
{
    struct rtcp_report_block block;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(rtcp_read_report(packet, i, &block), 0);
        assert_int_equal(block.ssrc, blocks[i].ssrc);
        assert_int_equal(block.fraction_lost, blocks[i].fraction_lost);
        assert_int_equal(block.cumulative_lost, blocks[i].cumulative_lost);
        assert_int_equal(block.highest_sequence, blocks[i].highest_sequence);
        assert_int_equal(block.jitter, blocks[i].jitter);
        assert_int_equal(block.lsr, blocks[i].lsr);
        assert_int_equal(block.dlsr, blocks[i].dlsr);
    }
    assert_int_equal(rtcp_read_report(packet, 3, &block), ERR_NOT_FOUND);
}

static void test_sender_report_is_read_back(void **state)
{
    static const struct rtcp_sender_info info = {5, 0xe123456789abcdef, 9000, 10, 1000};
    struct rtcp_sender_info again;
    struct rtcp_writer writer = new_writer();
    (void)state;
    assert_int_equal(rtcp_write_sr(&writer, &info, blocks, 3), 0);
    struct rtcp_packet packet = only(&writer);
    assert_int_equal(rtcp_read_sr(&packet, &again), 0);
    assert_int_equal(again.ssrc, info.ssrc);
    assert_true(again.ntp == info.ntp);
    assert_int_equal(again.rtp_timestamp, info.rtp_timestamp);
    assert_int_equal(again.packets, info.packets);
    assert_int_equal(again.bytes, info.bytes);
    check_blocks(&packet);
}

static void test_receiver_report_is_read_back(void **state)
{
    struct rtcp_writer writer = new_writer();
    struct rtcp_sender_info info;
    (void)state;
    assert_int_equal(rtcp_write_rr(&writer, 5, blocks, 3), 0);
    struct rtcp_packet packet = only(&writer);
    check_blocks(&packet);
    assert_int_equal(rtcp_read_sr(&packet, &info), ERR_UNSUPPORTED);
}

/* RFC 3550 section 6.5: item CNAME, text, at least one zero, up to a multiple of four. */
static void test_cname_ends_with_zeros(void **state)
{
    static const struct {
        const char *name;
        size_t length;
    } cases[] = {{"", 12}, {"a", 12}, {"ab", 16}, {"abcde", 16}, {"abcdef", 20}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtcp_writer writer = new_writer();
        size_t name_length = strlen(cases[i].name);
        memset(out, 0xee, sizeof out);
        assert_int_equal(rtcp_write_sdes_cname(&writer, 5, cases[i].name), 0);
        assert_int_equal(writer.length, cases[i].length);
        struct rtcp_packet packet = only(&writer);
        assert_int_equal(packet.type, RTCP_SDES);
        assert_int_equal(packet.count, 1);
        assert_int_equal(packet.data[8], 1);
        assert_int_equal(packet.data[9], name_length);
        assert_memory_equal(packet.data + 10, cases[i].name, name_length);
        for (size_t at = 10 + name_length; at < packet.length; at++)
            assert_int_equal(packet.data[at], 0);
    }
}

static void test_bye_is_read_back(void **state)
{
    static const uint8_t two[] = {0x82, 203, 0, 2, 0, 0, 0, 5, 0, 0, 0, 6};
    struct rtcp_packet packet = {RTCP_BYE, 2, two, sizeof two};
    struct rtcp_writer writer = new_writer();
    uint32_t ssrcs[4];
    (void)state;
    assert_int_equal(rtcp_read_bye(&packet, ssrcs, 4), 2);
    assert_int_equal(ssrcs[1], 6);
    assert_int_equal(rtcp_read_bye(&packet, ssrcs, 1), 1);
    packet.length = 8;
    assert_int_equal(rtcp_read_bye(&packet, ssrcs, 4), ERR_TRUNCATED);
    assert_int_equal(rtcp_write_bye(&writer, 77), 0);
    packet = only(&writer);
    assert_int_equal(rtcp_read_bye(&packet, ssrcs, 4), 1);
    assert_int_equal(ssrcs[0], 77);
}

static void test_nack_packs_what_is_near(void **state)
{
    static const struct {
        const char *name;
        uint16_t lost[20];
        size_t count, pairs;
    } cases[] = {
        {"one", {5}, 1, 1},
        {"a run of 17", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 17, 1},
        {"a run of 18", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}, 18, 2},
        {"16 apart", {100, 116}, 2, 1},
        {"17 apart", {100, 117}, 2, 2},
        {"over the wrap", {65534, 65535, 0, 3}, 4, 1},
        {"far apart", {1, 1000, 30000}, 3, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtcp_writer writer = new_writer();
        uint32_t sender, media;
        uint16_t lost[20];
        print_message("%s\n", cases[i].name);
        assert_int_equal(rtcp_write_nack(&writer, 1, 2, cases[i].lost, cases[i].count), 0);
        assert_int_equal(writer.length, 12 + 4 * cases[i].pairs);
        struct rtcp_packet packet = only(&writer);
        assert_int_equal(rtcp_read_feedback(&packet, &sender, &media), 0);
        assert_int_equal(sender, 1);
        assert_int_equal(media, 2);
        assert_int_equal(rtcp_read_nack(&packet, lost, 20), cases[i].count);
        assert_memory_equal(lost, cases[i].lost, cases[i].count * sizeof lost[0]);
        assert_int_equal(rtcp_read_nack(&packet, lost, 1), 1);
    }
}

static void test_keyframe_requests_are_read_back(void **state)
{
    struct rtcp_writer writer = new_writer();
    uint32_t sender, media, ssrcs[4];
    (void)state;
    assert_int_equal(rtcp_write_pli(&writer, 1, 2), 0);
    struct rtcp_packet packet = only(&writer);
    assert_int_equal(packet.type, RTCP_PSFB);
    assert_int_equal(packet.count, PSFB_PLI);
    assert_int_equal(rtcp_read_feedback(&packet, &sender, &media), 0);
    assert_int_equal(media, 2);
    assert_int_equal(rtcp_read_fir(&packet, ssrcs, 4), ERR_UNSUPPORTED);

    writer = new_writer();
    assert_int_equal(rtcp_write_fir(&writer, 1, 2, 200), 0);
    packet = only(&writer);
    assert_int_equal(rtcp_read_feedback(&packet, &sender, &media), 0);
    assert_int_equal(media, 0); /* the target stands in the entry */
    assert_int_equal(rtcp_read_fir(&packet, ssrcs, 4), 1);
    assert_int_equal(ssrcs[0], 2);
    assert_int_equal(packet.data[16], 200);
}

static void test_remb_keeps_18_bits_of_the_rate(void **state)
{
    static const struct {
        uint64_t written, read;
    } cases[] = {
        {0, 0},
        {1, 1},
        {262143, 262143},
        {262144, 262144},
        {262145, 262144},
        {1500000, 1500000},
        {(uint64_t)262143 << 45, (uint64_t)262143 << 45},
        {UINT64_MAX, UINT64_MAX},
    };
    static const uint32_t ssrcs[] = {7, 8};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtcp_writer writer = new_writer();
        uint64_t bps = 3;
        uint32_t listed[REMB_SSRCS_MAX] = {0};
        assert_int_equal(rtcp_write_remb(&writer, 1, cases[i].written, ssrcs, 2), 0);
        struct rtcp_packet packet = only(&writer);
        assert_int_equal(rtcp_read_remb(&packet, &bps, listed, REMB_SSRCS_MAX), 2);
        assert_true(bps == cases[i].read);
        assert_memory_equal(listed, ssrcs, sizeof ssrcs);
        assert_int_equal(rtcp_read_remb(&packet, &bps, listed, 1), 1);
        assert_int_equal(packet.data[16], 2);
        assert_memory_equal(packet.data + 20, "\0\0\0\7\0\0\0\10", 8);
    }
    static const uint8_t other[24] = {0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 'L', 'N', 'T', 'F'};
    struct rtcp_packet packet = {RTCP_PSFB, PSFB_APPLICATION, other, sizeof other};
    uint64_t bps;
    uint32_t listed[2];
    assert_int_equal(rtcp_read_remb(&packet, &bps, listed, 2), ERR_UNSUPPORTED);
    /* It says that it lists three, and has place for two. */
    static const uint8_t longer[28] = {0x8f, 206, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 3};
    packet = (struct rtcp_packet){RTCP_PSFB, PSFB_APPLICATION, longer, sizeof longer};
    assert_int_equal(rtcp_read_remb(&packet, &bps, listed, 2), ERR_TRUNCATED);
}

static void test_compound_is_walked_to_its_end(void **state)
{
    static const enum rtcp_type expected[] = {RTCP_RR, RTCP_SDES, RTCP_PSFB, RTCP_BYE};
    struct rtcp_writer writer = new_writer();
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    (void)state;
    assert_int_equal(rtcp_write_rr(&writer, 1, NULL, 0), 0);
    assert_int_equal(rtcp_write_sdes_cname(&writer, 1, "name"), 0);
    assert_int_equal(rtcp_write_pli(&writer, 1, 2), 0);
    assert_int_equal(rtcp_write_bye(&writer, 1), 0);
    rtcp_reader_init(&reader, out, writer.length);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_int_equal(rtcp_next(&reader, &packet), 1);
        assert_int_equal(packet.type, expected[i]);
    }
    assert_int_equal(rtcp_next(&reader, &packet), 0);
}

static void test_padding_is_taken_off(void **state)
{
    static const struct {
        const char *name;
        uint8_t data[16];
        int result;
        size_t length;
    } cases[] = {
        {"a whole word", {0xa1, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4}, 1, 12},
        {"one byte, as Chromium does", {0xa1, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 1}, 1, 15},
        {"none", {0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 1}, 1, 16},
        {"everything behind the header", {0xa1, 205, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12}, 1, 4},
        {"into the header", {0xa1, 205, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13}, ERR_INVALID, 0},
        {"zero", {0xa1, 205, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, ERR_INVALID, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtcp_reader reader;
        struct rtcp_packet packet;
        print_message("%s\n", cases[i].name);
        rtcp_reader_init(&reader, cases[i].data, sizeof cases[i].data);
        assert_int_equal(rtcp_next(&reader, &packet), cases[i].result);
        if (cases[i].result == 1) {
            assert_int_equal(packet.length, cases[i].length);
            assert_int_equal(rtcp_next(&reader, &packet), 0);
        }
    }
}

static void test_broken_packets_are_refused(void **state)
{
    static const struct {
        uint8_t data[8];
        size_t length;
        int error;
    } cases[] = {
        {{0x80, 201, 0}, 3, ERR_TRUNCATED},
        {{0x80, 201, 0, 2, 0, 0, 0, 0}, 8, ERR_TRUNCATED},
        {{0x40, 201, 0, 1, 0, 0, 0, 0}, 8, ERR_INVALID},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rtcp_reader reader;
        struct rtcp_packet packet;
        rtcp_reader_init(&reader, cases[i].data, cases[i].length);
        assert_int_equal(rtcp_next(&reader, &packet), cases[i].error);
    }
}

/* Each reader on a packet that says it holds more than it does. */
static void test_short_bodies_are_refused(void **state)
{
    static const uint8_t data[64] = {0};
    struct rtcp_sender_info info;
    struct rtcp_report_block block;
    uint32_t sender, media, ssrcs[4];
    uint16_t lost[4];
    uint64_t bps;
    (void)state;
    assert_int_equal(rtcp_read_sr(&(struct rtcp_packet){RTCP_SR, 0, data, 24}, &info), ERR_TRUNCATED);
    assert_int_equal(rtcp_read_report(&(struct rtcp_packet){RTCP_SR, 1, data, 48}, 0, &block), ERR_TRUNCATED);
    assert_int_equal(rtcp_read_report(&(struct rtcp_packet){RTCP_RR, 2, data, 52}, 1, &block), ERR_TRUNCATED);
    assert_int_equal(rtcp_read_report(&(struct rtcp_packet){RTCP_BYE, 2, data, 52}, 1, &block), ERR_UNSUPPORTED);
    assert_int_equal(rtcp_read_feedback(&(struct rtcp_packet){RTCP_PSFB, 1, data, 8}, &sender, &media), ERR_TRUNCATED);
    assert_int_equal(rtcp_read_nack(&(struct rtcp_packet){RTCP_RTPFB, 1, data, 12}, lost, 4), ERR_TRUNCATED);
    assert_int_equal(rtcp_read_fir(&(struct rtcp_packet){RTCP_PSFB, 4, data, 16}, ssrcs, 4), ERR_TRUNCATED);
    assert_int_equal(rtcp_read_remb(&(struct rtcp_packet){RTCP_PSFB, 15, data, 16}, &bps, ssrcs, 4), ERR_UNSUPPORTED);
}

static int write_any(struct rtcp_writer *writer, int which)
{
    static const uint16_t lost[] = {1, 100, 200};
    static const uint32_t ssrcs[] = {7};
    static const struct rtcp_sender_info info = {.ssrc = 1};
    switch (which) {
    case 0:
        return rtcp_write_sr(writer, &info, blocks, 3);
    case 1:
        return rtcp_write_rr(writer, 1, blocks, 3);
    case 2:
        return rtcp_write_sdes_cname(writer, 1, "name");
    case 3:
        return rtcp_write_bye(writer, 1);
    case 4:
        return rtcp_write_nack(writer, 1, 2, lost, 3);
    case 5:
        return rtcp_write_pli(writer, 1, 2);
    case 6:
        return rtcp_write_fir(writer, 1, 2, 3);
    default:
        return rtcp_write_remb(writer, 1, 1000, ssrcs, 1);
    }
}

static void test_a_packet_that_does_not_fit_changes_nothing(void **state)
{
    (void)state;
    for (int which = 0; which < 8; which++) {
        struct rtcp_writer writer = new_writer();
        assert_int_equal(write_any(&writer, which), 0);
        size_t needed = writer.length;
        rtcp_writer_init(&writer, out, 8 + needed - 1);
        assert_int_equal(rtcp_write_bye(&writer, 1), 0);
        assert_int_equal(write_any(&writer, which), ERR_NO_SPACE);
        assert_int_equal(writer.length, 8);
        writer.capacity++;
        assert_int_equal(write_any(&writer, which), 0);
        assert_int_equal(writer.length, writer.capacity);
    }
}

static void test_too_long_a_cname_is_refused(void **state)
{
    char name[257];
    struct rtcp_writer writer = new_writer();
    (void)state;
    memset(name, 'a', 256);
    name[256] = '\0';
    assert_int_equal(rtcp_write_sdes_cname(&writer, 1, name), ERR_INVALID);
    name[255] = '\0';
    assert_int_equal(rtcp_write_sdes_cname(&writer, 1, name), 0);
}

static void test_ntp_time_keeps_microseconds(void **state)
{
    static const int64_t times[] = {0, 1, 999999, 1000000, 1753876543123456, 2085978495999999};
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_true(wall_us_from_ntp(ntp_from_wall_us(times[i])) == times[i]);
    assert_true(ntp_from_wall_us(0) == (uint64_t)2208988800 << 32);
    assert_true(ntp_from_wall_us(500000) == ((uint64_t)2208988800 << 32 | 0x80000000));
    assert_int_equal(ntp_middle(0x1234567890abcdef), 0x567890ab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sender_report_is_read_back),
        cmocka_unit_test(test_receiver_report_is_read_back),
        cmocka_unit_test(test_cname_ends_with_zeros),
        cmocka_unit_test(test_bye_is_read_back),
        cmocka_unit_test(test_nack_packs_what_is_near),
        cmocka_unit_test(test_keyframe_requests_are_read_back),
        cmocka_unit_test(test_remb_keeps_18_bits_of_the_rate),
        cmocka_unit_test(test_compound_is_walked_to_its_end),
        cmocka_unit_test(test_padding_is_taken_off),
        cmocka_unit_test(test_broken_packets_are_refused),
        cmocka_unit_test(test_short_bodies_are_refused),
        cmocka_unit_test(test_a_packet_that_does_not_fit_changes_nothing),
        cmocka_unit_test(test_too_long_a_cname_is_refused),
        cmocka_unit_test(test_ntp_time_keeps_microseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
