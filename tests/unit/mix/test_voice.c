#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "client/mix/voice.h"

static struct voice voice;
static int16_t samples[2 * VOICE_TOO_MUCH * 2];
static float frame[2 * VOICE_FRAME];

static void begin(void)
{
    memset(&voice, 0, sizeof voice);
}

static void put(int16_t value, size_t count)
{
    for (size_t i = 0; i < 2 * count; i++)
        samples[i] = value;
    voice_put(&voice, samples, count);
}

static void a_voice_begins_when_enough_waits(void **state)
{
    (void)state;
    begin();
    put(1000, VOICE_FRAME);
    voice_take(&voice, frame);
    assert_true(frame[0] == 0);
    put(1000, VOICE_FRAME);
    voice_take(&voice, frame);
    assert_true(frame[0] > 0);
    voice_take(&voice, frame); /* what waited bridges a late packet */
    assert_true(frame[2 * VOICE_FRAME - 1] > 0);
    voice_take(&voice, frame); /* nothing is left: silence, and it waits again */
    assert_true(frame[0] == 0);
    put(1000, VOICE_FRAME);
    voice_take(&voice, frame);
    assert_true(frame[0] == 0);
}

static void packets_of_any_length_in_any_rhythm_come_out_in_order(void **state)
{
    int16_t next = 1, expected = 1;
    (void)state;
    begin();
    voice.gain = 1;
    for (int round = 0; round < 200; round++) {
        size_t count = round % 3 == 0 ? 2880 : 0;
        for (size_t i = 0; i < count; i++, next = (int16_t)(next % 50 + 1))
            samples[2 * i] = samples[2 * i + 1] = next;
        voice_put(&voice, samples, count);
        voice_take(&voice, frame);
        for (size_t i = 0; i < VOICE_FRAME && voice.is_running; i++, expected = (int16_t)(expected % 50 + 1))
            assert_int_equal(lrintf(frame[2 * i] * 32768), expected);
    }
}

/* A burst after an outage: the newest is heard, not all of it later. */
static void too_much_is_no_delay(void **state)
{
    (void)state;
    begin();
    put(5, 4 * VOICE_FRAME);
    put(7, VOICE_TOO_MUCH - VOICE_FRAME);
    assert_int_equal(voice.count, VOICE_START);
    voice_take(&voice, frame);
    assert_int_equal(lrintf(frame[0] * 32768), 7);
    put(9, 2 * VOICE_TOO_MUCH);
    assert_true(voice.count <= VOICE_TOO_MUCH);
}

/* The level of a tone after a while, in dB. */
static double settled_level(float amplitude)
{
    double power = 0;
    begin();
    for (int round = 0; round < 400; round++) {
        for (size_t i = 0; i < VOICE_FRAME; i++)
            samples[2 * i] = samples[2 * i + 1] =
                (int16_t)lrintf(amplitude * 32767 * sinf((float)i * 6.2831853f * 20 / VOICE_FRAME));
        voice_put(&voice, samples, VOICE_FRAME);
        voice_take(&voice, frame);
    }
    for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
        power += frame[i] * frame[i];
    return 10 * log10(power / (2 * VOICE_FRAME));
}

static void loud_and_soft_voices_come_to_one_level(void **state)
{
    (void)state;
    double loud = settled_level(0.4f), soft = settled_level(0.03f);
    assert_true(fabs(loud - soft) < 1);
    assert_true(voice_is_loud(&voice));
    assert_true(settled_level(0.003f) < -50); /* noise is not lifted */
    assert_false(voice_is_loud(&voice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_voice_begins_when_enough_waits),
        cmocka_unit_test(packets_of_any_length_in_any_rhythm_come_out_in_order),
        cmocka_unit_test(too_much_is_no_delay),
        cmocka_unit_test(loud_and_soft_voices_come_to_one_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
