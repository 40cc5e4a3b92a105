#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/packet_write.h"
#include "transport/base/error.h"

struct fixture {
    struct packet_pool *pool;
    struct packet *packet;
    struct extension_map from, to;
    uint8_t out[PACKET_CAPACITY];
};

static const uint8_t payload[] = {1, 2, 3, 4, 5, 6, 7, 8};

/* A packet whose extensions are an audio level, an orientation, and a dependency descriptor of 20 bytes. */
static void set_up(struct fixture *fixture)
{
    struct extension_writer writer;
    struct rtp_header header = {.sequence = 1, .ssrc = 2, .payload_type = 96};
    uint8_t descriptor[20];
    *fixture = (struct fixture){0};
    fixture->from.id[EXTENSION_AUDIO_LEVEL] = 3;
    fixture->from.id[EXTENSION_VIDEO_ORIENTATION] = 4;
    fixture->from.id[EXTENSION_DEPENDENCY_DESCRIPTOR] = 5;
    fixture->to.id[EXTENSION_MID] = 1;
    fixture->to.id[EXTENSION_TRANSPORT_SEQUENCE] = 2;
    fixture->to.id[EXTENSION_ABS_SEND_TIME] = 9;
    fixture->to.id[EXTENSION_AUDIO_LEVEL] = 7;
    fixture->to.id[EXTENSION_DEPENDENCY_DESCRIPTOR] = 12;
    fixture->pool = packet_pool_new(2);
    fixture->packet = packet_new(fixture->pool);
    uint8_t *data = fixture->packet->data;
    memset(descriptor, 0xdd, sizeof descriptor);
    rtp_write_fixed(data, &header, true);
    extension_writer_init(&writer, data + RTP_HEADER_SIZE, 200, true);
    assert_true(extension_write(&writer, 3, "\x85", 1) > 0);
    assert_true(extension_write(&writer, 4, "\x01", 1) > 0);
    assert_true(extension_write(&writer, 5, descriptor, sizeof descriptor) > 0);
    size_t length = RTP_HEADER_SIZE + extension_writer_finish(&writer);
    memcpy(data + length, payload, sizeof payload);
    fixture->packet->length = (uint16_t)(length + sizeof payload);
    assert_int_equal(rtp_parse(&fixture->packet->rtp, data, fixture->packet->length), 0);
    assert_int_equal(extension_parse(&fixture->packet->extensions, &fixture->from, data, &fixture->packet->rtp), 0);
    fixture->packet->frame.has_descriptor = true;
}

static void tear_down(struct fixture *fixture)
{
    packet_release(fixture->packet);
    packet_pool_free(fixture->pool);
}

static size_t write_packet(struct fixture *fixture, const struct packet *packet, const struct rewrite *rewrite,
                           bool allow_mixed, struct rtp_header *header, struct extension_values *values)
{
    struct write_context context = {
        .ids = &fixture->to, .allow_mixed = allow_mixed, .mid = "v1", .transport_sequence = 0xabcd, .now = 1500000};
    struct packet_image image;
    assert_int_equal(packet_image_init(&image, packet, rewrite, &context), 0);
    size_t length = packet_image_write(&image, fixture->out);
    assert_int_equal(length, image.length);
    assert_true(length > 0);
    assert_int_equal(rtp_parse(header, fixture->out, length), 0);
    assert_int_equal(extension_parse(values, &fixture->to, fixture->out, header), 0);
    return length;
}

static void assert_value(const struct fixture *fixture, const struct extension_values *values, enum extension extension,
                         const void *expected, size_t length)
{
    assert_int_equal(values->at[extension].length, length);
    assert_memory_equal(fixture->out + values->at[extension].offset, expected, length);
}

static void test_header_and_extensions_are_the_receivers(void **state)
{
    struct fixture fixture;
    struct rtp_header header;
    struct extension_values values;
    struct rewrite rewrite = {
        .ssrc = 0x11223344, .timestamp = 0x55667788, .sequence = 0x99aa, .payload_type = 101, .marker = true};
    (void)state;
    set_up(&fixture);
    write_packet(&fixture, fixture.packet, &rewrite, true, &header, &values);
    assert_int_equal(header.ssrc, 0x11223344);
    assert_int_equal(header.timestamp, 0x55667788);
    assert_int_equal(header.sequence, 0x99aa);
    assert_int_equal(header.payload_type, 101);
    assert_true(header.marker);
    assert_int_equal(header.payload_length, sizeof payload);
    assert_memory_equal(fixture.out + header.payload_offset, payload, sizeof payload);
    assert_value(&fixture, &values, EXTENSION_MID, "v1", 2);
    assert_value(&fixture, &values, EXTENSION_TRANSPORT_SEQUENCE, "\xab\xcd", 2);
    assert_value(&fixture, &values, EXTENSION_ABS_SEND_TIME, "\x06\x00\x00", 3); /* 1.5 s */
    assert_value(&fixture, &values, EXTENSION_AUDIO_LEVEL, "\x85", 1);
    assert_int_equal(values.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length, 20);
    assert_int_equal(values.at[EXTENSION_VIDEO_ORIENTATION].length, 0); /* the receiver has no id for it */
    tear_down(&fixture);
}

