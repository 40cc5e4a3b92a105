#include "client/rtp/packetizer.h"

void packetizer_init(struct packetizer *packetizer, enum codec codec, uint32_t random)
{
    *packetizer = (struct packetizer){.codec = codec};
    if (codec == CODEC_VP8)
        vp8_packetizer_init(&packetizer->vp8, (uint16_t)random, (uint8_t)(random >> 16));
    else if (codec == CODEC_VP9)
        vp9_packetizer_init(&packetizer->vp9, (uint16_t)random);
}

void packetizer_frame(struct packetizer *packetizer, const struct coded_frame *frame, size_t payload_max)
{
    switch (packetizer->codec) {
    case CODEC_VP8:
        vp8_packetizer_frame(&packetizer->vp8, frame, payload_max);
        break;
    case CODEC_VP9:
        vp9_packetizer_frame(&packetizer->vp9, frame, payload_max);
        break;
    case CODEC_H264:
        h264_packetizer_frame(&packetizer->h264, frame, payload_max);
        break;
    case CODEC_AV1:
        obu_packetizer_frame(&packetizer->av1, frame, payload_max);
        break;
    default:
        break;
    }
}

size_t packetizer_next(struct packetizer *packetizer, uint8_t *out, bool *is_last)
{
    switch (packetizer->codec) {
    case CODEC_VP8:
        return vp8_packetizer_next(&packetizer->vp8, out, is_last);
    case CODEC_VP9:
        return vp9_packetizer_next(&packetizer->vp9, out, is_last);
    case CODEC_H264:
        return h264_packetizer_next(&packetizer->h264, out, is_last);
    case CODEC_AV1:
        return obu_packetizer_next(&packetizer->av1, out, is_last);
    default:
        return 0;
    }
}
