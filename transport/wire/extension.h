/* RTP header extensions (RFC 8285): which ones we know, their ids in one m-line, reading and writing. */
#ifndef HEDDLE_WIRE_EXTENSION_H
#define HEDDLE_WIRE_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/wire/rtp.h"

enum extension {
    EXTENSION_MID,          /* RFC 8843 */
    EXTENSION_RID,          /* RFC 8852 */
    EXTENSION_REPAIRED_RID, /* RFC 8852 */
    EXTENSION_AUDIO_LEVEL,  /* RFC 6464 */
    EXTENSION_ABS_SEND_TIME,
    EXTENSION_TRANSPORT_SEQUENCE, /* transport-wide congestion control */
    EXTENSION_TOFFSET,            /* RFC 5450 */
    EXTENSION_VIDEO_ORIENTATION,  /* 3GPP CVO */
    EXTENSION_PLAYOUT_DELAY,
    EXTENSION_DEPENDENCY_DESCRIPTOR,
    EXTENSION_VIDEO_LAYERS_ALLOCATION,
    EXTENSION_ABS_CAPTURE_TIME,
    EXTENSION_COUNT,
};

/* The ids of one m-line; 0: not negotiated. 1..14 fit the one-byte form, up to 255 the two-byte form. */
struct extension_map {
    uint8_t id[EXTENSION_COUNT];
};

/* EXTENSION_COUNT when the URI is unknown. */
enum extension extension_from_uri(const char *uri);
const char *extension_uri(enum extension extension);

/* Where each known extension's value stands in a packet; length 0: absent (an extension of length 0
 * counts as absent). */
struct extension_values {
    struct {
        uint16_t offset;
        uint8_t length;
    } at[EXTENSION_COUNT];
};

/* Reads both forms; padding, unknown ids, and values of a length that their extension cannot have are skipped. 0 or
 * ERR_INVALID (an element runs over the block). */
int extension_parse(struct extension_values *values, const struct extension_map *map, const uint8_t *packet,
                    const struct rtp_header *header);

/* What the one-byte form can say (RFC 8285 section 4.2). */
#define EXTENSION_ONE_BYTE_ID_MAX 14
#define EXTENSION_ONE_BYTE_LENGTH_MAX 16

/* Writes an extension block element by element; picks the two-byte form when an id or a length needs it. */
struct extension_writer {
    uint8_t *out;
    size_t capacity;
    size_t length; /* of the whole block so far, its 4-byte header included; 0 before the first element */
    bool two_byte;
};
void extension_writer_init(struct extension_writer *writer, uint8_t *out, size_t capacity, bool two_byte);
/* 0, or ERR_NO_SPACE; id 0 is silently left out. Returns the offset of the value in `out` on success (>= 5). */
int extension_write(struct extension_writer *writer, uint8_t id, const void *value, size_t length);
/* Pads to 32 bits and fills in the block header; returns the block's length (0 when nothing was written). */
size_t extension_writer_finish(struct extension_writer *writer);

#endif
