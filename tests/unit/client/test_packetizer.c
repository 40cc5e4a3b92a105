/* Frames that are cut into payloads, as a router reads these, and joined again by who receives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/rtp/depacketizer.h"
#include "client/rtp/packetizer.h"
#include "transport/wire/codec/frame_info.h"

#define PAYLOAD_MAX 100
#define FRAME_MAX 4000

struct sent {
    size_t payloads;
    struct frame_info first, last;
    uint8_t joined[DEPACKETIZED_MAX(FRAME_MAX)];
    size_t length;
};

static void send(struct packetizer *packetizer, const uint8_t *data, size_t length, bool is_keyframe, struct sent *sent)
{
    const struct coded_frame frame = {.data = data, .length = length, .keyframe = is_keyframe, .temporal_layers = 1};
    struct depacketizer joined = {.codec = packetizer->codec};
    uint8_t payload[PAYLOAD_MAX];
    bool is_last = false;
    size_t size;
    sent->payloads = 0;
    packetizer_frame(packetizer, &frame, PAYLOAD_MAX);
    while ((size = packetizer_next(packetizer, payload, &is_last)) > 0) {
        struct frame_info info = {0};
        assert_true(size <= PAYLOAD_MAX);
        assert_int_equal(codec_format(packetizer->codec)->parse(&info, payload, size), 0);
        if (sent->payloads++ == 0)
            sent->first = info;
        sent->last = info;
        depacketizer_add(&joined, payload, size, info.descriptor_length, sent->joined);
    }
    assert_true(is_last || sent->payloads == 0);
    sent->length = joined.length;
}

static const uint8_t *pattern(void)
{
    static uint8_t data[FRAME_MAX];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(1 + i % 250); /* no zeros: in H.264 those may begin a unit */
    return data;
}

static void vp9_tells_keyframes_and_numbers(void **state)
{
    static const size_t lengths[] = {1, 97, 98, 1000};
    struct packetizer packetizer;
    struct sent sent;
    (void)state;
    packetizer_init(&packetizer, CODEC_VP9, 0xfffe);
    for (size_t i = 0; i < 4; i++) {
        send(&packetizer, pattern(), lengths[i], i == 0, &sent);
        assert_int_equal(sent.payloads, (lengths[i] + 96) / 97);
        assert_int_equal(sent.length, lengths[i]);
        assert_memory_equal(sent.joined, pattern(), lengths[i]);
        assert_int_equal(sent.first.keyframe, i == 0);
        assert_true(sent.first.start && sent.last.end);
        assert_int_equal(sent.first.picture_id_bits, 15);
        assert_int_equal(sent.first.picture_id, (0x7fff + i) & 0x7fff); /* wraps */
    }
}

static void vp8_is_cut_as_ever(void **state)
{
    struct packetizer packetizer;
    struct sent sent;
    (void)state;
    packetizer_init(&packetizer, CODEC_VP8, 7);
    send(&packetizer, pattern(), 500, false, &sent);
    assert_int_equal(sent.length, 500);
    assert_memory_equal(sent.joined, pattern(), 500);
}

/* SPS, PPS and an IDR slice that is too long for a packet, with start codes of both lengths and zeros between. */
static size_t write_keyframe(uint8_t *out)
{
    static const uint8_t sets[] = {0, 0,    0,    1, 0x67, 0x42, 0xe0, 0x1f, 0,    0,   0,
                                   1, 0x68, 0xce, 0, 0,    0,    0,    1,    0x65, 0x88};
    memcpy(out, sets, sizeof sets);
    memcpy(out + sizeof sets, pattern(), 1000);
    return sizeof sets + 1000;
}

static void h264_units_are_sent_one_by_one_and_long_ones_in_fragments(void **state)
{
    static const uint8_t expected[] = {0, 0, 0,    1,    0x67, 0x42, 0xe0, 0x1f, 0,    0,
                                       0, 1, 0x68, 0xce, 0,    0,    0,    1,    0x65, 0x88};
    uint8_t frame[FRAME_MAX];
    struct packetizer packetizer;
    struct sent sent;
    (void)state;
    packetizer_init(&packetizer, CODEC_H264, 0);
    send(&packetizer, frame, write_keyframe(frame), true, &sent);
    assert_int_equal(sent.payloads, 2 + (1001 + 97) / 98); /* the slice without its header */
    assert_true(sent.first.has_only_parameters && sent.first.start);
    assert_memory_equal(sent.joined, expected, sizeof expected);
    assert_memory_equal(sent.joined + sizeof expected, pattern(), 1000);
    assert_int_equal(sent.length, sizeof expected + 1000);
    static const uint8_t slice[] = {0, 0, 1, 0x41, 0x9a, 3};
    send(&packetizer, slice, sizeof slice, false, &sent);
    assert_int_equal(sent.payloads, 1);
    assert_false(sent.first.keyframe);
}

static void what_has_no_units_is_not_sent(void **state)
{
    static const uint8_t nothing[][6] = {{0, 0, 1}, {0, 0, 0, 0, 0, 1}, {1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 0}};
    static const uint8_t malformed[][4] = {{0x32, 0x7f, 1, 2}, {0x36}, {0x32, 0x80, 0x80, 0x80}, {0x12, 0}};
    struct packetizer h264, av1;
    struct sent sent;
    (void)state;
    packetizer_init(&h264, CODEC_H264, 0);
    packetizer_init(&av1, CODEC_AV1, 0);
    for (size_t i = 0; i < 4; i++) {
        send(&h264, nothing[i], sizeof nothing[i], false, &sent);
        assert_int_equal(sent.payloads, 0);
        send(&av1, malformed[i], i == 1 ? 1 : i == 3 ? 2 : 4, false, &sent);
        assert_int_equal(sent.payloads, 0);
    }
}

