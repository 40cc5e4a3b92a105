#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libavutil/log.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/composite/encoder.h"
#include "client/composite/transcoder.h"
#include "tests/unit/composite/made_frames.h"
#include "transport/base/error.h"

#define MS 1000
#define PICTURE_US (40 * MS)
#define SOUND_US (20 * MS)
#define PERIOD_US (480 * MS) /* a flash and a beep begin each */
#define FLASH_US (100 * MS)
#define EVENTS_MAX 100

/* What a player sees and hears: when it becomes light, and loud, in us of the wall clock. */
struct played {
    AVCodecContext *decoders[2];
    int64_t light[EVENTS_MAX], loud[EVENTS_MAX], quiet_since, last[2];
    size_t light_count, loud_count, pictures, keyframes;
    int64_t keyframe_at, keyframes_apart;
    bool is_light;
};

static struct transcoder *transcoder;
static struct played played;

static int begin(void **state)
{
    (void)state;
    av_log_set_level(AV_LOG_QUIET);
    transcoder = transcoder_new(ENCODER_SOFTWARE);
    played = (struct played){.quiet_since = 0};
    return transcoder != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    transcoder_free(transcoder);
    for (int i = 0; i < 2; i++)
        avcodec_free_context(&played.decoders[i]);
    made_fini();
    return 0;
}

static void open_decoder(int stream)
{
    const AVCodecContext *encoder =
        stream == COMPOSITE_VIDEO ? transcoder_video(transcoder) : transcoder_audio(transcoder);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    AVCodecContext *decoder = avcodec_alloc_context3(avcodec_find_decoder(encoder->codec_id));
    assert_true(avcodec_parameters_from_context(parameters, encoder) >= 0);
    assert_true(avcodec_parameters_to_context(decoder, parameters) >= 0);
    decoder->pkt_timebase = encoder->time_base;
    decoder->thread_count = 1;
    decoder->flags |= AV_CODEC_FLAG_LOW_DELAY;
    assert_int_equal(avcodec_open2(decoder, decoder->codec, NULL), 0);
    avcodec_parameters_free(&parameters);
    played.decoders[stream] = decoder;
}

static void see(const AVFrame *frame, int64_t at_us)
{
    bool is_light = frame->data[0][frame->linesize[0] * (frame->height / 2) + frame->width / 2] > 125;
    if (is_light && !played.is_light)
        played.light[played.light_count++ % EVENTS_MAX] = at_us;
    played.is_light = is_light;
    played.pictures++;
}

static void hear(const AVFrame *frame, int64_t at_us)
{
    for (int i = 0; i < frame->nb_samples; i++) {
        int64_t sample_us = at_us + (int64_t)i * 1000000 / 48000;
        if (fabsf(((const float *)(const void *)frame->data[0])[i]) < 0.05f)
            continue;
        if (sample_us - played.quiet_since > FLASH_US)
            played.loud[played.loud_count++ % EVENTS_MAX] = sample_us;
        played.quiet_since = sample_us;
    }
}

static void play(AVPacket *packet)
{
    int stream = packet->stream_index;
    int64_t began_us = transcoder_began_us(transcoder);
    AVFrame *frame = av_frame_alloc();
    if (played.decoders[stream] == NULL)
        open_decoder(stream);
    int64_t at_us = began_us + av_rescale_q(packet->dts, packet->time_base, (AVRational){1, 1000000});
    assert_true(at_us > played.last[stream]);
    played.last[stream] = at_us;
    if (stream == COMPOSITE_VIDEO && (packet->flags & AV_PKT_FLAG_KEY) != 0) {
        if (played.keyframes++ > 0 && at_us - played.keyframe_at > played.keyframes_apart)
            played.keyframes_apart = at_us - played.keyframe_at;
        played.keyframe_at = at_us;
    }
    assert_int_equal(avcodec_send_packet(played.decoders[stream], packet), 0);
    while (avcodec_receive_frame(played.decoders[stream], frame) == 0) {
        at_us = began_us + av_rescale_q(frame->pts, packet->time_base, (AVRational){1, 1000000});
        if (stream == COMPOSITE_VIDEO)
            see(frame, at_us);
        else
            hear(frame, at_us);
    }
    av_frame_free(&frame);
}

static int take(const struct composite_frame *frame)
{
    int error = transcoder_take(transcoder, frame);
    for (AVPacket *packet; (packet = transcoder_packet(transcoder)) != NULL; av_packet_free(&packet))
        play(packet);
    return error;
}

static bool is_on(int64_t at_us)
{
    return at_us % PERIOD_US < FLASH_US;
}

