#include "router/choose/voices.h"

#define LOUDER 6.0 /* dB by which another voice is clearly louder than one that is heard */

/* One that is paused needs some bandwidth to spare, so that it does not come and go. */
static uint64_t cost_of(const struct voice *voice)
{
    return voice->is_paused ? voice->bps + voice->bps / 10 : voice->bps;
}

static double rank_of(const struct voice *voice)
{
    return voice->is_paused ? voice->loudness : voice->loudness + LOUDER;
}

/* The loudest that was not considered yet. */
static size_t next_of(const struct voice *voices, const bool *is_considered, size_t count)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (!is_considered[i] && (best == count || rank_of(&voices[i]) > rank_of(&voices[best])))
            best = i;
    return best;
}

uint64_t voices_choose(struct voice *voices, size_t count, uint64_t estimate_bps, bool may_pause)
{
    bool is_considered[VOICES_MAX] = {false};
    uint64_t sum = 0;
    for (size_t n = 0; n < count; n++) {
        size_t i = next_of(voices, is_considered, count);
        struct voice *voice = &voices[i];
        bool goes_on = !voice->is_paused && !may_pause;
        is_considered[i] = true;
        voice->is_sent = n == 0 || goes_on || sum + cost_of(voice) <= estimate_bps;
        sum += voice->is_sent ? voice->bps : 0;
    }
    return sum;
}
