#include "client/media/audio_source.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/ogg_opus.h"
#include "client/media/opus_codec.h"
#include "client/media/wav.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define TONE_PEAK 4634 /* a sine of -20 dBov */

struct audio_source {
    unsigned channels;
    void (*fill)(struct audio_source *source);
    int16_t frame[OPUS_FRAME * OPUS_CHANNELS_MAX];
    double phase, step; /* of the tone, in radians */
    struct wav_reader *wav;
    struct ogg_reader *ogg;
    struct opus_receiver *decoder;
    /* Decoded, not yet given out (stereo, whatever the file has). */
    int16_t decoded[(OPUS_FRAME_MAX + OPUS_FRAME) * OPUS_CHANNELS_MAX];
    size_t decoded_count; /* samples per channel */
};

static void fill_tone(struct audio_source *source)
{
    for (size_t i = 0; i < OPUS_FRAME; i++) {
        source->frame[i] = (int16_t)lrint(TONE_PEAK * sin(source->phase));
        source->phase = fmod(source->phase + source->step, 2 * M_PI);
    }
}

static void fill_wav(struct audio_source *source)
{
    size_t done = 0;
    for (int round = 0; round < 2 && done < OPUS_FRAME; round++) {
        done += wav_reader_next(source->wav, source->frame + done * source->channels, OPUS_FRAME - done);
        if (done < OPUS_FRAME)
            wav_reader_rewind(source->wav);
    }
    memset(source->frame + done * source->channels, 0, (OPUS_FRAME - done) * source->channels * sizeof(int16_t));
}

static bool decode_more(struct audio_source *source)
{
    const uint8_t *data;
    size_t length;
    if (ogg_reader_next(source->ogg, &data, &length) != 1)
        return false;
    int16_t *end = source->decoded + source->decoded_count * OPUS_CHANNELS_MAX;
    int samples = opus_receiver_decode(source->decoder, data, length, end);
    source->decoded_count += samples > 0 ? (size_t)samples : 0;
    return true;
}

static void fill_ogg(struct audio_source *source)
{
    bool rewound = false;
    while (source->decoded_count < OPUS_FRAME) {
        if (decode_more(source))
            continue;
        if (rewound)
            break;
        rewound = true;
        ogg_reader_rewind(source->ogg);
    }
    size_t count = source->decoded_count < OPUS_FRAME ? source->decoded_count : OPUS_FRAME;
    memset(source->frame, 0, sizeof source->frame);
    memcpy(source->frame, source->decoded, count * OPUS_CHANNELS_MAX * sizeof(int16_t));
    source->decoded_count -= count;
    memmove(source->decoded, source->decoded + count * OPUS_CHANNELS_MAX,
            source->decoded_count * OPUS_CHANNELS_MAX * sizeof(int16_t));
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);
    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int open_wav(struct audio_source *source, const char *path)
{
    struct wav_info info;
    int error = wav_reader_open(&source->wav, path, &info);
    if (error != 0)
        return error;
    source->channels = info.channels;
    source->fill = fill_wav;
    return 0;
}

static int open_ogg(struct audio_source *source, const char *path)
{
    unsigned channels;
    int error = ogg_reader_open(&source->ogg, path, &channels);
    if (error != 0)
        return error;
    source->decoder = opus_receiver_new();
    source->channels = OPUS_CHANNELS_MAX;
    source->fill = fill_ogg;
    return source->decoder != NULL ? 0 : ERR_UNSUPPORTED;
}

int audio_source_open(struct audio_source **out, const char *name, uint32_t seed, const char **reason)
{
    struct audio_source *source = mem_alloc(sizeof *source);
    int error = 0;
    if (strcmp(name, "test") == 0) {
        source->channels = 1;
        source->step = 2 * M_PI * (300 + 40 * (seed % 12)) / OPUS_RATE;
        source->fill = fill_tone;
    } else if (has_suffix(name, ".wav")) {
        error = open_wav(source, name);
    } else if (has_suffix(name, ".ogg") || has_suffix(name, ".opus")) {
        error = open_ogg(source, name);
    } else {
        error = ERR_UNSUPPORTED;
    }
    if (error != 0) {
        *reason = error == ERR_IO ? strerrordesc_np(errno) : error_text(error);
        audio_source_close(source);
        return error;
    }
    *out = source;
    return 0;
}

void audio_source_close(struct audio_source *source)
{
    if (source == NULL)
        return;
    wav_reader_close(source->wav);
    ogg_reader_close(source->ogg);
    opus_receiver_free(source->decoder);
    free(source);
}

unsigned audio_source_channels(const struct audio_source *source)
{
    return source->channels;
}

const int16_t *audio_source_next(struct audio_source *source)
{
    source->fill(source);
    return source->frame;
}
