/* VP8: RFC 7741. Its profiles do not matter: every decoder supports all of them. */
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/codec/format.h"
#include "transport/wire/codec/frame_info.h"

/* RFC 7741 section 4.2. Optional fields follow each other; each step checks the remaining length. */
static int parse_descriptor(struct frame_info *info, const uint8_t *p, size_t length, size_t *at)
{
    uint8_t flags = 0;
    *at = 1;
    if (p[0] & 0x80) {
        if (length < 2)
            return ERR_TRUNCATED;
        flags = p[1];
        *at = 2;
    }
    if (flags & 0x80) { /* I */
        size_t size = *at < length && (p[*at] & 0x80) ? 2 : 1;
        if (length < *at + size)
            return ERR_TRUNCATED;
        info->picture_id_bits = size == 2 ? 15 : 7;
        info->picture_id_offset = (uint8_t)*at;
        info->picture_id = size == 2 ? get_u16(p + *at) & 0x7fff : p[*at];
        *at += size;
    }
    if (flags & 0x40) { /* L */
        if (length < *at + 1)
            return ERR_TRUNCATED;
        info->has_tl0picidx = true;
        info->tl0picidx_offset = (uint8_t)*at;
        info->tl0picidx = p[(*at)++];
    }
    if (flags & 0x30) { /* T or K share a byte */
        if (length < *at + 1)
            return ERR_TRUNCATED;
        info->has_layers = (flags & 0x20) != 0;
        if (info->has_layers) {
            info->temporal_id = p[*at] >> 6;
            info->sync_temporal = (p[*at] & 0x20) != 0 ? info->temporal_id : 0;
        }
        (*at)++;
    }
    return 0;
}

static int parse(struct frame_info *info, const uint8_t *p, size_t length)
{
    size_t at;
    int error = parse_descriptor(info, p, length, &at);
    if (error != 0)
        return error;
    info->descriptor_length = (uint8_t)at;
    info->discardable = (p[0] & 0x20) != 0;
    info->start = (p[0] & 0x10) != 0 && (p[0] & 0x07) == 0;
    /* RFC 7741 section 4.3: the payload header's lowest bit is 0 in keyframes; then start code and size follow. */
    if (info->start && at < length && (p[at] & 0x01) == 0) {
        info->keyframe = true;
        if (length >= at + 10) {
            info->width = (uint16_t)((p[at + 6] | p[at + 7] << 8) & 0x3fff);
            info->height = (uint16_t)((p[at + 8] | p[at + 9] << 8) & 0x3fff);
        }
    }
    return 0;
}

const struct codec_format codec_vp8 = {
    .name = "VP8",
    .kind = MEDIA_VIDEO,
    .clock_rate = 90000,
    .offered_payload_type = 96,
    .offered_rtx_payload_type = 97,
    .offered_parameters = "",
    .parse = parse,
};
