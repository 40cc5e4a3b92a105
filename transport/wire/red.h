/* Writing of RED packets (RFC 2198); they are read by the codec table's `parse`. Pure. */
#ifndef HEDDLE_WIRE_RED_H
#define HEDDLE_WIRE_RED_H

#include <stddef.h>
#include <stdint.h>

/* Writes the receiver's payload type of the codec inside into each of the block headers, which are `length` bytes that
 * were parsed before (struct frame_info's red_header_length). */
void red_set_payload_type(uint8_t *headers, size_t length, uint8_t payload_type);

#endif
