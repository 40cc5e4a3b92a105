#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/media/pattern.h"
#include "client/media/vpx_decoder.h"
#include "client/media/vpx_encoder.h"
#include "transport/base/error.h"

static struct vpx_encoder_config config_of(unsigned temporal_layers)
{
    return (struct vpx_encoder_config){.width = 320,
                                       .height = 180,
                                       .frames_per_second = 30,
                                       .bitrate_bps = 300000,
                                       .temporal_layers = temporal_layers};
}

static void keyframes_come_only_when_asked_for(void **state)
{
    (void)state;
    for (unsigned layers = 1; layers <= 3; layers++) {
        struct vpx_encoder_config config = config_of(layers);
        struct vpx_encoder *encoder = vpx_encoder_new(&config);
        struct picture *picture = picture_new(320, 180);
        for (uint32_t i = 0; i < 90; i++) {
            struct coded_frame frame;
            pattern_draw(picture, i, 0, i / 30 * 1000); /* the colours change: a scene cut */
            assert_int_equal(vpx_encoder_encode(encoder, picture, i * 3000, i == 41, &frame), 1);
            assert_int_equal(frame.keyframe, i == 0 || i == 41);
            if (frame.keyframe)
                assert_int_equal(frame.temporal_id, 0);
        }
        picture_free(picture);
        vpx_encoder_free(encoder);
    }
}

/* The lower layers can be decoded without those above them. */
static void higher_temporal_layers_can_be_dropped(void **state)
{
    (void)state;
    for (unsigned keep = 0; keep <= 2; keep++) {
        struct vpx_encoder_config config = config_of(3);
        struct vpx_encoder *encoder = vpx_encoder_new(&config);
        struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP8);
        struct picture *picture = picture_new(320, 180);
        unsigned decoded_count = 0;
        for (uint32_t i = 0; i < 80; i++) {
            struct coded_frame frame;
            struct picture decoded;
            pattern_draw(picture, i, i, 0);
            assert_int_equal(vpx_encoder_encode(encoder, picture, i * 3000, false, &frame), 1);
            static const uint8_t ids[] = {0, 2, 1, 2};
            assert_int_equal(frame.temporal_id, ids[i % 4]);
            if (frame.temporal_id > keep)
                continue;
            assert_int_equal(vpx_decoder_decode(decoder, frame.data, frame.length, &decoded), 1);
            uint32_t number;
            int64_t wall;
            if (pattern_read(&decoded, 0, &number, &wall)) {
                assert_int_equal(number, i);
                decoded_count++;
            }
        }
        assert_true(decoded_count >= (keep == 0 ? 19 : keep == 1 ? 38 : 76));
        picture_free(picture);
        vpx_encoder_free(encoder);
        vpx_decoder_free(decoder);
    }
}

static void bitrate_follows_the_configuration(void **state)
{
    (void)state;
    struct vpx_encoder_config config = config_of(1);
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct picture *picture = picture_new(320, 180);
    size_t bytes[2] = {0, 0};
    for (uint32_t i = 0; i < 360; i++) {
        struct coded_frame frame;
        if (i == 180) {
            config.bitrate_bps = 80000;
            assert_int_equal(vpx_encoder_configure(encoder, &config), 0);
        }
        pattern_draw(picture, i, (int64_t)i * 12345678, 0);
        assert_int_equal(vpx_encoder_encode(encoder, picture, i * 3000, false, &frame), 1);
        if (i % 180 >= 60) /* four seconds each, after settling */
            bytes[i / 180] += frame.length;
    }
    assert_in_range(bytes[0] * 8 / 4, 150000, 360000);
    assert_in_range(bytes[1] * 8 / 4, 40000, 110000);
    picture_free(picture);
    vpx_encoder_free(encoder);
}

static void a_change_of_size_starts_with_a_keyframe(void **state)
{
    (void)state;
    struct vpx_encoder_config config = config_of(3);
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct picture *small = picture_new(320, 180), *large = picture_new(640, 360);
    struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP8);
    struct coded_frame frame;
    struct picture decoded;
    assert_int_equal(vpx_encoder_encode(encoder, small, 0, false, &frame), 1);
    assert_int_equal(vpx_decoder_decode(decoder, frame.data, frame.length, &decoded), 1);
    config.width = 640;
    config.height = 360;
    assert_int_equal(vpx_encoder_configure(encoder, &config), 0);
    assert_int_equal(vpx_encoder_encode(encoder, large, 3000, false, &frame), 1);
    assert_true(frame.keyframe);
    assert_int_equal(vpx_decoder_decode(decoder, frame.data, frame.length, &decoded), 1);
    assert_int_equal(decoded.width, 640);
    assert_int_equal(decoded.height, 360);
    picture_free(small);
    picture_free(large);
    vpx_encoder_free(encoder);
    vpx_decoder_free(decoder);
}

static void damaged_frames_are_errors(void **state)
{
    (void)state;
    struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP8);
    struct picture picture;
    uint8_t malformed[200];
    memset(malformed, 0xa5, sizeof malformed);
    assert_int_equal(vpx_decoder_decode(decoder, malformed, sizeof malformed, &picture), ERR_INVALID);
    vpx_decoder_free(decoder);
    assert_null(vpx_decoder_new(CODEC_H264));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyframes_come_only_when_asked_for), cmocka_unit_test(higher_temporal_layers_can_be_dropped),
        cmocka_unit_test(bitrate_follows_the_configuration),  cmocka_unit_test(a_change_of_size_starts_with_a_keyframe),
        cmocka_unit_test(damaged_frames_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
