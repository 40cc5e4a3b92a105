/* Encoders of this machine, and libx264 in the place of a graphics card: it gets its pictures the same way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libavutil/log.h>
#include <stdlib.h>
#include <string.h>

#include "client/composite/encoder.h"
#include "client/composite/h264_encoder.h"
#include "client/composite/h264_track.h"
#include "tests/unit/composite/made_frames.h"

#define WIDTH 322 /* no multiple of what encoders count in */
#define HEIGHT 182

static const struct h264_way stand_in = {.codec = "libx264",
                                         .format = AV_PIX_FMT_NV12,
                                         .device = AV_HWDEVICE_TYPE_NONE,
                                         .by_bitrate = true,
                                         .options = {{"tune", "zerolatency"}, {"forced-idr", "1"}}};

static int quiet(void **state)
{
    (void)state;
    av_log_set_level(AV_LOG_QUIET);
    return 0;
}

/* Another one with each number; its colours lie where the other plane has none. */
static AVFrame *picture_of(int number)
{
    AVFrame *frame = av_frame_alloc();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = WIDTH;
    frame->height = HEIGHT;
    assert_int_equal(av_frame_get_buffer(frame, 0), 0);
    for (int plane = 0; plane < 3; plane++) {
        int height = plane == 0 ? HEIGHT : HEIGHT / 2, width = plane == 0 ? WIDTH : WIDTH / 2;
        for (int y = 0; y < height; y++) {
            uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
            for (int x = 0; x < width; x++)
                row[x] = (uint8_t)(plane == 0 ? 40 + x / 2 : plane == 1 ? 60 + x + number : 200 - y - number);
        }
    }
    return frame;
}

static AVFrame *decode(const AVCodecContext *encoder, AVPacket *packet)
{
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    AVCodecContext *decoder = avcodec_alloc_context3(avcodec_find_decoder(encoder->codec_id));
    AVFrame *frame = av_frame_alloc();
    assert_true(avcodec_parameters_from_context(parameters, encoder) >= 0);
    assert_true(avcodec_parameters_to_context(decoder, parameters) >= 0);
    assert_int_equal(avcodec_open2(decoder, decoder->codec, NULL), 0);
    assert_int_equal(avcodec_send_packet(decoder, packet), 0);
    assert_int_equal(avcodec_send_packet(decoder, NULL), 0);
    assert_int_equal(avcodec_receive_frame(decoder, frame), 0);
    avcodec_parameters_free(&parameters);
    avcodec_free_context(&decoder);
    return frame;
}

/* How far they are apart, on average. */
static double difference(const AVFrame *a, const AVFrame *b, int plane)
{
    long sum = 0;
    int height = plane == 0 ? HEIGHT : HEIGHT / 2, width = plane == 0 ? WIDTH : WIDTH / 2;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            sum += abs(a->data[plane][y * a->linesize[plane] + x] - b->data[plane][y * b->linesize[plane] + x]);
    }
    return (double)sum / (width * height);
}

static void pictures_arrive_whole_and_keyframes_where_they_are_asked_for(void **state)
{
    char reason[200] = "";
    struct packet_queue made = {0};
    struct h264_encoder *encoder = h264_encoder_new(&stand_in, WIDTH, HEIGHT, reason, sizeof reason);
    (void)state;
    if (encoder == NULL)
        fail_msg("%s", reason);
    for (int i = 0; i < 6; i++) {
        AVFrame *frame = picture_of(i);
        frame->pts = i * 3600;
        frame->pict_type = i % 3 == 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
        assert_int_equal(h264_encoder_put(encoder, frame, COMPOSITE_VIDEO, &made), 0);
        AVPacket *packet = packet_queue_take(&made);
        assert_non_null(packet); /* none waits for a later one */
        assert_int_equal(packet->pts, i * 3600);
        assert_int_equal((packet->flags & AV_PKT_FLAG_KEY) != 0, i % 3 == 0);
        if (i % 3 == 0) {
            AVFrame *decoded = decode(h264_encoder_context(encoder), packet);
            assert_int_equal(decoded->width, WIDTH);
            assert_int_equal(decoded->height, HEIGHT);
            for (int plane = 0; plane < 3; plane++)
                assert_true(difference(frame, decoded, plane) < 2);
            av_frame_free(&decoded);
        }
        av_packet_free(&packet);
        av_frame_free(&frame);
    }
    h264_encoder_free(encoder);
}

static void what_keeps_one_from_being_used_is_said(void **state)
{
    static const struct h264_way unknown = {.codec = "h264_loom", .format = AV_PIX_FMT_NV12},
                                 undriven = {.codec = "libx264", .format = AV_PIX_FMT_NV12, .driver = "libloom.so.1"},
                                 wrong = {.codec = "libx264", .format = AV_PIX_FMT_NV12, .options = {{"crf", "much"}}};
    char reason[200];
    (void)state;
    assert_null(h264_encoder_new(&unknown, WIDTH, HEIGHT, reason, sizeof reason));
    assert_string_equal(reason, "libavcodec here has no such encoder");
    assert_null(h264_encoder_new(&undriven, WIDTH, HEIGHT, reason, sizeof reason));
    assert_string_equal(reason, "there is no libloom.so.1");
    assert_null(h264_encoder_new(&wrong, WIDTH, HEIGHT, reason, sizeof reason));
    assert_string_equal(reason, "it does not begin with 322x182: Invalid argument");
}

/* Of a track that wishes for `wish`. On a machine with a card that works there may be no reasons. */
static struct encoder_choice choice_of(enum encoder_kind wish)
{
    struct packet_queue made = {0};
    struct h264_track *track = h264_track_new(wish);
    struct composite_frame frame = made_picture(true, true, 0);
    assert_null(h264_track_choice(track));
    assert_int_equal(h264_track_put(track, frame.codec, frame.data, frame.length, 0, &made), 0);
    assert_int_equal(h264_track_finish(track, &made), 0);
    assert_int_equal(made.count, 1);
    struct encoder_choice choice = *h264_track_choice(track);
    packet_queue_clear(&made);
    h264_track_free(track);
    made_fini();
    return choice;
}

static void a_machine_without_a_card_encodes_in_software_and_says_why(void **state)
{
    static const enum encoder_kind wishes[] = {ENCODER_AUTO, ENCODER_VAAPI, ENCODER_NVENC, ENCODER_SOFTWARE};
    (void)state;
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        struct encoder_choice choice = choice_of(wishes[i]);
        print_message("%s: %s\n", encoder_kind_codec(choice.kind), choice.reasons);
        bool is_software = choice.kind == ENCODER_SOFTWARE, has_vaapi = strstr(choice.reasons, "h264_vaapi: ") != NULL,
             has_nvenc = strstr(choice.reasons, "h264_nvenc: ") != NULL;
        assert_int_not_equal(choice.kind, ENCODER_AUTO);
        assert_int_equal(has_vaapi, wishes[i] == ENCODER_VAAPI  ? is_software
                                    : wishes[i] == ENCODER_AUTO ? choice.kind != ENCODER_VAAPI
                                                                : false);
        assert_int_equal(has_nvenc, (wishes[i] == ENCODER_NVENC || wishes[i] == ENCODER_AUTO) && is_software);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_arrive_whole_and_keyframes_where_they_are_asked_for),
        cmocka_unit_test(what_keeps_one_from_being_used_is_said),
        cmocka_unit_test(a_machine_without_a_card_encodes_in_software_and_says_why),
    };
    return cmocka_run_group_tests(tests, quiet, NULL);
}
