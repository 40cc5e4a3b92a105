/* VP9 of one layer (RFC 9628): the descriptor with a 15-bit picture id, and parts that differ by a byte at most. Used
 * through packetizer.h, which says what the functions do. */
#ifndef HEDDLE_CLIENT_VP9_PACKETIZER_H
#define HEDDLE_CLIENT_VP9_PACKETIZER_H

#include "client/media/vpx_encoder.h"

struct vp9_packetizer {
    uint16_t picture_id; /* of the frame being cut */
    bool is_start, is_keyframe;
    const uint8_t *data;
    size_t left, parts_left;
};

void vp9_packetizer_init(struct vp9_packetizer *packetizer, uint16_t picture_id);
void vp9_packetizer_frame(struct vp9_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max);
size_t vp9_packetizer_next(struct vp9_packetizer *packetizer, uint8_t *out, bool *is_last);

#endif
