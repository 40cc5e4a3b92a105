/* Loudness as RFC 6464 counts it: 0 dBov is a full-scale square wave, -127 silence. Pure. */
#ifndef HEDDLE_CLIENT_AUDIO_LEVEL_H
#define HEDDLE_CLIENT_AUDIO_LEVEL_H

#include <stddef.h>
#include <stdint.h>

#define AUDIO_LEVEL_SILENCE (-127)

int audio_level_dbov(const int16_t *samples, size_t count);

#endif
