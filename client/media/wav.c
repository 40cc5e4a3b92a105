#include "client/media/wav.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/little_endian.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define OUT_RATE 48000
#define FORMAT_PCM 1
#define FORMAT_EXTENSIBLE 0xfffe

struct wav_reader {
    FILE *file;
    struct wav_info info;
    long data_start;
    uint32_t data_length; /* bytes */
    uint32_t data_read;
    /* Linear interpolation between two input samples at `phase` of OUT_RATE. */
    int16_t before[2], after[2];
    uint32_t phase;
    bool ended;
};

static int read_format(FILE *file, uint32_t size, struct wav_info *info)
{
    uint8_t format[16];
    if (size < sizeof format || fread(format, 1, sizeof format, file) != sizeof format)
        return ERR_TRUNCATED;
    unsigned tag = le_get_u16(format);
    info->channels = le_get_u16(format + 2);
    info->rate = le_get_u32(format + 4);
    if ((tag != FORMAT_PCM && tag != FORMAT_EXTENSIBLE) || le_get_u16(format + 14) != 16 || info->channels < 1 ||
        info->channels > 2 || info->rate < 4000 || info->rate > 192000)
        return ERR_UNSUPPORTED;
    return fseek(file, (long)(size - sizeof format + size % 2), SEEK_CUR) == 0 ? 0 : ERR_TRUNCATED;
}

/* Walks the chunks to "data"; "fmt " must have come before. */
static int find_data(struct wav_reader *reader)
{
    uint8_t header[12];
    if (fread(header, 1, 12, reader->file) != 12)
        return ERR_TRUNCATED;
    if (memcmp(header, "RIFF", 4) != 0 || memcmp(header + 8, "WAVE", 4) != 0)
        return ERR_INVALID;
    for (;;) {
        if (fread(header, 1, 8, reader->file) != 8)
            return ERR_TRUNCATED;
        uint32_t size = le_get_u32(header + 4);
        int error = 0;
        if (memcmp(header, "data", 4) == 0) {
            reader->data_length = size;
            reader->data_start = ftell(reader->file);
            return reader->info.channels > 0 ? 0 : ERR_INVALID;
        }
        if (memcmp(header, "fmt ", 4) == 0)
            error = read_format(reader->file, size, &reader->info);
        else if (fseek(reader->file, (long)size + size % 2, SEEK_CUR) != 0)
            error = ERR_TRUNCATED;
        if (error != 0)
            return error;
    }
}

int wav_reader_open(struct wav_reader **out, const char *path, struct wav_info *info)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ERR_IO;
    struct wav_reader *reader = mem_alloc(sizeof *reader);
    reader->file = file;
    int error = find_data(reader);
    if (error != 0) {
        wav_reader_close(reader);
        return error;
    }
    *info = reader->info;
    wav_reader_rewind(reader);
    *out = reader;
    return 0;
}

void wav_reader_close(struct wav_reader *reader)
{
    if (reader == NULL)
        return;
    fclose(reader->file);
    free(reader);
}

static void step(struct wav_reader *reader)
{
    uint8_t bytes[4];
    size_t size = 2 * (size_t)reader->info.channels;
    memcpy(reader->before, reader->after, sizeof reader->before);
    if (reader->data_read + size > reader->data_length || fread(bytes, 1, size, reader->file) != size) {
        reader->ended = true;
        return;
    }
    reader->data_read += (uint32_t)size;
    for (unsigned i = 0; i < reader->info.channels; i++)
        reader->after[i] = (int16_t)le_get_u16(bytes + (size_t)2 * i);
}

size_t wav_reader_next(struct wav_reader *reader, int16_t *out, size_t count)
{
    size_t done = 0;
    while (done < count && !reader->ended) {
        for (unsigned i = 0; i < reader->info.channels; i++) {
            int difference = reader->after[i] - reader->before[i];
            int64_t part = (int64_t)difference * reader->phase / OUT_RATE;
            *out++ = (int16_t)(reader->before[i] + part);
        }
        done++;
        for (reader->phase += reader->info.rate; reader->phase >= OUT_RATE && !reader->ended; reader->phase -= OUT_RATE)
            step(reader);
    }
    return done;
}

void wav_reader_rewind(struct wav_reader *reader)
{
    reader->data_read = 0;
    reader->phase = 0;
    reader->ended = fseek(reader->file, reader->data_start, SEEK_SET) != 0;
    step(reader);
    step(reader);
}
