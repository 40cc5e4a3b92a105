/* H.264 (RFC 6184, packetization mode 1): each unit of the frame in a packet of its own, those that are too long in
 * fragments. Used through packetizer.h, which says what the functions do. */
#ifndef HEDDLE_CLIENT_H264_PACKETIZER_H
#define HEDDLE_CLIENT_H264_PACKETIZER_H

#include "client/media/vpx_encoder.h"

struct h264_packetizer {
    size_t payload_max;
    const uint8_t *rest, *end; /* of the frame, behind the unit that is being cut */
    const uint8_t *unit;       /* what is left of that */
    size_t left;               /* 0: there is no unit left */
    uint8_t header;            /* of the unit */
    bool is_fragmented, is_start;
};

void h264_packetizer_frame(struct h264_packetizer *packetizer, const struct coded_frame *frame, size_t payload_max);
size_t h264_packetizer_next(struct h264_packetizer *packetizer, uint8_t *out, bool *is_last);

#endif
