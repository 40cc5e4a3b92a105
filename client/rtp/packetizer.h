/* Cuts coded frames into RTP payloads, each codec as its payload format wants it: VP8 (vp8_packetizer.h), VP9 (RFC
 * 9628) of one layer, H.264 (RFC 6184, single units and FU-A) from a byte stream with start codes, AV1 (the AV1 RTP
 * specification) from OBUs that tell their sizes. Pure. */
#ifndef HEDDLE_CLIENT_PACKETIZER_H
#define HEDDLE_CLIENT_PACKETIZER_H

#include "client/rtp/h264_packetizer.h"
#include "client/rtp/obu_packetizer.h"
#include "client/rtp/vp8_packetizer.h"
#include "client/rtp/vp9_packetizer.h"
#include "transport/wire/codec.h"

struct packetizer {
    enum codec codec;
    union {
        struct vp8_packetizer vp8;
        struct vp9_packetizer vp9;
        struct h264_packetizer h264;
        struct obu_packetizer av1;
    };
};

/* `codec` is one of video; `random` is where its picture numbers begin. */
void packetizer_init(struct packetizer *packetizer, enum codec codec, uint32_t random);
/* Starts a frame, whose bytes must stay until it is cut. `payload_max`: 64 at least. */
void packetizer_frame(struct packetizer *packetizer, const struct coded_frame *frame, size_t payload_max);
/* Writes the next payload to `out` (payload_max bytes); `is_last` for the marker bit. Returns its length,
 * 0: no more. */
size_t packetizer_next(struct packetizer *packetizer, uint8_t *out, bool *is_last);

#endif
