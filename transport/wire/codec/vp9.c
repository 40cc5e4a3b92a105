/* VP9: RFC 9628. Its four profiles differ in bit depth and chroma; none contains another. */
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/codec/formats.h"
#include "transport/wire/codec/parameters.h"
#include "transport/wire/frame.h"

#define PROFILE_MAX 3

static bool read_profile(const char *parameters, uint32_t *profile)
{
    return parameters_number(parameters, "profile-id", 10, 0, profile) && *profile <= PROFILE_MAX;
}

#define REFERENCES_MAX 3

/* The scalability structure (RFC 9628 section 4.2.1): sizes of the spatial layers, lowest first. What follows them is
 * not needed. */
static int parse_structure(struct frame_info *info, const uint8_t *p, size_t length, size_t at)
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
static int parse(struct frame_info *info, const uint8_t *p, size_t length)
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
    for (unsigned i = 0; is_flexible && is_predicted && i < REFERENCES_MAX; i++) { /* P_DIFF */
        if (length < at + 1)
            return ERR_TRUNCATED;
        if ((p[at++] & 0x01) == 0)
            break;
    }
    return (p[0] & 0x02) != 0 ? parse_structure(info, p, length, at) : 0;
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
