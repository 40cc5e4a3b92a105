#include "transport/wire/frame.h"

#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/dependency.h"

/* RFC 7741 section 4.2. Optional fields stand one after the other; each step checks what is left. */
static int parse_vp8_descriptor(struct frame_info *info, const uint8_t *p, size_t length, size_t *at)
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

static int parse_vp8(struct frame_info *info, const uint8_t *p, size_t length)
{
    size_t at;
    int error = parse_vp8_descriptor(info, p, length, &at);
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

#define VP9_REFERENCES_MAX 3

/* The scalability structure (RFC 9628 section 4.2.1): sizes of the spatial layers, lowest first. What follows them is
 * not needed. */
static int parse_vp9_structure(struct frame_info *info, const uint8_t *p, size_t length, size_t at)
{
    if (length < at + 1)
        return ERR_TRUNCATED;
    unsigned spatial_count = (p[at] >> 5) + 1u;
    bool has_sizes = (p[at] & 0x10) != 0;
    at++;
    if (!has_sizes)
        return 0;
    if (length < at + (size_t)spatial_count * 4)
        return ERR_TRUNCATED;
    at += (size_t)(spatial_count - 1) * 4;
    if (info->keyframe) {
        info->width = get_u16(p + at);
        info->height = get_u16(p + at + 2);
    }
    return 0;
}

/* RFC 9628 section 4.2. */
static int parse_vp9(struct frame_info *info, const uint8_t *p, size_t length)
{
    size_t at = 1;
    bool is_predicted = (p[0] & 0x40) != 0, is_flexible = (p[0] & 0x10) != 0;
    if (p[0] & 0x80) { /* I */
        size_t size = at < length && (p[at] & 0x80) ? 2 : 1;
        if (length < at + size)
            return ERR_TRUNCATED;
        info->picture_id_bits = size == 2 ? 15 : 7;
        info->picture_id_offset = (uint8_t)at;
        info->picture_id = size == 2 ? get_u16(p + at) & 0x7fff : p[at];
        info->refers_by_distance = true;
        at += size;
    }
    bool depends_on_lower = false;
    if (p[0] & 0x20) { /* L */
        if (length < at + (is_flexible ? 1u : 2u))
            return ERR_TRUNCATED;
        info->has_layers = true;
        info->temporal_id = p[at] >> 5;
        info->sync_temporal = (p[at] & 0x10) != 0 ? info->temporal_id : 0;
        info->spatial_id = (p[at] >> 1) & 0x07;
        depends_on_lower = (p[at] & 0x01) != 0;
        at++;
        if (!is_flexible) {
            info->has_tl0picidx = true;
            info->tl0picidx_offset = (uint8_t)at;
            info->tl0picidx = p[at++];
        }
    }
    info->descriptor_length = (uint8_t)at;
    info->start = (p[0] & 0x08) != 0;
    info->end = (p[0] & 0x04) != 0;
    info->keyframe = !is_predicted && info->start && !depends_on_lower;
    for (unsigned i = 0; is_flexible && is_predicted && i < VP9_REFERENCES_MAX; i++) { /* P_DIFF */
        if (length < at + 1)
            return ERR_TRUNCATED;
        if ((p[at++] & 0x01) == 0)
            break;
    }
    return (p[0] & 0x02) != 0 ? parse_vp9_structure(info, p, length, at) : 0;
}

enum { NAL_IDR = 5, NAL_SPS = 7, NAL_STAP_A = 24, NAL_FU_A = 28 };

static bool is_key_nal(uint8_t type)
{
    return type == NAL_IDR || type == NAL_SPS;
}

/* RFC 6184: single NAL units, STAP-A (section 5.7.1) and FU-A (section 5.8). */
static int parse_h264(struct frame_info *info, const uint8_t *p, size_t length)
{
    uint8_t type = p[0] & 0x1f;
    info->start = true;
    info->discardable = (p[0] & 0x60) == 0;
    if (type == NAL_FU_A) {
        if (length < 2)
            return ERR_TRUNCATED;
        info->start = (p[1] & 0x80) != 0;
        info->keyframe = info->start && is_key_nal(p[1] & 0x1f);
        return 0;
    }
    if (type != NAL_STAP_A) {
        info->keyframe = is_key_nal(type);
        return 0;
    }
    for (size_t at = 1; at + 2 <= length;) {
        size_t size = get_u16(p + at);
        at += 2;
        if (size == 0 || size > length - at)
            return ERR_INVALID;
        info->keyframe = info->keyframe || is_key_nal(p[at] & 0x1f);
        at += size;
    }
    return 0;
}

/* The aggregation header of the AV1 RTP specification, section 4.4: Z, Y, W, N. N marks a new coded video sequence. */
static int parse_av1(struct frame_info *info, const uint8_t *p)
{
    info->start = (p[0] & 0x80) == 0;
    info->keyframe = info->start && (p[0] & 0x08) != 0;
    return 0;
}

int frame_parse(struct frame_info *info, enum codec codec, const uint8_t *payload, size_t length)
{
    *info = (struct frame_info){0};
    if (length == 0)
        return 0;
    switch (codec) {
    case CODEC_VP8:
        return parse_vp8(info, payload, length);
    case CODEC_VP9:
        return parse_vp9(info, payload, length);
    case CODEC_H264:
        return parse_h264(info, payload, length);
    case CODEC_AV1:
        return parse_av1(info, payload);
    default:
        return ERR_UNSUPPORTED;
    }
}

void frame_add_dependency(struct frame_info *info, const struct dependency *dependency,
                          const struct dependency_structure *structure)
{
    info->start = dependency->start;
    info->end = dependency->end;
    info->keyframe = dependency->start && dependency->has_structure;
    info->has_layers = true;
    info->spatial_id = dependency->spatial_id;
    info->temporal_id = dependency->temporal_id;
    info->sync_temporal = dependency->sync_temporal;
    info->picture_id_bits = 16;
    info->picture_id = dependency->frame_number;
    info->refers_by_distance = true;
    if (dependency->has_structure) {
        info->width = structure->width;
        info->height = structure->height;
    }
}
