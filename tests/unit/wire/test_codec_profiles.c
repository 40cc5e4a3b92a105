/* Who can play what: the profiles that a=fmtp names, compared by each codec's own rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/wire/codec.h"
#include "transport/wire/codec/parameters.h"

#define COUNT(array) (sizeof array / sizeof((array)[0]))

static uint32_t profile(enum codec codec, const char *parameters)
{
    uint32_t value;
    if (!codec_read_profile(codec, parameters, &value))
        fail_msg("%s does not take '%s'", codec_name(codec), parameters);
    return value;
}

static void a_stream_goes_to_whom_can_play_it(void **state)
{
#define MODE1 "packetization-mode=1;profile-level-id="
    static const struct {
        enum codec codec;
        const char *receiver, *sent;
        bool expected;
    } cases[] = {
        /* RFC 6184 table 5: the ways to write Constrained Baseline. */
        {CODEC_H264, MODE1 "42e01f", MODE1 "42c00c", true},
        {CODEC_H264, MODE1 "42c00c", MODE1 "42e01f", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "42C02A", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "424032", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "4d801f", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "4de01f", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "58c01f", true},
        /* Baseline, as those write it who mean Constrained Baseline. */
        {CODEC_H264, MODE1 "42e01f", MODE1 "42001f", true},
        {CODEC_H264, MODE1 "42001f", MODE1 "42e034", true},
        {CODEC_H264, MODE1 "42e01f", "packetization-mode=1", true},
        /* Larger profiles contain smaller ones, not the other way round. */
        {CODEC_H264, MODE1 "4d001f", MODE1 "42e01f", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "4d001f", false},
        {CODEC_H264, MODE1 "4d401f", MODE1 "4d001f", true},
        {CODEC_H264, MODE1 "64001f", MODE1 "4d001f", true},
        {CODEC_H264, MODE1 "64001f", MODE1 "640c1f", true},
        {CODEC_H264, MODE1 "640c34", MODE1 "64001f", false},
        {CODEC_H264, MODE1 "640c34", MODE1 "42e01f", true},
        {CODEC_H264, MODE1 "640c34", MODE1 "4d001f", false},
        {CODEC_H264, MODE1 "f4001f", MODE1 "6e001f", true},
        {CODEC_H264, MODE1 "64001f", MODE1 "f4001f", false},
        {CODEC_H264, MODE1 "42e01f", MODE1 "58001f", false},
        {CODEC_H264, MODE1 "64001f", MODE1 "64081f", true},
        {CODEC_H264, MODE1 "64081f", MODE1 "640c1f", true},
        {CODEC_H264, MODE1 "64081f", MODE1 "42e01f", true},
        {CODEC_H264, MODE1 "64081f", MODE1 "64001f", false},
        {CODEC_H264, MODE1 "640c1f", MODE1 "64081f", false},
        /* Bits of profile-iop that no table has: whoever plays all of that profile_idc plays it. */
        {CODEC_H264, MODE1 "64001f", MODE1 "64101f", true},
        {CODEC_H264, MODE1 "64001f", MODE1 "64e01f", true},
        {CODEC_H264, MODE1 "4d001f", MODE1 "4d201f", true},
        {CODEC_H264, MODE1 "42e01f", MODE1 "42e81f", true},
        {CODEC_H264, MODE1 "6e001f", MODE1 "6e101f", true},
        {CODEC_H264, MODE1 "64001f", MODE1 "6e101f", false},
        {CODEC_H264, MODE1 "42e01f", MODE1 "64e01f", false},
        {CODEC_H264, MODE1 "64e01f", MODE1 "64001f", false},
        /* What the table does not name matches itself only. */
        {CODEC_H264, MODE1 "2c101f", MODE1 "2c1034", true},
        {CODEC_H264, MODE1 "2c101f", MODE1 "42e01f", false},
        {CODEC_H264, MODE1 "640c1f", MODE1 "2c101f", false},
        {CODEC_H264, MODE1 "64101f", MODE1 "64081f", false},
        /* Packetization modes: 1 contains 0. */
        {CODEC_H264, MODE1 "42e01f", "profile-level-id=42e01f", true},
        {CODEC_H264, "profile-level-id=42e01f", MODE1 "42e01f", false},
        {CODEC_H264, "PACKETIZATION-MODE=1; Profile-Level-Id=42E01F", MODE1 "42e01f", true},
        /* VP9: none contains another. AV1: each contains those below. */
        {CODEC_VP9, "", "profile-id=0", true},
        {CODEC_VP9, "profile-id=2", "profile-id=0", false},
        {CODEC_VP9, "profile-id=0", "profile-id=2", false},
        {CODEC_AV1, "", "level-idx=5;profile=0;tier=0", true},
        {CODEC_AV1, "profile=1", "profile=0", true},
        {CODEC_AV1, "profile=0", "profile=1", false},
        {CODEC_VP8, "max-fs=12288;max-fr=60", "", true},
        {CODEC_OPUS, "stereo=1", "minptime=10", true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum codec codec = cases[i].codec;
        if (codec_can_play(codec, profile(codec, cases[i].receiver), profile(codec, cases[i].sent)) !=
            cases[i].expected)
            fail_msg("%s: '%s' for '%s' is not %d", codec_name(codec), cases[i].sent, cases[i].receiver,
                     cases[i].expected);
    }
}

