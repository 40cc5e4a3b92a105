#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/wire/frame.h"

struct frame_case {
    const char *name;
    uint8_t payload[24];
    size_t length;
    struct frame_info expected;
};

static void check_cases(enum codec codec, const struct frame_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct frame_info *expected = &cases[i].expected;
        struct frame_info info;
        print_message("%s\n", cases[i].name);
        assert_int_equal(frame_parse(&info, codec, cases[i].payload, cases[i].length), 0);
        assert_int_equal(info.keyframe, expected->keyframe);
        assert_int_equal(info.start, expected->start);
        assert_int_equal(info.end, expected->end);
        assert_int_equal(info.discardable, expected->discardable);
        assert_int_equal(info.sync_temporal, expected->sync_temporal);
        assert_int_equal(info.spatial_id, expected->spatial_id);
        assert_int_equal(info.temporal_id, expected->temporal_id);
        assert_int_equal(info.has_layers, expected->has_layers);
        assert_int_equal(info.picture_id_bits, expected->picture_id_bits);
        assert_int_equal(info.picture_id_offset, expected->picture_id_offset);
        assert_int_equal(info.picture_id, expected->picture_id);
        assert_int_equal(info.refers_by_distance, codec == CODEC_VP9 && expected->picture_id_bits != 0);
        assert_int_equal(info.has_tl0picidx, expected->has_tl0picidx);
        assert_int_equal(info.tl0picidx_offset, expected->tl0picidx_offset);
        assert_int_equal(info.tl0picidx, expected->tl0picidx);
        assert_int_equal(info.descriptor_length, expected->descriptor_length);
        assert_int_equal(info.width, expected->width);
        assert_int_equal(info.height, expected->height);
    }
}

#define CHECK_CASES(codec, cases) check_cases(codec, cases, sizeof(cases) / sizeof(cases)[0])

/* Start code and size of a 640 x 360 keyframe, behind its three-byte frame tag. */
#define VP8_SIZE 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01

static void test_vp8_descriptors(void **state)
{
    static const struct frame_case cases[] = {
        {"shortest, keyframe",
         {0x10, 0x50, 0, 0, VP8_SIZE},
         11,
         {.keyframe = true, .start = true, .descriptor_length = 1, .width = 640, .height = 360}},
        {"keyframe cut before its size",
         {0x10, 0x50, 0, 0},
         4,
         {.keyframe = true, .start = true, .descriptor_length = 1}},
        {"scaling bits are not size",
         {0x10, 0x50, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0x68, 0x81},
         11,
         {.keyframe = true, .start = true, .descriptor_length = 1, .width = 640, .height = 360}},
        {"inter frame", {0x10, 0x51}, 2, {.start = true, .descriptor_length = 1}},
        {"continued: its first byte is no frame tag", {0x00, 0x50}, 2, {.descriptor_length = 1}},
        {"start of a second partition is no start of a frame", {0x11, 0x50}, 2, {.descriptor_length = 1}},
        {"descriptor alone", {0x10}, 1, {.start = true, .descriptor_length = 1}},
        {"non-reference", {0x30, 0x51}, 2, {.start = true, .discardable = true, .descriptor_length = 1}},
        {"7-bit picture id",
         {0x90, 0x80, 0x7f, 0x51},
         4,
         {.start = true, .picture_id_bits = 7, .picture_id_offset = 2, .picture_id = 127, .descriptor_length = 3}},
        {"15-bit picture id",
         {0x90, 0x80, 0xff, 0xfe, 0x51},
         5,
         {.start = true, .picture_id_bits = 15, .picture_id_offset = 2, .picture_id = 0x7ffe, .descriptor_length = 4}},
        {"15-bit picture id with a small value",
         {0x90, 0x80, 0x80, 0x05, 0x51},
         5,
         {.start = true, .picture_id_bits = 15, .picture_id_offset = 2, .picture_id = 5, .descriptor_length = 4}},
        {"temporal layer without TL0PICIDX",
         {0x90, 0xa0, 0x12, 0x60, 0x51},
         5,
         {.start = true,
          .has_layers = true,
          .temporal_id = 1,
          .sync_temporal = 1,
          .picture_id_bits = 7,
          .picture_id_offset = 2,
          .picture_id = 0x12,
          .descriptor_length = 4}},
        {"TL0PICIDX without picture id",
         {0x90, 0x60, 0x09, 0x80, 0x51},
         5,
         {.start = true,
          .has_layers = true,
          .temporal_id = 2,
          .has_tl0picidx = true,
          .tl0picidx_offset = 2,
          .tl0picidx = 9,
          .descriptor_length = 4}},
        {"key index alone: its byte is there, its temporal bits mean nothing",
         {0x90, 0x10, 0xff, 0x51},
         4,
         {.start = true, .descriptor_length = 3}},
        {"everything, as Chromium sends it",
         {0x90, 0xf0, 0x81, 0x23, 0x05, 0x20, 0x50, 0, 0, VP8_SIZE},
         16,
         {.keyframe = true,
          .start = true,
          .has_layers = true,
          .picture_id_bits = 15,
          .picture_id_offset = 2,
          .picture_id = 0x123,
          .has_tl0picidx = true,
          .tl0picidx_offset = 4,
          .tl0picidx = 5,
          .descriptor_length = 6,
          .width = 640,
          .height = 360}},
    };
    (void)state;
    CHECK_CASES(CODEC_VP8, cases);
}