/* What is made from one time to another. One of `lost` sounds does not come; 0: all come. */
static void run(int64_t from_us, int64_t to_us, int lost)
{
    for (int64_t at_us = from_us; at_us < to_us; at_us += SOUND_US) {
        struct composite_frame frame;
        if (at_us % PICTURE_US == 0) {
            frame = made_picture(is_on(at_us), at_us == from_us, at_us);
            assert_int_equal(take(&frame), 0);
        }
        frame = made_sound(is_on(at_us), at_us);
        if (lost == 0 || is_on(at_us) || at_us / SOUND_US % lost != 0)
            assert_int_equal(take(&frame), 0);
    }
}

/* How far a time is from the start of a period that was made. */
static int64_t off(int64_t at_us)
{
    int64_t into = (at_us - MADE_WALL_US + PERIOD_US) % PERIOD_US;
    return into > PERIOD_US / 2 ? into - PERIOD_US : into;
}

/* All are there, but for the first, which may be cut off. */
static void assert_near(const char *what, const int64_t *times, size_t count, size_t expected, int64_t bound_us)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    assert_in_range(count, expected - 1, expected);
    for (size_t i = 0; i < count; i++) {
        least = off(times[i]) < least ? off(times[i]) : least;
        most = off(times[i]) > most ? off(times[i]) : most;
    }
    print_message("%s: %lld to %lld us late\n", what, (long long)least, (long long)most);
    assert_true(least >= -bound_us && most <= bound_us);
}

/* Each is where it was made, so that they are together, too. */
static void assert_in_sync(size_t count, int64_t sound_bound_us)
{
    assert_near("flashes", played.light, played.light_count, count, MS);
    assert_near("beeps", played.loud, played.loud_count, count, sound_bound_us);
}

static void a_flash_and_its_beep_stay_together(void **state)
{
    (void)state;
    run(0, 6000 * MS, 0);
    assert_in_sync(13, 12 * MS); /* Opus decodes 6.5 ms late, and an onset is soft */
    assert_int_equal(played.pictures, 150);
    assert_true(played.keyframes >= 3 && played.keyframes_apart <= 2000 * MS);
}

static void sound_that_is_lost_moves_nothing(void **state)
{
    (void)state;
    run(0, 6000 * MS, 7);
    assert_in_sync(13, 12 * MS);
}

static void clocks_that_run_apart_stay_within_bounds(void **state)
{
    (void)state;
    for (int64_t at_us = 0; at_us < 12000 * MS; at_us += SOUND_US) {
        struct composite_frame frame;
        if (at_us % PICTURE_US == 0) {
            frame = made_picture(is_on(at_us), at_us == 0, at_us);
            assert_int_equal(take(&frame), 0);
        }
        frame = made_sound(is_on(at_us), at_us);
        frame.at_us += at_us * 4 / 1000; /* its clock is wrong by 4000 ppm, and that is known */
        assert_int_equal(take(&frame), 0);
    }
    for (size_t i = 0; i < played.loud_count; i++)
        played.loud[i] = MADE_WALL_US + (played.loud[i] - MADE_WALL_US) * 1000 / 1004; /* as its clock says */
    assert_in_sync(25, 20 * MS);                                                       /* 10 ms are tolerated */
}

static void a_mixer_that_comes_back_goes_on_at_its_time(void **state)
{
    (void)state;
    run(0, 2000 * MS, 0);
    size_t before = played.keyframes;
    run(60000 * MS, 62000 * MS, 0); /* a whole number of periods later */
    assert_true(played.keyframes > before);
    assert_in_sync(10, 12 * MS);
    assert_true(played.last[COMPOSITE_AUDIO] > MADE_WALL_US + 61800 * MS);
    assert_true(played.last[COMPOSITE_AUDIO] < MADE_WALL_US + 62000 * MS);
}

static void what_cannot_be_decoded_asks_for_a_keyframe(void **state)
{
    static const uint8_t bytes[] = {0x31, 0x07, 0x00, 0x42};
    const struct composite_frame damaged = {.codec = CODEC_VP8, .data = bytes, .length = 4, .at_us = MADE_WALL_US};
    struct composite_frame frame = made_sound(true, 0);
    (void)state;
    assert_int_equal(take(&frame), 0); /* before any picture */
    assert_int_equal(take(&damaged), ERR_AGAIN);
    assert_null(transcoder_video(transcoder));
    run(1000 * MS, 1500 * MS, 0);
    assert_int_equal(played.pictures, 13);
    assert_true(played.last[COMPOSITE_VIDEO] > MADE_WALL_US + 1400 * MS);
    assert_int_equal(transcoder_finish(transcoder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flash_and_its_beep_stay_together, begin, end),
        cmocka_unit_test_setup_teardown(sound_that_is_lost_moves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(clocks_that_run_apart_stay_within_bounds, begin, end),
        cmocka_unit_test_setup_teardown(a_mixer_that_comes_back_goes_on_at_its_time, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_decoded_asks_for_a_keyframe, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