static void test_the_dependency_descriptor_gets_the_frame_number_or_stays_out(void **state)
{
    struct fixture fixture;
    struct rtp_header header;
    struct extension_values values;
    struct rewrite rewrite = {.has_frame_number = true, .frame_number = 0x1234};
    (void)state;
    set_up(&fixture);
    write_packet(&fixture, fixture.packet, &rewrite, true, &header, &values);
    assert_value(&fixture, &values, EXTENSION_DEPENDENCY_DESCRIPTOR,
                 "\xdd\x12\x34\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd", 20);
    fixture.packet->frame.has_descriptor = false; /* VP8 and VP9 have theirs in the payload */
    write_packet(&fixture, fixture.packet, &(struct rewrite){0}, true, &header, &values);
    assert_int_equal(values.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length, 0);
    tear_down(&fixture);
}

static void test_long_values_stay_out_where_mixing_is_not_allowed(void **state)
{
    struct fixture fixture;
    struct rtp_header header;
    struct extension_values values;
    (void)state;
    set_up(&fixture);
    write_packet(&fixture, fixture.packet, &(struct rewrite){0}, false, &header, &values);
    assert_int_equal(header.extension_profile, 0xbede);
    assert_int_equal(values.at[EXTENSION_DEPENDENCY_DESCRIPTOR].length, 0);
    assert_value(&fixture, &values, EXTENSION_AUDIO_LEVEL, "\x85", 1);
    tear_down(&fixture);
}

static void test_a_patch_stands_for_the_first_bytes(void **state)
{
    static const uint8_t expected[] = {0xf0, 0xf1, 0xf2, 3, 4, 5, 6, 7, 8};
    struct fixture fixture;
    struct rtp_header header;
    struct extension_values values;
    struct rewrite rewrite = {.patch_length = 3, .patch_covers = 2, .patch = {0xf0, 0xf1, 0xf2}};
    (void)state;
    set_up(&fixture);
    write_packet(&fixture, fixture.packet, &rewrite, true, &header, &values);
    assert_int_equal(header.payload_length, sizeof expected);
    assert_memory_equal(fixture.out + header.payload_offset, expected, sizeof expected);
    tear_down(&fixture);
}

static void test_a_retransmission_names_its_original(void **state)
{
    static const uint8_t expected[] = {0x12, 0x34, 0xf0, 2, 3, 4, 5, 6, 7, 8};
    struct fixture fixture;
    struct rtp_header header;
    struct extension_values values;
    struct rewrite rewrite = {.is_retransmission = true,
                              .original_sequence = 0x1234,
                              .patch_length = 1,
                              .patch_covers = 1,
                              .patch = {0xf0},
                              .padding = 4};
    (void)state;
    set_up(&fixture);
    size_t length = write_packet(&fixture, fixture.packet, &rewrite, true, &header, &values);
    assert_int_equal(header.payload_length, sizeof expected);
    assert_memory_equal(fixture.out + header.payload_offset, expected, sizeof expected);
    assert_int_equal(header.padding_length, 4);
    assert_int_equal(fixture.out[length - 1], 4);
    tear_down(&fixture);
}

static void test_padding_alone(void **state)
{
    struct fixture fixture;
    struct rtp_header header;
    struct extension_values values;
    (void)state;
    set_up(&fixture);
    write_packet(&fixture, NULL, &(struct rewrite){.padding = 255}, true, &header, &values);
    assert_int_equal(header.payload_length, 0);
    assert_int_equal(header.padding_length, 255);
    tear_down(&fixture);
}

static void test_what_does_not_fit_is_not_written(void **state)
{
    struct fixture fixture;
    struct write_context context = {.ids = &fixture.to};
    (void)state;
    set_up(&fixture);
    fixture.packet->rtp.payload_offset = RTP_HEADER_SIZE;
    fixture.packet->rtp.payload_length = PACKET_CAPACITY - RTP_HEADER_SIZE;
    struct packet_image image;
    assert_int_equal(packet_image_init(&image, fixture.packet, &(struct rewrite){0}, &context), ERR_NO_SPACE);
    tear_down(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_and_extensions_are_the_receivers),
        cmocka_unit_test(test_the_dependency_descriptor_gets_the_frame_number_or_stays_out),
        cmocka_unit_test(test_long_values_stay_out_where_mixing_is_not_allowed),
        cmocka_unit_test(test_a_patch_stands_for_the_first_bytes),
        cmocka_unit_test(test_a_retransmission_names_its_original),
        cmocka_unit_test(test_padding_alone),
        cmocka_unit_test(test_what_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
