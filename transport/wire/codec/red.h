/* The block headers of RED (RFC 2198), for what reads them (red.c) and what writes and splits packets
 * (transport/hop/redundancy.c), and nobody else.
 *
 *   1 | payload type:7 | timestamp offset:14 | length:10    a header for each older block
 *   0 | payload type:7                                      and one for the newest, whose length is what is left */
#ifndef HEDDLE_WIRE_CODEC_RED_H
#define HEDDLE_WIRE_CODEC_RED_H

#define RED_ANOTHER_FOLLOWS 0x80
#define RED_PAYLOAD_TYPE_MASK 0x7f
#define RED_OLDER_HEADER_SIZE 4
#define RED_NEWEST_HEADER_SIZE 1
#define RED_LENGTH_BITS 10
#define RED_LENGTH_MASK 0x3ff

#endif
