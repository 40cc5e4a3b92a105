/* Cuts coded VP8 frames into RTP payloads (RFC 7741): the descriptor with a 15-bit picture id, TL0PICIDX and TID where
 * the stream has temporal layers, and parts that differ by a byte at most. Pure. */
#ifndef HEDDLE_CLIENT_VP8_PACKETIZER_H
#define HEDDLE_CLIENT_VP8_PACKETIZER_H

#include "client/media/vpx_encoder.h"
#include "transport/wire/vp8_writer.h"

struct vp8_packetizer {
    uint16_t picture_id; /* of the next frame; 15 bits */
    uint8_t tl0picidx;   /* of the current layer-0 frame */
    bool started;
    /* the frame being cut */
    struct vp8_part part; /* its descriptor, as far as it is cut */
    const uint8_t *data;
    size_t left;
    size_t parts_left;
};

void vp8_packetizer_init(struct vp8_packetizer *packetizer, uint16_t picture_id, uint8_t tl0picidx);
/* Starts a frame, whose bytes must stay until it is cut. `payload_max`: descriptor included, more than 6. */
void vp8_packetizer_frame(struct vp8_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max);
/* Writes the next payload to `out` (payload_max bytes); `is_last` for the marker bit. Returns its length,
 * 0: no more. */
size_t vp8_packetizer_next(struct vp8_packetizer *packetizer, uint8_t *out, bool *is_last);

#endif