static void what_cannot_be_forwarded_is_not_taken(void **state)
{
    static const struct {
        enum codec codec;
        const char *parameters;
    } cases[] = {
        {CODEC_H264, "packetization-mode=2;profile-level-id=42e01f"}, /* interleaved */
        {CODEC_H264, "packetization-mode=x"},
        {CODEC_H264, "profile-level-id=42e01"},
        {CODEC_H264, "profile-level-id=42e01f00"},
        {CODEC_H264, "profile-level-id="},
        {CODEC_H264, "profile-level-id=42e01g"},
        {CODEC_VP9, "profile-id=4"},
        {CODEC_VP9, "profile-id=-1"},
        {CODEC_AV1, "profile=3"},
        {CODEC_AV1, "profile=99999999999"},
    };
    uint32_t value;
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (codec_read_profile(cases[i].codec, cases[i].parameters, &value))
            fail_msg("%s takes '%s'", codec_name(cases[i].codec), cases[i].parameters);
    }
}

static void every_codec_but_rtx_says_what_it_is(void **state)
{
    (void)state;
    assert_null(codec_format(CODEC_NONE));
    for (int codec = CODEC_OPUS; codec <= CODEC_RTX; codec++) {
        const struct codec_format *format = codec_format((enum codec)codec);
        uint32_t value;
        assert_int_equal(format->is_repair, codec == CODEC_RTX);
        if (format->is_repair)
            continue;
        assert_true(format->clock_rate == (format->kind == MEDIA_AUDIO ? 48000u : 90000u));
        assert_int_equal(format->parse != NULL, format->kind == MEDIA_VIDEO || format->is_wrapper);
        assert_int_equal(format->inside != NULL, format->is_wrapper);
        if (format->inside != NULL)
            assert_true(!format->inside->is_wrapper && format->inside->kind == format->kind &&
                        format->inside->clock_rate == format->clock_rate);
        if (format->answered_parameter != NULL)
            assert_non_null(strchr(format->answered_parameter, '='));
        if (format->offered_payload_type != 0)
            assert_true(codec_read_profile((enum codec)codec, format->offered_parameters, &value));
    }
}

static void the_list_has_every_codec_but_rtx_once(void **state)
{
    unsigned listed[CODEC_RTX + 1] = {0};
    (void)state;
    for (const enum codec *codec = codec_all(); *codec != CODEC_NONE; codec++)
        listed[*codec]++;
    for (int codec = CODEC_OPUS; codec <= CODEC_RTX; codec++)
        assert_int_equal(listed[codec], codec != CODEC_RTX);
}

static void parameters_are_found_by_their_whole_key(void **state)
{
    static const struct {
        const char *text;
        uint32_t expected;
        bool valid;
    } cases[] = {
        {"apt=96", 96, true},
        {"rtx-time=3000; apt=96", 96, true},
        {"xapt=1;APT=97", 97, true},
        {"aptx=1", 7, true},
        {"", 7, true},
        {";;; apt=5;", 5, true},
        {"apt", 7, true},
        {"apt=", 0, false},
        {"apt=4294967295", UINT32_MAX, true},
        {"apt=4294967296", 0, false},
        {"apt= 5", 0, false},
        {"apt=0x5", 0, false},
        {"apt=+5", 0, false},
        {"apt=5 ;x=1", 5, true},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t number;
        assert_int_equal(parameters_number(cases[i].text, "apt", 10, 7, &number), cases[i].valid);
        if (cases[i].valid)
            assert_int_equal(number, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_goes_to_whom_can_play_it),
        cmocka_unit_test(what_cannot_be_forwarded_is_not_taken),
        cmocka_unit_test(every_codec_but_rtx_says_what_it_is),
        cmocka_unit_test(the_list_has_every_codec_but_rtx_once),
        cmocka_unit_test(parameters_are_found_by_their_whole_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
