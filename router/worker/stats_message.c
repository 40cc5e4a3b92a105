#include "router/worker/stats_message.h"

#include "router/worker/statistic_tables.h"
#include "transport/base/byte_cursor.h"

#define STATS_SIZE 1024 /* of a worker, without its connections */
#define CONNECTION_SIZE 512
#define PUBLICATION_SIZE 256
#define SLOT_SIZE 256
#define ITEM_MIN 16 /* least bytes of a connection, publication or slot */

enum { PUBLICATION_IS_VIDEO = 1, PUBLICATION_IS_MUTED = 2, PUBLICATION_FLAGS = 3 };

size_t worker_stats_size(const struct worker_stats *stats)
{
    return STATS_SIZE + stats->connection_count * CONNECTION_SIZE + stats->publication_count * PUBLICATION_SIZE +
           stats->slot_count * SLOT_SIZE;
}

static void write_publication(struct byte_writer *writer, const struct publication_stats *stats)
{
    write_text(writer, stats->id);
    write_u8(writer, (uint8_t)((stats->kind == MEDIA_VIDEO ? PUBLICATION_IS_VIDEO : 0) |
                               (stats->muted ? PUBLICATION_IS_MUTED : 0)));
    write_u8(writer, (uint8_t)stats->codec);
    statistics_write(&publication_statistics, stats, writer);
    write_u8(writer, (uint8_t)stats->encoding_count);
    for (size_t i = 0; i < stats->encoding_count; i++)
        write_u64(writer, stats->encoding_bps[i]);
    write_u8(writer, (uint8_t)stats->asked_encodings);
}

static void write_slot(struct byte_writer *writer, const struct slot_stats *stats)
{
    write_text(writer, stats->mid);
    write_text(writer, stats->publication);
    write_u8(writer, (uint8_t)stats->state);
    write_u8(writer, (uint8_t)stats->codec);
    statistics_write(&slot_statistics, stats, writer);
}

static void write_connection(struct byte_writer *writer, const struct connection_stats *stats)
{
    write_u64(writer, stats->id);
    write_text(writer, stats->room);
    write_text(writer, stats->participant);
    write_text(writer, stats->path);
    write_text(writer, stats->profile);
    statistics_write(&connection_statistics, stats, writer);
    statistics_write(&direction_statistics, &stats->totals.in, writer);
    statistics_write(&direction_statistics, &stats->totals.out, writer);
    write_u32(writer, (uint32_t)stats->publication_count);
    write_u32(writer, (uint32_t)stats->slot_count);
    for (size_t i = 0; i < stats->publication_count; i++)
        write_publication(writer, &stats->publications[i]);
    for (size_t i = 0; i < stats->slot_count; i++)
        write_slot(writer, &stats->slots[i]);
}

void worker_stats_write(struct byte_writer *writer, const struct worker_stats *stats)
{
    write_u16(writer, (uint16_t)stats->worker);
    write_u64(writer, stats->request);
    write_u32(writer, (uint32_t)stats->connection_count);
    write_u32(writer, (uint32_t)stats->publication_count);
    write_u32(writer, (uint32_t)stats->slot_count);
    statistics_write(&worker_statistics, stats, writer);
    for (size_t i = 0; i < stats->connection_count; i++)
        write_connection(writer, &stats->connections[i]);
}

/* These check values; whether the bytes were there, byte_reader tells in the end. */

static bool read_codec(struct byte_reader *reader, enum codec *codec)
{
    return codec_from_number(read_u8(reader), codec);
}

