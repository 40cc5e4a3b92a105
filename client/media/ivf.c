#include "client/media/ivf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/little_endian.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define HEADER_SIZE 32
#define FRAME_HEADER_SIZE 12
#define FRAME_MAX (16U * 1024 * 1024)

static const struct {
    char fourcc[5];
    enum codec codec;
} codecs[] = {{"VP80", CODEC_VP8}, {"VP90", CODEC_VP9}, {"AV01", CODEC_AV1}};

struct ivf_reader {
    FILE *file;
    long first_frame;
    uint8_t *buffer;
    size_t capacity;
};

static int read_header(FILE *file, struct ivf_info *info, long *first_frame)
{
    uint8_t header[HEADER_SIZE];
    if (fread(header, 1, sizeof header, file) != sizeof header)
        return ERR_TRUNCATED;
    if (memcmp(header, "DKIF", 4) != 0 || le_get_u16(header + 6) < HEADER_SIZE)
        return ERR_INVALID;
    *info = (struct ivf_info){.width = le_get_u16(header + 12),
                              .height = le_get_u16(header + 14),
                              .rate = le_get_u32(header + 16),
                              .scale = le_get_u32(header + 20)};
    if (info->rate == 0 || info->scale == 0)
        return ERR_INVALID;
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (memcmp(header + 8, codecs[i].fourcc, 4) == 0)
            info->codec = codecs[i].codec;
    *first_frame = le_get_u16(header + 6);
    return info->codec != CODEC_NONE ? 0 : ERR_UNSUPPORTED;
}

int ivf_reader_open(struct ivf_reader **out, const char *path, struct ivf_info *info)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ERR_IO;
    long first_frame;
    int error = read_header(file, info, &first_frame);
    if (error != 0) {
        fclose(file);
        return error;
    }
    struct ivf_reader *reader = mem_alloc(sizeof *reader);
    reader->file = file;
    reader->first_frame = first_frame;
    ivf_reader_rewind(reader);
    *out = reader;
    return 0;
}

void ivf_reader_close(struct ivf_reader *reader)
{
    if (reader == NULL)
        return;
    fclose(reader->file);
    free(reader->buffer);
    free(reader);
}

int ivf_reader_next(struct ivf_reader *reader, const uint8_t **data, size_t *length, uint64_t *time)
{
    uint8_t header[FRAME_HEADER_SIZE];
    size_t size;
    do { /* a frame without bytes is one that the encoder left out */
        size_t got = fread(header, 1, sizeof header, reader->file);
        if (got == 0)
            return 0;
        if (got < sizeof header)
            return ERR_TRUNCATED;
        size = le_get_u32(header);
    } while (size == 0);
    if (size > FRAME_MAX)
        return ERR_INVALID;
    if (size > reader->capacity) {
        reader->buffer = mem_resize(reader->buffer, size, 1);
        reader->capacity = size;
    }
    if (fread(reader->buffer, 1, size, reader->file) != size)
        return ERR_TRUNCATED;
    *data = reader->buffer;
    *length = size;
    *time = le_get_u64(header + 4);
    return 1;
}

void ivf_reader_rewind(struct ivf_reader *reader)
{
    if (fseek(reader->file, reader->first_frame, SEEK_SET) != 0)
        clearerr(reader->file); /* a pipe cannot go back to its start: the next read fails */
}

struct ivf_writer {
    FILE *file;
    struct ivf_info info;
    uint32_t frames;
    uint64_t first_time, last_time;
    int error; /* errno of the first failure; 0: none */
};

static void fail(struct ivf_writer *writer)
{
    if (writer->error == 0)
        writer->error = errno != 0 ? errno : EIO;
}

/* What others read as the stream's length in units of its time: for frames one unit apart their number. */
static uint32_t duration(const struct ivf_writer *writer)
{
    if (writer->frames < 2)
        return writer->frames;
    uint64_t span = writer->last_time - writer->first_time;
    return (uint32_t)(span + span / (writer->frames - 1));
}

static void write_header(struct ivf_writer *writer)
{
    uint8_t header[HEADER_SIZE] = "DKIF";
    le_put_u16(header + 6, HEADER_SIZE);
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (codecs[i].codec == writer->info.codec)
            memcpy(header + 8, codecs[i].fourcc, 4);
    le_put_u16(header + 12, (uint16_t)writer->info.width);
    le_put_u16(header + 14, (uint16_t)writer->info.height);
    le_put_u32(header + 16, writer->info.rate);
    le_put_u32(header + 20, writer->info.scale);
    le_put_u32(header + 24, duration(writer));
    if (fwrite(header, 1, sizeof header, writer->file) != sizeof header)
        fail(writer);
}

int ivf_writer_open(struct ivf_writer **out, const char *path, const struct ivf_info *info)
{
    FILE *file = fopen(path, "wbx");
    if (file == NULL)
        return ERR_IO;
    struct ivf_writer *writer = mem_alloc(sizeof *writer);
    writer->file = file;
    writer->info = *info;
    write_header(writer);
    *out = writer;
    return 0;
}

int ivf_writer_frame(struct ivf_writer *writer, const uint8_t *data, size_t length, uint64_t time)
{
    uint8_t header[FRAME_HEADER_SIZE];
    le_put_u32(header, (uint32_t)length);
    le_put_u64(header + 4, time);
    if (fwrite(header, 1, sizeof header, writer->file) != sizeof header ||
        fwrite(data, 1, length, writer->file) != length) {
        fail(writer);
        errno = writer->error;
        return ERR_IO;
    }
    if (writer->frames++ == 0)
        writer->first_time = time;
    writer->last_time = time;
    return 0;
}

int ivf_writer_close(struct ivf_writer *writer)
{
    if (writer == NULL)
        return 0;
    if (fseek(writer->file, 0, SEEK_SET) == 0)
        write_header(writer);
    else
        fail(writer);
    if (fclose(writer->file) != 0)
        fail(writer);
    int error = writer->error;
    free(writer);
    errno = error;
    return error != 0 ? ERR_IO : 0;
}
