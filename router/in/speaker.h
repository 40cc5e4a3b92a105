/* Active speakers of a room, from the audio levels that clients send (RFC 6464). Each microphone has a smoothed
 * loudness that rises fast and falls slowly. There is one threshold to become a speaker and a lower one to stay, and a
 * hold time for pauses of speech. Pure. */
#ifndef HEDDLE_ROUTER_IN_SPEAKER_H
#define HEDDLE_ROUTER_IN_SPEAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define SPEAKER_HOLD (800 * USEC_PER_MSEC)
#define SPEAKER_LEVEL_SILENT 127

/* One microphone; embedded in its publication. */
struct speaker {
    double loudness; /* dB above silence: 127 - level, smoothed */
    usec_t updated;  /* 0: never heard */
    usec_t last_loud;
    bool is_speaking;
};

/* `level`: -dBov, 0 (loudest) to 127. */
void speaker_level(struct speaker *speaker, uint8_t level, usec_t now);
/* Muted or gone: falls silent at once. */
void speaker_silence(struct speaker *speaker);
/* Updates is_speaking. */
void speaker_update(struct speaker *speaker, usec_t now);

/* Puts `speakers` in order, loudest first, but keeps the given order between two that are nearly as loud, so that the
 * order does not change all the time. */
void speakers_order(struct speaker **speakers, size_t count);

#endif