static bool read_publication(struct byte_reader *reader, struct publication_stats *stats)
{
    bool is_valid = read_text(reader, stats->id, sizeof stats->id);
    uint8_t flags = read_u8(reader);
    stats->kind = (flags & PUBLICATION_IS_VIDEO) != 0 ? MEDIA_VIDEO : MEDIA_AUDIO;
    stats->muted = (flags & PUBLICATION_IS_MUTED) != 0;
    is_valid = is_valid && flags <= PUBLICATION_FLAGS && read_codec(reader, &stats->codec) &&
               statistics_read(&publication_statistics, stats, reader) &&
               read_count(reader, MEDIA_ENCODINGS_MAX, &stats->encoding_count);
    for (size_t i = 0; i < stats->encoding_count; i++)
        stats->encoding_bps[i] = read_u64(reader);
    stats->asked_encodings = read_u8(reader);
    return is_valid && stats->asked_encodings < 1u << stats->encoding_count;
}

static bool read_slot(struct byte_reader *reader, struct slot_stats *stats)
{
    return read_text(reader, stats->mid, sizeof stats->mid) &&
           read_text(reader, stats->publication, sizeof stats->publication) &&
           slot_state_from_number(read_u8(reader), &stats->state) && read_codec(reader, &stats->codec) &&
           statistics_read(&slot_statistics, stats, reader);
}

/* Publications and slots of a connection are parts of the worker's arrays; false if those are used up. */
static bool read_items(struct byte_reader *reader, struct worker_stats *stats, struct connection_stats *connection)
{
    connection->publications = stats->publications + stats->publication_count;
    connection->slots = stats->slots + stats->slot_count;
    connection->publication_count = read_u32(reader);
    connection->slot_count = read_u32(reader);
    if (connection->publication_count > stats->publication_capacity - stats->publication_count ||
        connection->slot_count > stats->slot_capacity - stats->slot_count)
        return false;
    bool is_valid = true;
    for (size_t i = 0; is_valid && !reader->has_failed && i < connection->publication_count; i++)
        is_valid = read_publication(reader, &connection->publications[i]);
    for (size_t i = 0; is_valid && !reader->has_failed && i < connection->slot_count; i++)
        is_valid = read_slot(reader, &connection->slots[i]);
    stats->publication_count += connection->publication_count;
    stats->slot_count += connection->slot_count;
    return is_valid;
}

static bool read_connection(struct byte_reader *reader, struct worker_stats *stats)
{
    struct connection_stats *connection = &stats->connections[stats->connection_count];
    connection->id = read_u64(reader);
    connection->worker = stats->worker;
    bool is_valid = read_text(reader, connection->room, sizeof connection->room) &&
                    read_text(reader, connection->participant, sizeof connection->participant) &&
                    read_text(reader, connection->path, sizeof connection->path) &&
                    read_text(reader, connection->profile, sizeof connection->profile) &&
                    statistics_read(&connection_statistics, connection, reader) &&
                    statistics_read(&direction_statistics, &connection->totals.in, reader) &&
                    statistics_read(&direction_statistics, &connection->totals.out, reader) &&
                    read_items(reader, stats, connection);
    stats->connection_count++;
    return is_valid;
}

/* Counts that the remaining bytes cannot hold are refused before anything is allocated. */
static struct worker_stats *read_counts(struct byte_reader *reader)
{
    size_t connections = read_u32(reader), publications = read_u32(reader), slots = read_u32(reader);
    size_t most = reader->left / ITEM_MIN;
    if (reader->has_failed || connections > most || publications > most || slots > most)
        return NULL;
    return worker_stats_new(connections, publications, slots);
}

bool worker_stats_read(struct byte_reader *reader, struct worker_stats **out)
{
    unsigned worker = read_u16(reader);
    uint64_t request = read_u64(reader);
    struct worker_stats *stats = *out = read_counts(reader);
    if (stats == NULL)
        return false;
    stats->worker = worker;
    stats->request = request;
    bool is_valid = statistics_read(&worker_statistics, stats, reader);
    size_t connections = stats->connection_count;
    stats->connection_count = 0;
    is_valid = is_valid && connections == stats->connection_capacity;
    while (is_valid && !reader->has_failed && stats->connection_count < connections)
        is_valid = read_connection(reader, stats);
    return is_valid && stats->publication_count == stats->publication_capacity &&
           stats->slot_count == stats->slot_capacity;
}