static void test_vp9_descriptors(void **state)
{
    static const struct frame_case cases[] = {
        {"plain keyframe", {0x08, 1}, 2, {.keyframe = true, .start = true, .descriptor_length = 1}},
        {"whole inter frame in one packet", {0x4c, 1}, 2, {.start = true, .end = true, .descriptor_length = 1}},
        {"middle of a keyframe", {0x00, 1}, 2, {.descriptor_length = 1}},
        {"7-bit picture id",
         {0xc8, 0x23, 1},
         3,
         {.start = true, .picture_id_bits = 7, .picture_id_offset = 1, .picture_id = 0x23, .descriptor_length = 2}},
        {"15-bit picture id and layers with TL0PICIDX",
         {0xec, 0x81, 0x23, 0x50, 0x06, 1},
         6,
         {.start = true,
          .end = true,
          .has_layers = true,
          .temporal_id = 2,
          .sync_temporal = 2,
          .picture_id_bits = 15,
          .picture_id_offset = 1,
          .picture_id = 0x123,
          .has_tl0picidx = true,
          .tl0picidx_offset = 4,
          .tl0picidx = 6,
          .descriptor_length = 5}},
        {"flexible mode has no TL0PICIDX",
         {0xfd, 0x12, 0x22, 0x02},
         4,
         {.start = true,
          .end = true,
          .has_layers = true,
          .temporal_id = 1,
          .spatial_id = 1,
          .picture_id_bits = 7,
          .picture_id_offset = 1,
          .picture_id = 0x12,
          .descriptor_length = 4}},
        {"three references, as many as there may be",
         {0xd8, 0x12, 0x03, 0x05, 0x06, 1},
         6,
         {.start = true, .picture_id_bits = 7, .picture_id_offset = 1, .picture_id = 0x12, .descriptor_length = 5}},
        {"base layer of a keyframe",
         {0xa8, 0x01, 0x00, 0x00, 1},
         5,
         {.keyframe = true,
          .start = true,
          .has_layers = true,
          .picture_id_bits = 7,
          .picture_id_offset = 1,
          .picture_id = 1,
          .has_tl0picidx = true,
          .tl0picidx_offset = 3,
          .descriptor_length = 4}},
        {"upper layer of a keyframe is no place to start",
         {0xa8, 0x01, 0x03, 0x00, 1},
         5,
         {.start = true,
          .has_layers = true,
          .spatial_id = 1,
          .picture_id_bits = 7,
          .picture_id_offset = 1,
          .picture_id = 1,
          .has_tl0picidx = true,
          .tl0picidx_offset = 3,
          .descriptor_length = 4}},
        {"keyframe with the sizes of two spatial layers",
         {0x0a, 0x30, 0x01, 0x40, 0, 0xb4, 0x02, 0x80, 0x01, 0x68, 1},
         11,
         {.keyframe = true, .start = true, .descriptor_length = 10, .width = 640, .height = 360}},
        {"references before the structure",
         {0x5a, 0x03, 0x02, 0x10, 0x01, 0x40, 0, 0xb4, 1},
         9,
         {.start = true, .descriptor_length = 8}},
        {"a structure without sizes", {0x0a, 0x20, 1}, 3, {.keyframe = true, .start = true, .descriptor_length = 2}},
        {"a structure with a group of three pictures",
         {0x0a, 0x18, 0x01, 0x40, 0, 0xb4, 3, 0x00, 0x54, 0x01, 0x38, 0x01, 0x02, 1},
         14,
         {.keyframe = true, .start = true, .descriptor_length = 13, .width = 320, .height = 180}},
        {"a group without pictures", {0x0a, 0x08, 0, 1}, 4, {.keyframe = true, .start = true, .descriptor_length = 3}},
    };
    (void)state;
    CHECK_CASES(CODEC_VP9, cases);
}

static void test_h264_keyframes(void **state)
{
    static const struct frame_case cases[] = {
        {"IDR", {0x65, 0x88}, 2, {.keyframe = true, .start = true}},
        {"SPS", {0x67, 0x42}, 2, {.keyframe = true, .start = true}},
        {"PPS alone", {0x68, 0xce}, 2, {.start = true}},
        {"slice", {0x41, 0x9a}, 2, {.start = true}},
        {"slice that nothing refers to", {0x01, 0x9a}, 2, {.start = true, .discardable = true}},
        {"STAP-A with SPS first", {0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68}, 8, {.keyframe = true, .start = true}},
        {"STAP-A with IDR last", {0x78, 0, 1, 0x09, 0, 2, 0x65, 0x88}, 8, {.keyframe = true, .start = true}},
        {"STAP-A of slices", {0x58, 0, 2, 0x41, 0x9a, 0, 1, 0x41}, 8, {.start = true}},
        {"FU-A, first of an IDR", {0x7c, 0x85, 0x88}, 3, {.keyframe = true, .start = true}},
        {"FU-A, later of an IDR", {0x7c, 0x05, 0x88}, 3, {0}},
        {"FU-A, last of an IDR", {0x7c, 0x45, 0x88}, 3, {0}},
        {"FU-A, first of a slice", {0x5c, 0x81, 0x9a}, 3, {.start = true}},
    };
    (void)state;
    CHECK_CASES(CODEC_H264, cases);
}

