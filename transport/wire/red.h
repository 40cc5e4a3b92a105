/* RED packets (RFC 2198), beside the codec table's `parse`, which finds their newest block. Pure. */
#ifndef HEDDLE_WIRE_RED_H
#define HEDDLE_WIRE_RED_H

#include <stddef.h>
#include <stdint.h>

/* Writes the receiver's payload type of the codec inside into each of the block headers, which are `length` bytes that
 * were parsed before (struct frame_info's red_header_length). */
void red_set_payload_type(uint8_t *headers, size_t length, uint8_t payload_type);

#define RED_HEAD_SIZE 5
#define RED_OLDER_LENGTH_MAX 1023
#define RED_OLDER_OFFSET_MAX 16383

/* The head of a packet with one older block, which comes right behind it, and is followed by the newest. `length` and
 * `timestamp_offset` of the older one, within the limits above. */
void red_write_head(uint8_t head[RED_HEAD_SIZE], uint8_t payload_type, uint32_t timestamp_offset, size_t length);

struct red_block {
    uint8_t payload_type;
    uint32_t timestamp_offset; /* to be subtracted from the packet's timestamp */
    const uint8_t *data;       /* in the payload */
    size_t length;
};
/* The older blocks of a payload that `parse` takes, oldest first; at most `capacity` of them, the newest ones. Returns
 * how many. */
size_t red_older_blocks(const uint8_t *payload, size_t length, struct red_block *blocks, size_t capacity);

#endif
