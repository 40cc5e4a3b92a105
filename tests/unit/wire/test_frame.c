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
        assert_int_equal(info.has_only_parameters, expected->has_only_parameters);
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

#define CHECK_CASES(codec, cases) check_cases(codec, cases, sizeof cases / sizeof(cases)[0])

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
        {"middle of a keyframe", {0x00, 1}, 2, {.keyframe = true, .descriptor_length = 1}},
        {"middle of an inter frame", {0x40, 1}, 2, {.descriptor_length = 1}},
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
        {"upper layer that refers to nothing: its picture tells what it is worth",
         {0xa8, 0x01, 0x02, 0x00, 1},
         5,
         {.keyframe = true,
          .start = true,
          .has_layers = true,
          .spatial_id = 1,
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

#define PARAMETERS                                                                                                     \
    {                                                                                                                  \
        .has_only_parameters = true                                                                                    \
    }
#define OPENING                                                                                                        \
    {                                                                                                                  \
        .start = true, .has_only_parameters = true                                                                     \
    }

static void test_h264_units(void **state)
{
    static const struct frame_case cases[] = {
        {"first slice of an IDR", {0x65, 0x88}, 2, {.keyframe = true}},
        {"later slice of an IDR", {0x65, 0x40}, 2, {0}},
        {"IDR without its body", {0x65}, 1, {0}},
        {"SPS", {0x67, 0x42}, 2, OPENING},
        {"delimiter", {0x69, 0xf0}, 2, OPENING},
        {"PPS alone", {0x68, 0xce}, 2, PARAMETERS},
        {"SEI alone", {0x66, 0x06}, 2, PARAMETERS},
        {"slice", {0x41, 0x9a}, 2, {0}},
        {"slice that nothing refers to", {0x01, 0x9a}, 2, {.discardable = true}},
        {"STAP-A of SPS and PPS", {0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68}, 8, OPENING},
        {"STAP-A of SEI and SPS", {0x78, 0, 2, 0x66, 0x06, 0, 2, 0x67, 0x42}, 9, OPENING},
        {"STAP-A of delimiter and IDR", {0x78, 0, 1, 0x69, 0, 2, 0x65, 0x88}, 8, {.keyframe = true, .start = true}},
        {"STAP-A of SPS, PPS and IDR",
         {0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68, 0, 2, 0x65, 0x88},
         12,
         {.keyframe = true, .start = true}},
        {"STAP-A of PPS and IDR: an SPS may stand before", {0x78, 0, 1, 0x68, 0, 2, 0x65, 0x88}, 8, {.keyframe = true}},
        {"STAP-A of a slice and the next parameters", {0x58, 0, 2, 0x41, 0x9a, 0, 2, 0x67, 0x42}, 9, {0}},
        {"STAP-A of SPS and another picture than IDR", {0x78, 0, 2, 0x67, 0x42, 0, 2, 0x41, 0x9a}, 9, {.start = true}},
        {"STAP-A with empty units",
         {0x78, 0, 0, 0, 2, 0x67, 0x42, 0, 0, 0, 2, 0x65, 0x88, 0, 0},
         15,
         {.keyframe = true, .start = true}},
        {"STAP-A with half a size behind", {0x78, 0, 2, 0x65, 0x88, 0}, 6, {.keyframe = true}},
        {"STAP-A of slices", {0x58, 0, 2, 0x41, 0x9a, 0, 1, 0x41}, 8, {0}},
        {"FU-A, first of an IDR", {0x7c, 0x85, 0x88}, 3, {.keyframe = true}},
        {"FU-A, first of a later slice of an IDR", {0x7c, 0x85, 0x40}, 3, {0}},
        {"FU-A, later of an IDR", {0x7c, 0x05, 0x88}, 3, {0}},
        {"FU-A, last of an IDR", {0x7c, 0x45, 0x88}, 3, {0}},
        {"FU-A, first of a slice", {0x5c, 0x81, 0x9a}, 3, {0}},
        {"FU-A, first of an SPS", {0x7c, 0x87, 0x42}, 3, OPENING},
        {"FU-A, later of an SPS", {0x7c, 0x47, 0x42}, 3, PARAMETERS},
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
        {"another frame, or more of one", {0x10, 0x30}, 2, {0}},
        {"delimiter, which should not be there", {0x20, 1, 0x10, 0x30}, 4, {.start = true}},
        {"sequence header alone", {0x10, 0x08, 0x00}, 3, {.start = true}},
        {"sequence header and keyframe without N",
         {0x20, 2, 0x08, 0x00, 0x30, 0x10},
         6,
         {.keyframe = true, .start = true}},
        {"sequence header and keyframe, all with sizes, the OBUs too",
         {0x00, 3, 0x0a, 0x01, 0x00, 3, 0x32, 0x01, 0x10},
         9,
         {.keyframe = true, .start = true}},
        {"sequence header and keyframe of the lowest spatial layer",
         {0x20, 2, 0x08, 0x00, 0x34, 0x00, 0x10},
         7,
         {.keyframe = true, .start = true}},
        {"sequence header and keyframe of a higher one", {0x20, 2, 0x08, 0x00, 0x34, 0x08, 0x10}, 7, {.start = true}},
        {"sequence header and inter frame", {0x20, 2, 0x08, 0x00, 0x30, 0x30}, 6, {.start = true}},
        {"keyframe that is not shown", {0x20, 2, 0x08, 0x00, 0x30, 0x00}, 6, {.start = true}},
        {"keyframe shown again", {0x20, 2, 0x08, 0x00, 0x18, 0x90}, 6, {.start = true}},
        {"keyframe, its sequence header before it", {0x10, 0x30, 0x10}, 3, {.keyframe = true}},
        {"frame header cut off", {0x20, 2, 0x08, 0x00, 0x30}, 5, {.start = true}},
        {"element longer than the packet", {0x20, 9, 0x08, 0x00}, 4, {0}},
        {"size that never ends", {0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x08}, 11, {0}},
        {"header alone", {0x10}, 1, {0}},
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
        cmocka_unit_test(test_h264_units),
        cmocka_unit_test(test_av1_aggregation_headers),
        cmocka_unit_test(test_padding_only_packets_are_nothing),
        cmocka_unit_test(test_broken_payloads_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