static void test_av1_aggregation_headers(void **state)
{
    static const struct frame_case cases[] = {
        {"new coded video sequence", {0x18, 0x0a}, 2, {.keyframe = true, .start = true}},
        {"new sequence, its first element continued later", {0x58, 0x0a}, 2, {.keyframe = true, .start = true}},
        {"continues an element", {0x90, 0x30}, 2, {0}},
        {"Z and N exclude each other", {0x98, 0x30}, 2, {0}},
        {"another frame", {0x10, 0x30}, 2, {.start = true}},
    };
    (void)state;
    CHECK_CASES(CODEC_AV1, cases);
}

static void test_padding_only_packets_are_nothing(void **state)
{
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1};
    static const struct frame_info nothing = {0};
    (void)state;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        struct frame_info info;
        memset(&info, 0xff, sizeof info);
        assert_int_equal(frame_parse(&info, codecs[i], (const uint8_t *)"", 0), 0);
        assert_memory_equal(&info, &nothing, sizeof info);
    }
}

static void test_broken_payloads_are_refused(void **state)
{
    static const struct {
        const char *name;
        enum codec codec;
        uint8_t payload[8];
        size_t length;
        int error;
    } cases[] = {
        {"VP8 without its flags", CODEC_VP8, {0x90}, 1, ERR_TRUNCATED},
        {"VP8 without its picture id", CODEC_VP8, {0x90, 0x80}, 2, ERR_TRUNCATED},
        {"VP8 with half a picture id", CODEC_VP8, {0x90, 0x80, 0x81}, 3, ERR_TRUNCATED},
        {"VP8 without its TL0PICIDX", CODEC_VP8, {0x90, 0xc0, 0x01}, 3, ERR_TRUNCATED},
        {"VP8 without its layer byte", CODEC_VP8, {0x90, 0xe0, 0x01, 0x02}, 4, ERR_TRUNCATED},
        {"VP9 without its picture id", CODEC_VP9, {0x80}, 1, ERR_TRUNCATED},
        {"VP9 with half a picture id", CODEC_VP9, {0x80, 0x81}, 2, ERR_TRUNCATED},
        {"VP9 without its TL0PICIDX", CODEC_VP9, {0xa0, 0x01, 0x00}, 3, ERR_TRUNCATED},
        {"VP9 flexible without its layers", CODEC_VP9, {0xb0, 0x01}, 2, ERR_TRUNCATED},
        {"VP9 without its reference", CODEC_VP9, {0x50}, 1, ERR_TRUNCATED},
        {"VP9 with a fourth reference", CODEC_VP9, {0x50, 0x03, 0x03, 0x03, 0x02}, 5, ERR_INVALID},
        {"VP9 without its structure", CODEC_VP9, {0x0a}, 1, ERR_TRUNCATED},
        {"VP9 without its sizes", CODEC_VP9, {0x0a, 0x10, 1, 2, 3}, 5, ERR_TRUNCATED},
        {"VP9 without its group", CODEC_VP9, {0x0a, 0x08}, 2, ERR_TRUNCATED},
        {"VP9 with half a group", CODEC_VP9, {0x0a, 0x08, 2, 0x00}, 4, ERR_TRUNCATED},
        {"VP9 without a group's last reference", CODEC_VP9, {0x0a, 0x08, 1, 0x08, 1}, 5, ERR_TRUNCATED},
        {"H.264 FU-A without its header", CODEC_H264, {0x7c}, 1, ERR_TRUNCATED},
        {"H.264 STAP-A over the end", CODEC_H264, {0x78, 0, 9, 0x67}, 4, ERR_INVALID},
        {"H.264 STAP-A with an empty unit", CODEC_H264, {0x78, 0, 0, 0x67}, 4, ERR_INVALID},
        {"audio", CODEC_OPUS, {0x78}, 1, ERR_UNSUPPORTED},
        {"unknown", CODEC_NONE, {0x78}, 1, ERR_UNSUPPORTED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame_info info;
        print_message("%s\n", cases[i].name);
        assert_int_equal(frame_parse(&info, cases[i].codec, cases[i].payload, cases[i].length), cases[i].error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vp8_descriptors),
        cmocka_unit_test(test_vp9_descriptors),
        cmocka_unit_test(test_h264_keyframes),
        cmocka_unit_test(test_av1_aggregation_headers),
        cmocka_unit_test(test_padding_only_packets_are_nothing),
        cmocka_unit_test(test_broken_payloads_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
