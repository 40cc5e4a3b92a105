/* Writes and reads a format field by field, in network byte order. A reader or writer that has failed does nothing
 * more, so that its user checks it once, at the end. */
#ifndef HEDDLE_BASE_BYTE_CURSOR_H
#define HEDDLE_BASE_BYTE_CURSOR_H

#include <stdbool.h>
#include <string.h>

#include "transport/base/bytes.h"

struct byte_writer {
    uint8_t *out;
    size_t length, capacity;
    bool has_failed; /* there was no room */
};

struct byte_reader {
    const uint8_t *data;
    size_t left;
    bool has_failed; /* the bytes ended too early */
};

/* The next `length` bytes, to be filled in; NULL: no room. */
static inline uint8_t *write_reserve(struct byte_writer *writer, size_t length)
{
    uint8_t *at = writer->out + writer->length;
    writer->has_failed = writer->has_failed || length > writer->capacity - writer->length;
    if (writer->has_failed)
        return NULL;
    writer->length += length;
    return at;
}

static inline void write_u8(struct byte_writer *writer, uint8_t value)
{
    uint8_t *at = write_reserve(writer, 1);
    if (at != NULL)
        *at = value;
}

static inline void write_u16(struct byte_writer *writer, uint16_t value)
{
    uint8_t *at = write_reserve(writer, 2);
    if (at != NULL)
        put_u16(at, value);
}

static inline void write_u32(struct byte_writer *writer, uint32_t value)
{
    uint8_t *at = write_reserve(writer, 4);
    if (at != NULL)
        put_u32(at, value);
}

static inline void write_u64(struct byte_writer *writer, uint64_t value)
{
    uint8_t *at = write_reserve(writer, 8);
    if (at != NULL)
        put_u64(at, value);
}

/* One byte, in which only bit 0 has a meaning. */
static inline void write_flag(struct byte_writer *writer, bool is_set)
{
    write_u8(writer, is_set ? 1 : 0);
}

static inline void write_bytes(struct byte_writer *writer, const void *bytes, size_t length)
{
    uint8_t *at = write_reserve(writer, length);
    if (at != NULL)
        memcpy(at, bytes, length);
}

/* Its length in one byte, then its characters. */
static inline void write_text(struct byte_writer *writer, const char *text)
{
    size_t length = strlen(text);
    writer->has_failed = writer->has_failed || length > UINT8_MAX;
    write_u8(writer, (uint8_t)length);
    write_bytes(writer, text, length);
}

/* For longer texts: the length in two bytes. */
static inline void write_long_text(struct byte_writer *writer, const char *text)
{
    size_t length = strlen(text);
    writer->has_failed = writer->has_failed || length > UINT16_MAX;
    write_u16(writer, (uint16_t)length);
    write_bytes(writer, text, length);
}

/* The next `length` bytes; NULL: there are fewer. */
static inline const uint8_t *read_bytes(struct byte_reader *reader, size_t length)
{
    const uint8_t *at = reader->data;
    reader->has_failed = reader->has_failed || length > reader->left;
    if (reader->has_failed)
        return NULL;
    reader->data += length;
    reader->left -= length;
    return at;
}

static inline uint8_t read_u8(struct byte_reader *reader)
{
    const uint8_t *at = read_bytes(reader, 1);
    return at != NULL ? *at : 0;
}

static inline uint16_t read_u16(struct byte_reader *reader)
{
    const uint8_t *at = read_bytes(reader, 2);
    return at != NULL ? get_u16(at) : 0;
}

static inline uint32_t read_u32(struct byte_reader *reader)
{
    const uint8_t *at = read_bytes(reader, 4);
    return at != NULL ? get_u32(at) : 0;
}

static inline uint64_t read_u64(struct byte_reader *reader)
{
    const uint8_t *at = read_bytes(reader, 8);
    return at != NULL ? get_u64(at) : 0;
}

/* The next `length` bytes as a text. False: it is longer than `out` (which is "" then), or holds a NUL. If the bytes
 * end too early, the reader fails. */
static inline bool read_characters(struct byte_reader *reader, size_t length, char *out, size_t capacity)
{
    const uint8_t *at = read_bytes(reader, length);
    out[0] = '\0';
    if (at == NULL)
        return true;
    if (length >= capacity || memchr(at, '\0', length) != NULL)
        return false;
    memcpy(out, at, length);
    out[length] = '\0';
    return true;
}

/* What write_text() wrote. */
static inline bool read_text(struct byte_reader *reader, char *out, size_t capacity)
{
    return read_characters(reader, read_u8(reader), out, capacity);
}

/* What write_long_text() wrote. */
static inline bool read_long_text(struct byte_reader *reader, char *out, size_t capacity)
{
    return read_characters(reader, read_u16(reader), out, capacity);
}

/* What write_flag() wrote. False: other bits are set, too. */
static inline bool read_flag(struct byte_reader *reader, bool *is_set)
{
    uint8_t flags = read_u8(reader);
    *is_set = flags == 1;
    return flags <= 1;
}

/* A count in one byte. False: it is more than `max`; *count is 0 then. */
static inline bool read_count(struct byte_reader *reader, size_t max, size_t *count)
{
    size_t given = read_u8(reader);
    *count = given <= max ? given : 0;
    return given <= max;
}

#endif
