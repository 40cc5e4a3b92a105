#include "client/mix/voice.h"

#include <math.h>
#include <string.h>

#define FULL_SCALE 32768.0f
#define POWER_LOUD 3e-5f    /* -45 dB: below that it is a room's noise, which no gain must lift */
#define POWER_TARGET 0.006f /* -22 dB: what speech is brought to */
#define GAIN_LEAST 0.25f
#define GAIN_MOST 4.0f
#define POWER_SMOOTHING 0.2f /* a frame's part in the smoothed power */
#define GAIN_SMOOTHING 0.03f

static void drop(struct voice *voice, size_t count)
{
    voice->at = (voice->at + count) % VOICE_CAPACITY;
    voice->count -= count;
}

void voice_put(struct voice *voice, const int16_t *samples, size_t count)
{
    if (count > VOICE_TOO_MUCH) {
        samples += 2 * (count - VOICE_TOO_MUCH);
        count = VOICE_TOO_MUCH;
    }
    for (size_t i = 0; i < count; i++) {
        size_t to = (voice->at + voice->count + i) % VOICE_CAPACITY;
        memcpy(&voice->samples[2 * to], &samples[2 * i], 2 * sizeof *samples);
    }
    voice->count += count;
    if (voice->count > VOICE_TOO_MUCH)
        drop(voice, voice->count - VOICE_START);
}

/* Follows the speaker's level, and keeps what it found while the speaker is silent. */
static void follow_level(struct voice *voice, const float *samples)
{
    float power = 0;
    for (size_t i = 0; i < 2 * VOICE_FRAME; i++)
        power += samples[i] * samples[i];
    power /= 2 * VOICE_FRAME;
    voice->power += POWER_SMOOTHING * (power - voice->power);
    if (voice->power < POWER_LOUD)
        return;
    float target = fminf(fmaxf(sqrtf(POWER_TARGET / voice->power), GAIN_LEAST), GAIN_MOST);
    voice->gain = voice->gain == 0 ? target : voice->gain + GAIN_SMOOTHING * (target - voice->gain);
}

void voice_take(struct voice *voice, float out[2 * VOICE_FRAME])
{
    float before = voice->gain == 0 ? 1 : voice->gain;
    size_t there = voice->count < VOICE_FRAME ? voice->count : VOICE_FRAME;
    if (voice->count >= VOICE_START)
        voice->is_running = true;
    if (!voice->is_running)
        there = 0;
    for (size_t i = 0; i < there; i++) {
        const int16_t *from = &voice->samples[2 * ((voice->at + i) % VOICE_CAPACITY)];
        out[2 * i] = from[0] / FULL_SCALE;
        out[2 * i + 1] = from[1] / FULL_SCALE;
    }
    memset(out + 2 * there, 0, 2 * (VOICE_FRAME - there) * sizeof *out);
    drop(voice, there);
    if (there < VOICE_FRAME)
        voice->is_running = false;
    follow_level(voice, out);
    float after = voice->gain == 0 ? 1 : voice->gain;
    for (size_t i = 0; i < VOICE_FRAME; i++) {
        float gain = before + (after - before) * (float)i / VOICE_FRAME;
        out[2 * i] *= gain;
        out[2 * i + 1] *= gain;
    }
}

bool voice_is_loud(const struct voice *voice)
{
    return voice->power >= POWER_LOUD;
}
