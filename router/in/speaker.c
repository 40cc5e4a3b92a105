#include "router/in/speaker.h"

#define RISE (100 * USEC_PER_MSEC) /* time constants of the smoothing */
#define FALL (400 * USEC_PER_MSEC)
#define LOUDNESS_START 77.0 /* -50 dBov */
#define LOUDNESS_STAY 67.0  /* -60 dBov */
#define LOUDNESS_MARGIN 6.0 /* to overtake another speaker */

/* First-order low-pass; the cheap form of 1 - exp(-t / constant). */
static double weight(usec_t elapsed, usec_t constant)
{
    return (double)elapsed / (double)(elapsed + constant);
}

void speaker_level(struct speaker *speaker, uint8_t level, usec_t now)
{
    double loudness = SPEAKER_LEVEL_SILENT - (level & 0x7f);
    usec_t elapsed = speaker->updated == 0 ? 20 * USEC_PER_MSEC : now - speaker->updated;
    if (elapsed < 0)
        elapsed = 0;
    speaker->loudness += (loudness - speaker->loudness) * weight(elapsed, loudness > speaker->loudness ? RISE : FALL);
    speaker->updated = now;
    speaker_update(speaker, now);
}

void speaker_silence(struct speaker *speaker)
{
    *speaker = (struct speaker){0};
}

void speaker_update(struct speaker *speaker, usec_t now)
{
    /* With discontinuous transmission (DTX) nothing is sent during silence. */
    bool heard = speaker->updated != 0 && now - speaker->updated < SPEAKER_HOLD;
    double threshold = speaker->is_speaking ? LOUDNESS_STAY : LOUDNESS_START;
    if (heard && speaker->loudness >= threshold) {
        speaker->is_speaking = true;
        speaker->last_loud = now;
    } else if (now - speaker->last_loud >= SPEAKER_HOLD) {
        speaker->is_speaking = false;
    }
    if (!heard)
        speaker->loudness = 0;
}

/* Insertion sort: the lists are short and nearly in order. */
void speakers_order(struct speaker **speakers, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct speaker *moving = speakers[i];
        size_t at = i;
        while (at > 0 && moving->loudness > speakers[at - 1]->loudness + LOUDNESS_MARGIN) {
            speakers[at] = speakers[at - 1];
            at--;
        }
        speakers[at] = moving;
    }
}
