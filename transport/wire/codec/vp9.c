/* VP9: RFC 9628. Its four profiles differ in bit depth and chroma; none contains another. */
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/codec/format.h"
#include "transport/wire/codec/frame_info.h"
#include "transport/wire/codec/parameters.h"

#define PROFILE_MAX 3
#define REFERENCES_MAX 3

enum {
    FLAG_PICTURE_ID = 0x80,
    FLAG_PREDICTED = 0x40,
    FLAG_LAYERS = 0x20,
    FLAG_FLEXIBLE = 0x10,
    FLAG_BEGIN = 0x08,
    FLAG_END = 0x04,
    FLAG_STRUCTURE = 0x02,
};

static bool read_profile(const char *parameters, uint32_t *profile)
{
    return parameters_number(parameters, "profile-id", 10, 0, profile) && *profile <= PROFILE_MAX;
}

static int parse_picture_id(struct frame_info *info, const uint8_t *p, size_t length, size_t *at)
{
    size_t size = *at < length && (p[*at] & 0x80) ? 2 : 1;
    if (length < *at + size)
        return ERR_TRUNCATED;
    info->picture_id_bits = size == 2 ? 15 : 7;
    info->picture_id_offset = (uint8_t)*at;
    info->picture_id = size == 2 ? get_u16(p + *at) & 0x7fff : p[*at];
    info->refers_by_distance = true;
    *at += size;
    return 0;
}

static int parse_layers(struct frame_info *info, const uint8_t *p, size_t length, size_t *at, bool *depends_on_lower)
{
    bool is_flexible = (p[0] & FLAG_FLEXIBLE) != 0;
    if (length < *at + (is_flexible ? 1u : 2u))
        return ERR_TRUNCATED;
    uint8_t layers = p[(*at)++];
    info->has_layers = true;
    info->temporal_id = layers >> 5;
    info->sync_temporal = (layers & 0x10) != 0 ? info->temporal_id : 0;
    info->spatial_id = (layers >> 1) & 0x07;
    *depends_on_lower = (layers & 0x01) != 0;
    if (is_flexible)
        return 0;
    info->has_tl0picidx = true;
    info->tl0picidx_offset = (uint8_t)*at;
    info->tl0picidx = p[(*at)++];
    return 0;
}

/* P_DIFF: one to three, each says whether another follows. */
static int skip_references(const uint8_t *p, size_t length, size_t *at)
{
    for (unsigned i = 0; i < REFERENCES_MAX; i++) {
        if (length < *at + 1)
            return ERR_TRUNCATED;
        if ((p[(*at)++] & 0x01) == 0)
            return 0;
    }
    return ERR_INVALID;
}

/* The scalability structure (section 4.2.1): sizes of the spatial layers, lowest first, and the structure of a group of
 * pictures. */
static int parse_structure(struct frame_info *info, const uint8_t *p, size_t length, size_t *at)
{
    if (length < *at + 1)
        return ERR_TRUNCATED;
    uint8_t flags = p[(*at)++];
    size_t sizes = (flags & 0x10) != 0 ? ((flags >> 5) + 1u) * 4u : 0;
    if (length < *at + sizes)
        return ERR_TRUNCATED;
    *at += sizes;
    if (sizes != 0 && info->keyframe) {
        info->width = get_u16(p + *at - 4);
        info->height = get_u16(p + *at - 2);
    }
    if ((flags & 0x08) == 0)
        return 0;
    if (length < *at + 1)
        return ERR_TRUNCATED;
    for (unsigned pictures = p[(*at)++]; pictures > 0; pictures--) {
        if (length < *at + 1)
            return ERR_TRUNCATED;
        *at += 1u + ((p[*at] >> 2) & 0x03); /* and so many P_DIFF */
    }
    return length < *at ? ERR_TRUNCATED : 0;
}

/* Section 4.2. */
static int parse(struct frame_info *info, const uint8_t *p, size_t length)
{
    size_t at = 1;
    uint8_t flags = p[0];
    bool depends_on_lower = false;
    int error = (flags & FLAG_PICTURE_ID) != 0 ? parse_picture_id(info, p, length, &at) : 0;
    if (error == 0 && (flags & FLAG_LAYERS) != 0)
        error = parse_layers(info, p, length, &at, &depends_on_lower);
    if (error == 0 && (flags & FLAG_FLEXIBLE) != 0 && (flags & FLAG_PREDICTED) != 0)
        error = skip_references(p, length, &at);
    info->start = (flags & FLAG_BEGIN) != 0;
    info->end = (flags & FLAG_END) != 0;
    info->keyframe = (flags & FLAG_PREDICTED) == 0 && !depends_on_lower;
    if (error == 0 && (flags & FLAG_STRUCTURE) != 0)
        error = parse_structure(info, p, length, &at);
    info->descriptor_length = (uint16_t)at;
    return error;
}

const struct codec_format codec_vp9 = {
    .name = "VP9",
    .kind = MEDIA_VIDEO,
    .clock_rate = 90000,
    .offered_payload_type = 98,
    .offered_rtx_payload_type = 99,
    .offered_parameters = "profile-id=0",
    .read_profile = read_profile,
    .parse = parse,
};
