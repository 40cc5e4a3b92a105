#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/wire/codec.h"

static void test_names_are_found_in_any_case(void **state)
{
    static const struct {
        const char *name;
        enum codec codec;
    } cases[] = {
        {"opus", CODEC_OPUS}, {"OPUS", CODEC_OPUS}, {"red", CODEC_RED},   {"VP8", CODEC_VP8}, {"vp8", CODEC_VP8},
        {"VP9", CODEC_VP9},   {"av1", CODEC_AV1},   {"h264", CODEC_H264}, {"rtx", CODEC_RTX}, {"ulpfec", CODEC_NONE},
        {"H265", CODEC_NONE}, {"VP80", CODEC_NONE}, {"none", CODEC_NONE}, {"", CODEC_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(codec_from_name(cases[i].name), cases[i].codec);
}

static void test_every_codec_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int codec = CODEC_OPUS; codec <= CODEC_RTX; codec++)
        assert_int_equal(codec_from_name(codec_name((enum codec)codec)), codec);
    assert_string_equal(codec_name(CODEC_NONE), "none");
}

static void test_numbers_in_messages_stay_what_they_are(void **state)
{
    static const char *const names[] = {"none", "opus", "red", "VP8", "VP9", "AV1", "H264"};
    enum codec codec;
    (void)state;
    for (unsigned number = 0; number < sizeof names / sizeof names[0]; number++) {
        assert_true(codec_from_number(number, &codec));
        assert_string_equal(codec_name(codec), names[number]);
    }
    for (unsigned number = CODEC_RTX; number < 256; number++) {
        assert_false(codec_from_number(number, &codec));
        assert_int_equal(codec, CODEC_NONE);
    }
}

static void test_kinds_are_named_as_in_sdp(void **state)
{
    (void)state;
    assert_string_equal(media_kind_name(MEDIA_AUDIO), "audio");
    assert_string_equal(media_kind_name(MEDIA_VIDEO), "video");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_found_in_any_case),
        cmocka_unit_test(test_every_codec_has_a_name_of_its_own),
        cmocka_unit_test(test_numbers_in_messages_stay_what_they_are),
        cmocka_unit_test(test_kinds_are_named_as_in_sdp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
