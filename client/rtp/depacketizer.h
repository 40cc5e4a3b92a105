/* Joins the payloads of a frame's packets to the frame that an encoder gave and a decoder takes: of H.264 a byte stream
 * with start codes, of AV1 OBUs that tell their sizes, of all others what is behind their descriptors. Pure; made for
 * one frame. */
#ifndef HEDDLE_CLIENT_DEPACKETIZER_H
#define HEDDLE_CLIENT_DEPACKETIZER_H

#include "transport/wire/codec.h"

/* What `length` bytes of payload can become at most: with a start code, or a size, for each tiny unit. */
#define DEPACKETIZED_MAX(length) (5 * (size_t)(length) + 8)

struct depacketizer {
    enum codec codec;
    size_t length;  /* of the frame so far */
    size_t size_at; /* where the last OBU's size is; 0: there is none */
};

/* Appends a payload, in the order of the packets, to the frame at `out`; `descriptor`: its head that is none of it. */
void depacketizer_add(struct depacketizer *depacketizer, const uint8_t *payload, size_t length, size_t descriptor,
                      uint8_t *out);

#endif
