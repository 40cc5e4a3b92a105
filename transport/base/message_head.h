/* Head and end of all written messages between threads and between cores. The head is version (1 byte), type (1), and
 * the id of the connection or publisher (8), in network byte order. */
#ifndef HEDDLE_BASE_MESSAGE_HEAD_H
#define HEDDLE_BASE_MESSAGE_HEAD_H

#include "transport/base/byte_cursor.h"
#include "transport/base/error.h"

static inline void write_head(struct byte_writer *writer, uint8_t version, uint8_t type, uint64_t whose)
{
    write_u8(writer, version);
    write_u8(writer, type);
    write_u64(writer, whose);
}

/* The length of the message, or ERR_NO_SPACE. */
static inline int write_end(const struct byte_writer *writer)
{
    return writer->has_failed ? ERR_NO_SPACE : (int)writer->length;
}

/* ERR_TRUNCATED, or ERR_UNSUPPORTED: of another version. `type` and `whose` are set in any case, to 0 if the bytes end
 * before them. */
static inline int read_head(struct byte_reader *reader, uint8_t version, uint8_t *type, uint64_t *whose)
{
    uint8_t given = read_u8(reader);
    *type = read_u8(reader);
    *whose = read_u64(reader);
    if (reader->has_failed)
        return ERR_TRUNCATED;
    return given == version ? 0 : ERR_UNSUPPORTED;
}

/* The result of reading a message: 0, ERR_TRUNCATED, or ERR_INVALID (bytes are left over, or not `is_valid`: a value is
 * impossible). */
static inline int read_end(const struct byte_reader *reader, bool is_valid)
{
    if (reader->has_failed)
        return ERR_TRUNCATED;
    return is_valid && reader->left == 0 ? 0 : ERR_INVALID;
}

#endif
