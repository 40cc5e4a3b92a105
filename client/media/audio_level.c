#include "client/media/audio_level.h"

#include <math.h>

int audio_level_dbov(const int16_t *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    if (sum <= 0)
        return AUDIO_LEVEL_SILENCE;
    double level = 10 * log10(sum / (double)count / (32767.0 * 32767.0));
    return level < AUDIO_LEVEL_SILENCE ? AUDIO_LEVEL_SILENCE : level > 0 ? 0 : (int)lround(level);
}
