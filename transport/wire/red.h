/* What is written into RED packets (RFC 2198); reading them is the codec table's `parse`. Pure. */
#ifndef HEDDLE_WIRE_RED_H
#define HEDDLE_WIRE_RED_H

#include <stddef.h>
#include <stdint.h>

/* Writes what the receiver calls the codec inside into each of the block headers, which are `length` bytes that were
 * parsed before (struct frame_info's red_header_length). */
void red_set_payload_type(uint8_t *headers, size_t length, uint8_t payload_type);

#endif
