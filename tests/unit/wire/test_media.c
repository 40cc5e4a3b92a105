#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/wire/media.h"

static const struct media video = {
    .mid = "1",
    .kind = MEDIA_VIDEO,
    .codec_count = 4,
    .codecs = {{CODEC_VP8, 96, 97, 90000, 1, 0, true, true, true, true, false, 0},
               {CODEC_AV1, 102, 103, 90000, 1, 0, true, true, true, true, false, 0},
               {CODEC_AV1, 104, MEDIA_PAYLOAD_TYPE_NONE, 90000, 1, 2, true, true, true, true, false, 0},
               {CODEC_OPUS, 111, MEDIA_PAYLOAD_TYPE_NONE, 48000, 2, 0, false, false, false, true, false, 0}},
};

static void test_payload_types_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(media_find_payload_type(&video, 96), &video.codecs[0]);
    assert_ptr_equal(media_find_payload_type(&video, 104), &video.codecs[2]);
    assert_null(media_find_payload_type(&video, 97)); /* that is RTX */
    assert_null(media_find_payload_type(&video, 0));
    assert_null(media_find_payload_type(&video, MEDIA_PAYLOAD_TYPE_NONE));
}

static void test_rtx_leads_to_the_codec_it_repairs(void **state)
{
    (void)state;
    assert_ptr_equal(media_find_rtx(&video, 97), &video.codecs[0]);
    assert_ptr_equal(media_find_rtx(&video, 103), &video.codecs[1]);
    assert_null(media_find_rtx(&video, 96));
    assert_null(media_find_rtx(&video, MEDIA_PAYLOAD_TYPE_NONE)); /* codecs without RTX have this number */
}

/* Payload types differ between the two ends; what a decoder must know may not. */
static void test_a_codec_matches_by_what_a_decoder_needs(void **state)
{
    static const struct {
        struct media_codec codec;
        int expected; /* index, or -1 */
    } cases[] = {
        {{.codec = CODEC_VP8, .payload_type = 120, .clock_rate = 90000, .channels = 1}, 0},
        /* The same profile; else one that contains it; none that it contains. */
        {{.codec = CODEC_AV1, .payload_type = 126, .clock_rate = 90000, .channels = 1, .profile = 2}, 2},
        {{.codec = CODEC_AV1, .payload_type = 126, .clock_rate = 90000, .channels = 1, .profile = 1}, 2},
        {{.codec = CODEC_AV1, .payload_type = 126, .clock_rate = 90000, .channels = 1, .profile = 0}, 1},
        {{.codec = CODEC_AV1, .payload_type = 126, .clock_rate = 90000, .channels = 1, .profile = 3}, -1},
        {{.codec = CODEC_VP9, .clock_rate = 90000, .channels = 1}, -1},
        {{.codec = CODEC_OPUS, .clock_rate = 48000, .channels = 2}, 3},
        {{.codec = CODEC_OPUS, .clock_rate = 48000, .channels = 1}, 3}, /* "opus/48000": written by some */
        {{.codec = CODEC_OPUS, .clock_rate = 16000, .channels = 2}, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct media_codec *expected = cases[i].expected < 0 ? NULL : &video.codecs[cases[i].expected];
        assert_ptr_equal(media_match(&video, &video, &cases[i].codec), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payload_types_are_found),
        cmocka_unit_test(test_rtx_leads_to_the_codec_it_repairs),
        cmocka_unit_test(test_a_codec_matches_by_what_a_decoder_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
