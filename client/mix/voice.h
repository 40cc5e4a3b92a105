/* One participant's audio on its way into the mix: a buffer that evens out when packets come, and a gain that brings
 * loud and soft voices to one level. 48 kHz stereo. Pure. */
#ifndef HEDDLE_CLIENT_MIX_VOICE_H
#define HEDDLE_CLIENT_MIX_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOICE_FRAME 960                  /* samples per channel in 20 ms, which the mix is made of */
#define VOICE_START (2 * VOICE_FRAME)    /* so much waits before a voice begins, or begins again */
#define VOICE_TOO_MUCH (8 * VOICE_FRAME) /* more than that is a delay that nobody needs: the oldest is dropped */
#define VOICE_CAPACITY (2 * VOICE_TOO_MUCH)

struct voice {
    int16_t samples[2 * VOICE_CAPACITY]; /* a ring */
    size_t at, count;                    /* per channel */
    bool is_running;
    float gain;  /* 0: none was found yet */
    float power; /* smoothed, of what is read, before the gain; 1 is full scale */
};

/* `count` samples per channel, as they come. */
void voice_put(struct voice *voice, const int16_t *samples, size_t count);
/* The next frame, at an even level; silence when nothing is there. */
void voice_take(struct voice *voice, float out[2 * VOICE_FRAME]);
/* Of what was taken, before the gain: whether somebody speaks. */
bool voice_is_loud(const struct voice *voice);

#endif
