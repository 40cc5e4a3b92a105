#include "client/media/ogg_opus.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <opus.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/little_endian.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define READ_SIZE 4096
#define HEAD_SIZE 19
#define RATE 48000
#define PACKETS_PER_PAGE 50 /* one second of 20 ms packets */

struct ogg_reader {
    FILE *file;
    ogg_sync_state sync;
    ogg_stream_state stream;
    bool has_stream;
    unsigned headers_left; /* OpusHead and OpusTags */
    unsigned channels;
};

/* The next packet of the first logical stream; false at the end. */
static bool read_packet(struct ogg_reader *reader, ogg_packet *packet)
{
    for (;;) {
        if (reader->has_stream && ogg_stream_packetout(&reader->stream, packet) == 1)
            return true;
        ogg_page page;
        while (ogg_sync_pageout(&reader->sync, &page) != 1) {
            char *buffer = ogg_sync_buffer(&reader->sync, READ_SIZE);
            size_t got = buffer != NULL ? fread(buffer, 1, READ_SIZE, reader->file) : 0;
            if (got == 0)
                return false;
            ogg_sync_wrote(&reader->sync, (long)got);
        }
        if (!reader->has_stream) {
            ogg_stream_init(&reader->stream, ogg_page_serialno(&page));
            reader->has_stream = true;
        }
        if (ogg_page_serialno(&page) == reader->stream.serialno)
            ogg_stream_pagein(&reader->stream, &page);
    }
}

static int read_head(struct ogg_reader *reader)
{
    ogg_packet packet;
    if (!read_packet(reader, &packet))
        return ERR_INVALID;
    if (packet.bytes < HEAD_SIZE || memcmp(packet.packet, "OpusHead", 8) != 0)
        return ERR_UNSUPPORTED;
    reader->channels = packet.packet[9];
    return reader->channels >= 1 && reader->channels <= 2 ? 0 : ERR_UNSUPPORTED;
}

int ogg_reader_open(struct ogg_reader **out, const char *path, unsigned *channels)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return ERR_IO;
    struct ogg_reader *reader = mem_alloc(sizeof *reader);
    reader->file = file;
    ogg_sync_init(&reader->sync);
    int error = read_head(reader);
    if (error != 0) {
        ogg_reader_close(reader);
        return error;
    }
    reader->headers_left = 1;
    *channels = reader->channels;
    *out = reader;
    return 0;
}

void ogg_reader_close(struct ogg_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->has_stream)
        ogg_stream_clear(&reader->stream);
    ogg_sync_clear(&reader->sync);
    fclose(reader->file);
    free(reader);
}

int ogg_reader_next(struct ogg_reader *reader, const uint8_t **data, size_t *length)
{
    ogg_packet packet;
    if (!read_packet(reader, &packet))
        return 0;
    for (; reader->headers_left > 0; reader->headers_left--)
        if (!read_packet(reader, &packet))
            return 0;
    *data = packet.packet;
    *length = (size_t)packet.bytes;
    return 1;
}

void ogg_reader_rewind(struct ogg_reader *reader)
{
    rewind(reader->file);
    ogg_sync_reset(&reader->sync);
    ogg_stream_reset(&reader->stream);
    reader->headers_left = 2;
}

struct ogg_writer {
    FILE *file;
    ogg_stream_state stream;
    int64_t count;
    unsigned on_page;
    /* One packet is held back, so that the last can carry the end mark. */
    uint8_t *held;
    size_t held_length, held_capacity;
    uint64_t held_position;
    int error; /* errno of the first failure; 0: none */
};

static void fail(struct ogg_writer *writer)
{
    if (writer->error == 0)
        writer->error = errno != 0 ? errno : EIO;
}

static void write_pages(struct ogg_writer *writer, bool all)
{
    ogg_page page;
    while ((all ? ogg_stream_flush(&writer->stream, &page) : ogg_stream_pageout(&writer->stream, &page)) != 0)
        if (fwrite(page.header, 1, (size_t)page.header_len, writer->file) != (size_t)page.header_len ||
            fwrite(page.body, 1, (size_t)page.body_len, writer->file) != (size_t)page.body_len)
            fail(writer);
}

static void write_packet(struct ogg_writer *writer, uint8_t *data, size_t length, uint64_t position, bool is_last)
{
    ogg_packet packet = {.packet = data,
                         .bytes = (long)length,
                         .b_o_s = writer->count == 0,
                         .e_o_s = is_last,
                         .granulepos = (ogg_int64_t)position,
                         .packetno = writer->count};
    writer->count++;
    ogg_stream_packetin(&writer->stream, &packet);
    bool is_header = writer->count <= 2;
    writer->on_page = is_header ? 0 : writer->on_page + 1;
    bool flush = is_header || is_last || writer->on_page >= PACKETS_PER_PAGE;
    write_pages(writer, flush);
    if (flush)
        writer->on_page = 0;
}

int ogg_writer_open(struct ogg_writer **out, const char *path, unsigned channels, uint32_t serial)
{
    FILE *file = fopen(path, "wbx");
    if (file == NULL)
        return ERR_IO;
    struct ogg_writer *writer = mem_alloc(sizeof *writer);
    writer->file = file;
    ogg_stream_init(&writer->stream, (int)serial);

    uint8_t head[HEAD_SIZE] = "OpusHead";
    head[8] = 1; /* version */
    head[9] = (uint8_t)channels;
    le_put_u32(head + 12, RATE);
    write_packet(writer, head, sizeof head, 0, false);

    static const char vendor[] = "heddle";
    uint8_t tags[8 + 4 + sizeof vendor - 1 + 4] = "OpusTags";
    le_put_u32(tags + 8, sizeof vendor - 1);
    memcpy(tags + 12, vendor, sizeof vendor - 1);
    write_packet(writer, tags, sizeof tags, 0, false);
    *out = writer;
    return 0;
}

int ogg_writer_packet(struct ogg_writer *writer, const uint8_t *data, size_t length, uint64_t position)
{
    if (writer->held_length > 0)
        write_packet(writer, writer->held, writer->held_length, writer->held_position, false);
    if (length > writer->held_capacity) {
        writer->held = mem_resize(writer->held, length, 1);
        writer->held_capacity = length;
    }
    memcpy(writer->held, data, length);
    writer->held_length = length;
    writer->held_position = position;
    errno = writer->error;
    return writer->error != 0 ? ERR_IO : 0;
}

int ogg_writer_close(struct ogg_writer *writer)
{
    if (writer == NULL)
        return 0;
    if (writer->held_length > 0)
        write_packet(writer, writer->held, writer->held_length, writer->held_position, true);
    if (fclose(writer->file) != 0)
        fail(writer);
    int error = writer->error;
    ogg_stream_clear(&writer->stream);
    free(writer->held);
    free(writer);
    errno = error;
    return error != 0 ? ERR_IO : 0;
}

unsigned opus_packet_samples(const uint8_t *data, size_t length)
{
    if (length == 0)
        return 0;
    int samples = opus_packet_get_nb_samples(data, (opus_int32)length, RATE);
    return samples > 0 ? (unsigned)samples : 0;
}
