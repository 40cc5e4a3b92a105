#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "client/mix/audio_mix.h"

static int16_t out[AUDIO_MIX_OUTPUTS][2 * VOICE_FRAME];

static void set_all(float *frame, float value)
{
    for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
        frame[i] = value;
}

/* The last sample of an output, in thousandths of full scale. */
static int level_of(size_t output)
{
    return (int)lrint(out[output][2 * VOICE_FRAME - 1] / 32.767);
}

static void everybody_hears_all_others_and_not_itself(void **state)
{
    static float voices[LANES][2 * VOICE_FRAME];
    const float *heard[LANES] = {voices[0], voices[1], NULL, voices[3]};
    struct audio_mix mix = {0};
    (void)state;
    set_all(voices[0], 0.1f);
    set_all(voices[1], 0.02f);
    set_all(voices[3], -0.3f);
    audio_mix_frame(&mix, heard, out);
    audio_mix_frame(&mix, heard, out);
    assert_int_equal(level_of(AUDIO_MIX_FOR_ALL), -180);
    assert_int_equal(level_of(0), -280);
    assert_int_equal(level_of(1), -200);
    assert_int_equal(level_of(2), -180); /* nobody's lane: as for all */
    assert_int_equal(level_of(3), 120);
}

/* A step in the sum would be a click. */
static void a_voice_comes_and_goes_softly(void **state)
{
    static float voice[2 * VOICE_FRAME];
    const float *heard[LANES] = {voice}, *nobody[LANES] = {NULL};
    struct audio_mix mix = {0};
    (void)state;
    set_all(voice, 0.5f);
    audio_mix_frame(&mix, heard, out);
    assert_int_equal(out[AUDIO_MIX_FOR_ALL][0], 0);
    for (size_t i = 2; i < 2 * VOICE_FRAME; i++)
        assert_in_range(out[AUDIO_MIX_FOR_ALL][i] - out[AUDIO_MIX_FOR_ALL][i - 2] + 1, 0, 100);
    audio_mix_frame(&mix, nobody, out);
    assert_int_equal(out[AUDIO_MIX_FOR_ALL][2 * VOICE_FRAME - 1], 0);
}

/* Four at full scale are four times too loud. Nothing is cut off: no sample is at the end of the range. */
static void nothing_clips(void **state)
{
    static float voices[LANES][2 * VOICE_FRAME];
    const float *heard[LANES] = {voices[0], voices[1], voices[2], voices[3]};
    struct audio_mix mix = {0};
    (void)state;
    for (int frame = 0; frame < 20; frame++) {
        for (size_t lane = 0; lane < LANES; lane++)
            for (size_t i = 0; i < VOICE_FRAME; i++) {
                float sample = sinf((float)(frame * VOICE_FRAME + (int)i) * 0.05f);
                voices[lane][2 * i] = voices[lane][2 * i + 1] = frame % 3 == 0 ? 0.01f * sample : sample;
            }
        audio_mix_frame(&mix, heard, out);
        for (size_t output = 0; output < AUDIO_MIX_OUTPUTS; output++)
            for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
                assert_true(abs(out[output][i]) < INT16_MAX);
    }
}

static void what_is_not_too_loud_is_not_touched(void **state)
{
    static float voice[2 * VOICE_FRAME];
    const float *heard[LANES] = {voice};
    struct audio_mix mix = {0};
    (void)state;
    for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
        voice[i] = 0.6f * sinf((float)i * 0.03f);
    audio_mix_frame(&mix, heard, out);
    audio_mix_frame(&mix, heard, out);
    for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
        assert_in_range(out[AUDIO_MIX_FOR_ALL][i] - lrintf(voice[i] * 32767) + 1, 0, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_hears_all_others_and_not_itself),
        cmocka_unit_test(a_voice_comes_and_goes_softly),
        cmocka_unit_test(nothing_clips),
        cmocka_unit_test(what_is_not_too_loud_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
