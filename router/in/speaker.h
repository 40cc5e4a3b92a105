/* Active speakers of a room, from the audio levels that clients send (RFC 6464). A loudness follows each microphone:
 * fast up, slowly down; one threshold to become a speaker, a lower one to stay, and a hold over the pauses of speech.
 * Pure. */
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
/* Brings is_speaking up to date. */
void speaker_update(struct speaker *speaker, usec_t now);

/* Puts `speakers` in order, loudest first, but keeps the given order between two that are nearly as loud, so that the
 * list does not flicker. */
void speakers_order(struct speaker **speakers, size_t count);

#endif
