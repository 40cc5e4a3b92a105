#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/media/pattern.h"
#include "client/media/vpx_decoder.h"
#include "client/media/vpx_encoder.h"

#define WALL ((int64_t)1764000000123456)

static void code_is_read_back_in_every_size(void **state)
{
    (void)state;
    static const struct {
        unsigned width, height;
    } sizes[] = {{160, 90}, {320, 180}, {640, 360}, {640, 480}, {1280, 720}, {1920, 1080}, {642, 362}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct picture *picture = picture_new(sizes[i].width, sizes[i].height);
        for (uint32_t frame = 0; frame < 300; frame += 7) {
            int64_t wall = WALL + frame * 33333;
            pattern_draw(picture, frame, wall, 12345 * frame);
            uint32_t read_frame;
            int64_t read_wall;
            assert_true(pattern_read(picture, WALL + 5000000, &read_frame, &read_wall));
            assert_int_equal(read_frame, frame);
            assert_int_equal(read_wall, wall);
        }
        picture_free(picture);
    }
}

static void code_is_read_back_after_scaling(void **state)
{
    (void)state;
    struct picture *large = picture_new(1280, 720);
    static const unsigned sizes[][2] = {{640, 360}, {320, 180}, {480, 270}, {1920, 1080}};
    for (size_t i = 0; i < 4; i++) {
        struct picture *scaled = picture_new(sizes[i][0], sizes[i][1]);
        pattern_draw(large, 99, WALL, 7);
        picture_scale(scaled, large);
        uint32_t frame;
        int64_t wall;
        assert_true(pattern_read(scaled, WALL, &frame, &wall));
        assert_int_equal(frame, 99);
        assert_int_equal(wall, WALL);
        picture_free(scaled);
    }
    picture_free(large);
}

static void code_survives_a_low_bitrate(void **state)
{
    (void)state;
    struct vpx_encoder_config config = {
        .width = 320, .height = 180, .frames_per_second = 30, .bitrate_bps = 120000, .temporal_layers = 1};
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP8);
    struct picture *picture = picture_new(320, 180);
    unsigned readable = 0;
    for (uint32_t i = 0; i < 150; i++) {
        struct coded_frame coded;
        struct picture decoded;
        pattern_draw(picture, i, WALL + i * 33333, 3);
        assert_int_equal(vpx_encoder_encode(encoder, picture, i * 3000, false, &coded), 1);
        assert_int_equal(vpx_decoder_decode(decoder, coded.data, coded.length, &decoded), 1);
        uint32_t frame;
        int64_t wall;
        if (pattern_read(&decoded, WALL, &frame, &wall)) {
            readable++;
            assert_int_equal(frame, i);
            assert_int_equal(wall, WALL + i * 33333);
        }
    }
    assert_true(readable >= 140);
    picture_free(picture);
    vpx_encoder_free(encoder);
    vpx_decoder_free(decoder);
}

static void other_pictures_hold_no_code(void **state)
{
    (void)state;
    struct picture *picture = picture_new(320, 180);
    uint32_t frame;
    int64_t wall;
    assert_false(pattern_read(picture, WALL, &frame, &wall));
    picture_fill(picture, 0, 255);
    assert_false(pattern_read(picture, WALL, &frame, &wall));
    pattern_draw(picture, 5, WALL, 0);
    for (unsigned y = 0; y < 11; y++) /* one block turned over */
        for (unsigned x = 0; x < 16; x++)
            picture->planes[0][y * picture->strides[0] + x] ^= 0xff;
    assert_false(pattern_read(picture, WALL, &frame, &wall));
    picture_free(picture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_is_read_back_in_every_size),
        cmocka_unit_test(code_is_read_back_after_scaling),
        cmocka_unit_test(code_survives_a_low_bitrate),
        cmocka_unit_test(other_pictures_hold_no_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