/* A temporal delimiter, a sequence header with an extension, and a frame, each with its size. */
static size_t write_temporal_unit(uint8_t *out, uint8_t first_of_frame)
{
    static const uint8_t head[] = {0x12, 0, 0x0e, 0, 3, 7, 8, 9, 0x32, 0xe9, 0x07};
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, pattern(), 1001);
    out[sizeof head] = first_of_frame;
    return sizeof head + 1001;
}

static void av1_is_sent_without_sizes_and_delimiters_and_has_sizes_again(void **state)
{
    static const uint8_t expected[] = {0x0e, 0, 0x83, 0x80, 0x80, 0, 7, 8, 9, 0x32, 0xe9, 0x87, 0x80, 0};
    uint8_t unit[FRAME_MAX];
    struct packetizer packetizer;
    struct sent sent;
    (void)state;
    packetizer_init(&packetizer, CODEC_AV1, 0);
    size_t length = write_temporal_unit(unit, 0x10); /* KEY_FRAME, shown */
    send(&packetizer, unit, length, true, &sent);
    assert_int_equal(sent.payloads, 11); /* with the sequence header in the first */
    assert_false(sent.last.start);
    assert_true(sent.first.keyframe && sent.first.start); /* N is set */
    assert_memory_equal(sent.joined, expected, sizeof expected);
    assert_int_equal(sent.joined[sizeof expected], 0x10);
    assert_memory_equal(sent.joined + sizeof expected + 1, pattern() + 1, 1000);
    assert_int_equal(sent.length, sizeof expected + 1001);
    send(&packetizer, unit, write_temporal_unit(unit, 0x30), false, &sent);
    assert_false(sent.first.keyframe);
}

/* An OBU that would end with its packet goes on in the next one, which would else look like the first of a frame. */
static void no_later_packet_of_av1_looks_like_the_first(void **state)
{
    uint8_t unit[FRAME_MAX];
    struct packetizer packetizer;
    uint8_t payload[PAYLOAD_MAX];
    bool is_last;
    (void)state;
    packetizer_init(&packetizer, CODEC_AV1, 0);
    for (uint8_t size = 60; size < 120; size++) { /* a tile group each */
        const uint8_t head[] = {0x22, size};
        size_t length = 0;
        for (int i = 0; i < 3; i++) {
            memcpy(unit + length, head, sizeof head);
            memcpy(unit + length + sizeof head, pattern(), size);
            length += sizeof head + size;
        }
        const struct coded_frame frame = {.data = unit, .length = length};
        packetizer_frame(&packetizer, &frame, PAYLOAD_MAX);
        for (int i = 0; packetizer_next(&packetizer, payload, &is_last) > 0; i++)
            assert_int_equal(payload[0] & 0x80, i == 0 ? 0 : 0x80);
    }
}

static void others_put_several_units_into_a_payload(void **state)
{
    static const uint8_t stap[] = {0x78, 0, 2, 0x67, 1, 0, 0, 0, 1, 0x68, 0, 9, 1},
                         units[] = {0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68};
    static const uint8_t two[] = {0x20, 2, 0x08, 5, 0x30, 6}, all[] = {0x00, 2, 0x08, 5, 2, 0x32, 0};
    static const uint8_t obus[] = {0x0a, 0x81, 0x80, 0x80, 0, 5, 0x32, 0x81, 0x80, 0x80, 0, 6};
    uint8_t out[DEPACKETIZED_MAX(sizeof stap)];
    (void)state;
    struct depacketizer h264 = {.codec = CODEC_H264}, av1 = {.codec = CODEC_AV1}, sized = av1;
    depacketizer_add(&h264, stap, sizeof stap, 0, out); /* the last one says that it is longer than it is */
    assert_int_equal(h264.length, sizeof units);
    assert_memory_equal(out, units, sizeof units);
    depacketizer_add(&av1, two, sizeof two, 0, out);
    assert_int_equal(av1.length, sizeof obus);
    assert_memory_equal(out, obus, sizeof obus);
    depacketizer_add(&sized, all, sizeof all, 0, out); /* the second has a size of its own, of nothing */
    assert_int_equal(sized.length, 6 + 5);
    depacketizer_add(&sized, (const uint8_t[]){0x90, 1, 2}, 3, 0, out); /* goes on */
    assert_int_equal(sized.length, 6 + 5 + 2);
    struct depacketizer none = {.codec = CODEC_AV1};
    depacketizer_add(&none, (const uint8_t[]){0x90, 1, 2}, 3, 0, out); /* of an OBU whose beginning is not there */
    assert_int_equal(none.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vp8_is_cut_as_ever),
        cmocka_unit_test(vp9_tells_keyframes_and_numbers),
        cmocka_unit_test(h264_units_are_sent_one_by_one_and_long_ones_in_fragments),
        cmocka_unit_test(av1_is_sent_without_sizes_and_delimiters_and_has_sizes_again),
        cmocka_unit_test(no_later_packet_of_av1_looks_like_the_first),
        cmocka_unit_test(what_has_no_units_is_not_sent),
        cmocka_unit_test(others_put_several_units_into_a_payload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
