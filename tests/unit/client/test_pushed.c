/* Sources that the application fills: keyframes, timestamps and what is not sent. The encoders are real. */
#include "client/rtp/pushed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/media/opus_codec.h"

#define MS USEC_PER_MSEC
#define S USEC_PER_SEC
#define SIDE 64

static struct pushed *new_video(void)
{
    const struct pushed_config config = {.source = "screen",
                                         .kind = MEDIA_VIDEO,
                                         .width = SIDE,
                                         .height = SIDE,
                                         .frames_per_second = 25,
                                         .bitrate_bps = 200000};
    struct pushed *pushed = pushed_new(&config);
    assert_non_null(pushed);
    return pushed;
}

static struct pushed *new_audio(void)
{
    struct pushed *pushed = pushed_new(&(struct pushed_config){.source = "mix-1", .kind = MEDIA_AUDIO});
    assert_non_null(pushed);
    return pushed;
}

static struct picture picture_of(unsigned width, unsigned height)
{
    static uint8_t y[4 * SIDE * SIDE], chroma[SIDE * SIDE];
    memset(y, 120, sizeof y);
    memset(chroma, 128, sizeof chroma);
    return (struct picture){
        .width = width, .height = height, .planes = {y, chroma, chroma}, .strides = {width, width / 2, width / 2}};
}

static bool push(struct pushed *pushed, usec_t now, struct coded_frame *frame)
{
    const struct picture picture = picture_of(SIDE, SIDE);
    return pushed_picture(pushed, &picture, now, frame);
}

static void what_it_offers_is_what_it_was_made_for(void **state)
{
    (void)state;
    struct pushed *video = new_video(), *audio = new_audio();
    struct negotiation_source source = pushed_source(video);
    assert_string_equal(source.source, "screen");
    assert_int_equal(source.kind, MEDIA_VIDEO);
    source = pushed_source(audio);
    assert_string_equal(source.source, "mix-1");
    assert_int_equal(source.kind, MEDIA_AUDIO);
    pushed_free(video);
    pushed_free(audio);
}

static void an_encoder_that_refuses_is_no_source(void **state)
{
    (void)state;
    assert_null(pushed_new(&(struct pushed_config){.source = "screen", .kind = MEDIA_VIDEO, .frames_per_second = 25}));
}

static void one_keyframe_answers_all_who_ask(void **state)
{
    struct coded_frame frame;
    usec_t now = 100 * S;
    (void)state;
    struct pushed *pushed = new_video();
    assert_true(push(pushed, now, &frame));
    assert_true(frame.keyframe); /* the first is one */
    pushed_request_keyframe(pushed);
    assert_true(push(pushed, now += 40 * MS, &frame));
    assert_false(frame.keyframe); /* there was one just now */
    assert_true(push(pushed, now += 220 * MS, &frame));
    assert_false(frame.keyframe);
    assert_true(push(pushed, now += 40 * MS, &frame));
    assert_true(frame.keyframe); /* 300 ms after the last: what was asked for is remembered */
    assert_true(push(pushed, now += 400 * MS, &frame));
    assert_false(frame.keyframe); /* and was answered */
    pushed_free(pushed);
}

static void timestamps_follow_the_clock(void **state)
{
    struct coded_frame frame;
    (void)state;
    struct pushed *pushed = new_video();
    assert_true(push(pushed, 100 * S, &frame));
    uint32_t first = frame.timestamp;
    assert_true(push(pushed, 100 * S + 40 * MS, &frame));
    assert_int_equal(frame.timestamp - first, 3600); /* 90 kHz */
    assert_true(push(pushed, 110 * S, &frame));
    assert_int_equal(frame.timestamp - first, 900000);
    pushed_free(pushed);
}

static void what_does_not_fit_is_not_sent(void **state)
{
    static int16_t samples[2 * OPUS_FRAME];
    const struct picture large = picture_of(2 * SIDE, 2 * SIDE), right = picture_of(SIDE, SIDE);
    struct coded_frame frame;
    struct coded_audio audio;
    (void)state;
    struct pushed *pushed = new_video();
    assert_false(pushed_picture(pushed, &large, 100 * S, &frame));
    assert_false(pushed_audio(pushed, samples, 100 * S, &audio)); /* it has pictures */
    pushed_free(pushed);
    pushed = new_audio();
    assert_false(pushed_picture(pushed, &right, 100 * S, &frame));
    pushed_free(pushed);
}

/* A receiver's buffer takes a jump for a pause, and lateness of a few frames for nothing at all. */
static void audio_goes_on_without_a_gap_until_there_is_a_pause(void **state)
{
    static int16_t samples[2 * OPUS_FRAME];
    struct coded_audio audio;
    (void)state;
    struct pushed *pushed = new_audio();
    assert_true(pushed_audio(pushed, samples, 100 * S, &audio));
    assert_int_equal(audio.level_dbov, -127);
    uint32_t first = audio.timestamp;
    assert_true(pushed_audio(pushed, samples, 100 * S + 20 * MS, &audio));
    assert_int_equal(audio.timestamp - first, OPUS_FRAME);
    assert_true(pushed_audio(pushed, samples, 100 * S + 120 * MS, &audio)); /* late */
    assert_int_equal(audio.timestamp - first, 2 * OPUS_FRAME);
    assert_true(pushed_audio(pushed, samples, 100 * S + 120 * MS, &audio)); /* and made up for */
    assert_int_equal(audio.timestamp - first, 3 * OPUS_FRAME);
    assert_true(pushed_audio(pushed, samples, 101 * S, &audio));
    assert_int_equal(audio.timestamp - first, 48000);
    assert_true(pushed_audio(pushed, samples, 101 * S + 20 * MS, &audio));
    assert_int_equal(audio.timestamp - first, 48000 + OPUS_FRAME);
    pushed_free(pushed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_offers_is_what_it_was_made_for),
        cmocka_unit_test(an_encoder_that_refuses_is_no_source),
        cmocka_unit_test(one_keyframe_answers_all_who_ask),
        cmocka_unit_test(timestamps_follow_the_clock),
        cmocka_unit_test(what_does_not_fit_is_not_sent),
        cmocka_unit_test(audio_goes_on_without_a_gap_until_there_is_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
