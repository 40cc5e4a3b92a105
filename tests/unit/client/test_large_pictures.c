/* Small frames that claim a large size, and frames that cost too much time: refused before a decoder works on them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "client/call/remote.h"
#include "client/media/coded_size.h"
#include "client/media/pattern.h"
#include "client/media/vpx_decoder.h"
#include "client/media/vpx_encoder.h"
#include "transport/base/error.h"
#include "transport/wire/vp8_writer.h"

#define FRAME 270

static size_t make_vp8(uint8_t *data, unsigned width, unsigned height)
{
    memset(data, 0, FRAME);
    vp8_write_head(data, true, width, height);
    return FRAME;
}

static void put(uint8_t *data, size_t *at, unsigned count, unsigned value)
{
    for (; count-- > 0; (*at)++)
        if ((value >> count & 1) != 0)
            data[*at / 8] |= (uint8_t)(0x80 >> *at % 8);
}

enum vp9_kind { VP9_KEY, VP9_INTRA_ONLY, VP9_INTER };

static size_t make_vp9(uint8_t *data, enum vp9_kind kind, unsigned width, unsigned height)
{
    size_t at = 0;
    memset(data, 0, FRAME);
    put(data, &at, 5, 0x10); /* frame_marker, profile 0, not a frame shown again */
    put(data, &at, 3, kind == VP9_KEY ? 2 : kind == VP9_INTRA_ONLY ? 4 : 6); /* frame_type, show_frame, resilient */
    if (kind == VP9_INTRA_ONLY)
        put(data, &at, 1, 1);
    if (kind != VP9_KEY)
        put(data, &at, 2, 0);
    if (kind != VP9_INTER)
        put(data, &at, 24, 0x498342);
    if (kind == VP9_KEY)
        put(data, &at, 4, 2);
    else
        put(data, &at, 8, 1);
    if (kind == VP9_INTER)
        put(data, &at, 12 + 3, 0); /* references, none of whose sizes is taken */
    put(data, &at, 16, width - 1);
    put(data, &at, 16, height - 1);
    return FRAME;
}

static const struct {
    unsigned width, height;
    bool is_bearable;
} sizes[] = {
    {1, 1, true},        {1920, 1080, true}, {1080, 1920, true},    {4096, 2304, true},
    {2304, 4096, true},  {4097, 16, false},  {16, 4097, false},     {4096, 2305, false},
    {4096, 4096, false}, {16383, 1, false},  {16383, 16383, false},
};

static void sizes_are_read_before_anything_is_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int form = -1; form <= VP9_INTER; form++) {
            uint8_t data[FRAME];
            struct coded_size size;
            enum codec codec = form < 0 ? CODEC_VP8 : CODEC_VP9;
            size_t length = form < 0 ? make_vp8(data, sizes[i].width, sizes[i].height)
                                     : make_vp9(data, (enum vp9_kind)form, sizes[i].width, sizes[i].height);
            assert_int_equal(coded_size_read(&size, codec, data, length), 0);
            assert_int_equal(size.width, sizes[i].width);
            assert_int_equal(size.height, sizes[i].height);
            assert_int_equal(coded_size_is_bearable(&size), sizes[i].is_bearable);
            struct vpx_decoder *decoder = vpx_decoder_new(codec);
            struct picture picture;
            assert_int_equal(vpx_decoder_decode(decoder, data, length, &picture) == ERR_LIMIT, !sizes[i].is_bearable);
            vpx_decoder_free(decoder);
        }
    }
}

static void a_frame_that_ends_early_is_damaged(void **state)
{
    (void)state;
    uint8_t data[FRAME];
    struct coded_size size;
    make_vp8(data, 320, 180);
    for (size_t length = 0; length < 10; length++)
        assert_int_equal(coded_size_read(&size, CODEC_VP8, data, length), ERR_INVALID);
    make_vp9(data, VP9_KEY, 320, 180);
    for (size_t length = 0; length < 8; length++)
        assert_int_equal(coded_size_read(&size, CODEC_VP9, data, length), ERR_INVALID);
    data[0] |= 0x20; /* profile 1 */
    assert_int_equal(coded_size_read(&size, CODEC_VP9, data, FRAME), ERR_INVALID);
}

static void each_frame_of_a_superframe_is_looked_at(void **state)
{
    (void)state;
    uint8_t data[2 * FRAME + 6];
    struct picture picture;
    struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP9);
    make_vp9(data, VP9_KEY, 320, 180);
    make_vp9(data + FRAME, VP9_KEY, 16383, 16383);
    const uint8_t index[] = {0xc9, FRAME & 0xff, FRAME >> 8, FRAME & 0xff, FRAME >> 8, 0xc9};
    memcpy(data + 2 * FRAME, index, sizeof index);
    assert_int_equal(vpx_decoder_decode(decoder, data, sizeof data, &picture), ERR_LIMIT);
    data[sizeof data - 2] = 0xff; /* larger than what is there */
    assert_int_equal(vpx_decoder_decode(decoder, data, sizeof data, &picture), ERR_INVALID);
    vpx_decoder_free(decoder);
}

/* The layers of a picture come without an index: a too large frame behind a good one gets no buffer to be decoded
 * into. */
