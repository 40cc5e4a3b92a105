#include "client/mix/audio_mix.h"

#include <string.h>

/* Adds a voice to a sum, turned up or down within the frame. */
static void add(float *sum, const float *voice, float from, float to)
{
    for (size_t i = 0; i < VOICE_FRAME; i++) {
        float level = from + (to - from) * (float)i / VOICE_FRAME;
        sum[2 * i] += level * voice[2 * i];
        sum[2 * i + 1] += level * voice[2 * i + 1];
    }
}

void audio_mix_frame(struct audio_mix *mix, const float *const voices[LANES],
                     int16_t out[AUDIO_MIX_OUTPUTS][2 * VOICE_FRAME])
{
    for (size_t output = 0; output < AUDIO_MIX_OUTPUTS; output++) {
        float sum[2 * VOICE_FRAME] = {0};
        for (size_t lane = 0; lane < LANES; lane++)
            if (lane != output && voices[lane] != NULL)
                add(sum, voices[lane], mix->levels[lane], 1);
        limiter_apply(&mix->limiters[output], sum, out[output], VOICE_FRAME);
    }
    for (size_t lane = 0; lane < LANES; lane++)
        mix->levels[lane] = voices[lane] != NULL ? 1 : 0;
}
