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
    for (unsigned side = 0; side < 2; side++)
        assert_null(pushed_new(&(struct pushed_config){.source = "screen",
                                                       .kind = MEDIA_VIDEO,
                                                       .width = side,
                                                       .height = SIDE,
                                                       .frames_per_second = 25,
                                                       .bitrate_bps = 200000}));
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

/* The same picture in both forms is the same to the encoder. */
static void pictures_in_nv12_are_taken_too(void **state)
{
    static uint8_t interleaved[SIDE * SIDE / 2], first_chroma[SIDE * SIDE / 4], second_chroma[SIDE * SIDE / 4];
    uint8_t expected[8192];
    struct coded_frame frame;
    (void)state;
    struct picture planar = picture_of(SIDE, SIDE), nv12 = planar;
    for (size_t i = 0; i < SIDE * SIDE / 4; i++) {
        interleaved[2 * i] = first_chroma[i] = (uint8_t)i;
        interleaved[2 * i + 1] = second_chroma[i] = (uint8_t)(255 - i);
    }
    planar.planes[1] = first_chroma;
    planar.planes[2] = second_chroma;
    nv12.planes[1] = interleaved;
    nv12.planes[2] = NULL;
    nv12.strides[1] = SIDE;
    struct pushed *first = new_video(), *other = new_video();
    assert_true(pushed_picture(first, &planar, 100 * S, &frame));
    size_t length = frame.length;
    assert_in_range(length, 1, sizeof expected);
    memcpy(expected, frame.data, length);
    assert_true(pushed_picture(other, &nv12, 100 * S, &frame));
    assert_int_equal(frame.length, length);
    assert_memory_equal(frame.data, expected, length);
    pushed_free(first);
    pushed_free(other);
}

static void what_the_application_encodes_is_sent_as_it_is(void **state)
{
    static const uint8_t data[] = {1, 2, 3};
    const struct span span = {data, sizeof data};
    struct coded_frame frame;
    struct coded_audio audio;
    (void)state;
    struct pushed *pushed =
        pushed_new(&(struct pushed_config){.source = "camera", .kind = MEDIA_VIDEO, .codec = CODEC_H264});
    assert_int_equal(pushed_source(pushed).codec, CODEC_H264);
    assert_int_equal(pushed_codec(pushed), CODEC_H264);
    assert_true(pushed_frame(pushed, span, true, S, &frame));
    assert_true(frame.keyframe && frame.data == data && frame.length == sizeof data);
    assert_int_equal(frame.timestamp, 90000);
    assert_false(pushed_frame(pushed, (struct span){data, 0}, true, S, &frame));
    assert_false(pushed_packet(pushed, span, S, &audio));
    const struct picture picture = picture_of(SIDE, SIDE);
    assert_false(pushed_picture(pushed, &picture, S, &frame));
    pushed_free(pushed);
    pushed = new_video(); /* and what is encoded here takes no frames */
    assert_int_equal(pushed_codec(pushed), CODEC_VP8);
    assert_false(pushed_frame(pushed, span, true, S, &frame));
    pushed_free(pushed);
}

static void packets_of_opus_tell_how_long_and_loud_they_are(void **state)
{
    static int16_t tone[2 * OPUS_FRAME];
    uint8_t packet[OPUS_PACKET_MAX];
    struct coded_audio audio = {.timestamp = 0};
    (void)state;
    for (size_t i = 0; i < (size_t)2 * OPUS_FRAME; i++)
        tone[i] = i / 2 % 48 < 24 ? 8000 : -8000;
    struct pushed *pushed =
        pushed_new(&(struct pushed_config){.source = "microphone", .kind = MEDIA_AUDIO, .codec = CODEC_OPUS});
    struct opus_sender *opus = opus_sender_new(2, 64000);
    uint32_t first = 0;
    for (uint32_t i = 0; i < 5; i++) {
        int length = opus_sender_encode(opus, tone, packet, sizeof packet);
        assert_true(length > 0);
        assert_true(pushed_packet(pushed, (struct span){packet, (size_t)length}, 100 * S + i * 20 * MS, &audio));
        first = i == 0 ? audio.timestamp : first;
        assert_int_equal(audio.timestamp, first + i * OPUS_FRAME);
    }
    assert_in_range(audio.level_dbov + 127, 127 - 30, 127);
    assert_false(pushed_packet(pushed, (struct span){packet, 0}, 101 * S, &audio));
    opus_sender_free(opus);
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
        cmocka_unit_test(pictures_in_nv12_are_taken_too),
        cmocka_unit_test(what_the_application_encodes_is_sent_as_it_is),
        cmocka_unit_test(packets_of_opus_tell_how_long_and_loud_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