static void a_frame_behind_another_one_gets_no_room(void **state)
{
    (void)state;
    static uint8_t data[100000];
    vpx_codec_ctx_t encoder;
    vpx_codec_enc_cfg_t config;
    vpx_image_t image;
    vpx_codec_iter_t iterator = NULL;
    vpx_codec_enc_config_default(vpx_codec_vp9_cx(), &config, 0);
    config.g_w = config.g_h = 64;
    config.g_lag_in_frames = 0;
    assert_int_equal(vpx_codec_enc_init(&encoder, vpx_codec_vp9_cx(), &config, 0), VPX_CODEC_OK);
    assert_non_null(vpx_img_alloc(&image, VPX_IMG_FMT_I420, 64, 64, 1));
    memset(image.img_data, 99, 64 * 64 * 3 / 2);
    assert_int_equal(vpx_codec_encode(&encoder, &image, 0, 1, 0, VPX_DL_REALTIME), VPX_CODEC_OK);
    const vpx_codec_cx_pkt_t *packet = vpx_codec_get_cx_data(&encoder, &iterator);
    size_t length = packet->data.frame.sz;
    assert_in_range(length, 1, sizeof data - FRAME);
    memcpy(data, packet->data.frame.buf, length);
    struct vpx_decoder *decoder = vpx_decoder_new(CODEC_VP9);
    struct picture picture;
    assert_int_equal(vpx_decoder_decode(decoder, data, length, &picture), 1);
    make_vp9(data + length, VP9_KEY, 16000, 16000);
    assert_int_equal(vpx_decoder_decode(decoder, data, length + FRAME, &picture), ERR_INVALID);
    assert_int_equal(vpx_decoder_decode(decoder, data, length, &picture), 1); /* it goes on */
    vpx_decoder_free(decoder);
    vpx_img_free(&image);
    vpx_codec_destroy(&encoder);
}

static struct session_frame frame_of(const uint8_t *data, size_t length, bool keyframe, usec_t now)
{
    return (struct session_frame){
        .kind = MEDIA_VIDEO,
        .codec = CODEC_VP8,
        .frame = {.data = data, .length = length, .keyframe = keyframe, .arrival = now},
    };
}

static void a_refused_size_is_told_once(void **state)
{
    (void)state;
    struct decode_budget budget = {0};
    struct remote *remote = remote_new(&budget, "p1", "Ann");
    struct remote_connection connection = {.via = 1, .is_current = true};
    struct remote_picture result;
    uint8_t data[FRAME];
    for (int i = 0; i < 3; i++) {
        struct session_frame frame = frame_of(data, make_vp8(data, 16383, 16383), true, USEC_PER_SEC);
        remote_video(remote, connection, &frame, USEC_PER_SEC, 0, &result);
        assert_null(result.picture);
        assert_false(result.needs_keyframe);
        assert_int_equal(result.refused != NULL, i == 0);
    }
    struct remote_stats stats;
    remote_get_stats(remote, &stats, USEC_PER_SEC);
    assert_string_equal(stats.video.refused, "too large");
    remote_free(remote);
}

/* A participant that costs too much is not decoded until its budget has recovered; then it begins with a keyframe. */
static void decoding_has_a_budget_of_time(void **state)
{
    (void)state;
    struct vpx_encoder_config config = {
        .width = 320, .height = 180, .frames_per_second = 10, .bitrate_bps = 200000, .temporal_layers = 1};
    struct vpx_encoder *encoder = vpx_encoder_new(&config);
    struct picture *picture = picture_new(320, 180);
    struct decode_budget budget = {0};
    struct remote *remote = remote_new(&budget, "p1", "Ann");
    struct remote_connection connection = {.via = 1, .is_current = true};
    struct remote_picture result = {0};
    unsigned shown = 0, told = 0, asked = 0;
    usec_t now = USEC_PER_SEC;
    for (uint32_t i = 0; i < 100; i++, now += 100 * USEC_PER_MSEC) {
        struct coded_frame coded;
        pattern_draw(picture, i, 0, 0);
        assert_int_equal(vpx_encoder_encode(encoder, picture, i * 9000, result.needs_keyframe, &coded), 1);
        struct session_frame frame = frame_of(coded.data, coded.length, coded.keyframe, now);
        remote_video(remote, connection, &frame, now, 0, &result);
        if (result.picture != NULL)
            remote_charge(remote, MEDIA_VIDEO, 200 * USEC_PER_MSEC, now); /* twice as long as there is */
        shown += result.picture != NULL;
        told += result.refused != NULL;
        asked += result.needs_keyframe;
    }
    assert_in_range(shown, 20, 35); /* half of 10 s, and the burst */
    assert_int_equal(told, 1);
    assert_true(asked > 0);
    for (uint32_t i = 100; i < 400; i++, now += 100 * USEC_PER_MSEC) /* within the budget everything is shown */
        remote_charge(remote, MEDIA_VIDEO, 40 * USEC_PER_MSEC, now);
    struct coded_frame coded;
    assert_int_equal(vpx_encoder_encode(encoder, picture, 400 * 9000, true, &coded), 1);
    struct session_frame frame = frame_of(coded.data, coded.length, true, now);
    remote_video(remote, connection, &frame, now, 0, &result);
    assert_non_null(result.picture);
    picture_free(picture);
    vpx_encoder_free(encoder);
    remote_free(remote);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_before_anything_is_decoded),
        cmocka_unit_test(a_frame_that_ends_early_is_damaged),
        cmocka_unit_test(each_frame_of_a_superframe_is_looked_at),
        cmocka_unit_test(a_frame_behind_another_one_gets_no_room),
        cmocka_unit_test(a_refused_size_is_told_once),
        cmocka_unit_test(decoding_has_a_budget_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
