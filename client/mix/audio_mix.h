/* N-1: one mix of all who are heard, and for each of them one without its own voice. Pure. */
#ifndef HEDDLE_CLIENT_MIX_AUDIO_MIX_H
#define HEDDLE_CLIENT_MIX_AUDIO_MIX_H

#include "client/mix/lanes.h"
#include "client/mix/limiter.h"
#include "client/mix/voice.h"

#define AUDIO_MIX_OUTPUTS (LANES + 1) /* the lanes, and last the mix for all others */
#define AUDIO_MIX_FOR_ALL LANES

struct audio_mix { /* zeros: silence */
    struct limiter limiters[AUDIO_MIX_OUTPUTS];
    float levels[LANES]; /* 0 or 1: how much of a lane's voice was in the last frame; it comes and goes over one */
};

/* `voices[i]`: the frame (VOICE_FRAME stereo samples) of lane i's owner; NULL: nobody is heard there. */
void audio_mix_frame(struct audio_mix *mix, const float *const voices[LANES],
                     int16_t out[AUDIO_MIX_OUTPUTS][2 * VOICE_FRAME]);

#endif
