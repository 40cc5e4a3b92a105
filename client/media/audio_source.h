/* Where audio comes from: a test tone, or a WAV or Ogg Opus file (played over and over), as 48 kHz PCM in frames of
 * 20 ms. */
#ifndef HEDDLE_CLIENT_AUDIO_SOURCE_H
#define HEDDLE_CLIENT_AUDIO_SOURCE_H

#include <stdint.h>

struct audio_source;

/* `name`: "test", or a path ending in .wav or .ogg (.opus). `seed` chooses the tone's pitch. */
int audio_source_open(struct audio_source **out, const char *name, uint32_t seed, const char **reason);
void audio_source_close(struct audio_source *source);
unsigned audio_source_channels(const struct audio_source *source);
/* OPUS_FRAME samples per channel, interleaved, valid until the next call. Silence when the file is damaged. */
const int16_t *audio_source_next(struct audio_source *source);

#endif
