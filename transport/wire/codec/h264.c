/* H.264: RFC 6184. */
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/wire/codec/format.h"
#include "transport/wire/codec/frame_info.h"
#include "transport/wire/codec/h264_size.h"
#include "transport/wire/codec/parameters.h"

enum profile {
    BASELINE,
    CONSTRAINED_BASELINE,
    EXTENDED,
    MAIN,
    CONSTRAINED_HIGH,
    PROGRESSIVE_HIGH,
    HIGH,
    HIGH_10,
    HIGH_422,
    HIGH_444
};

#define BIT(profile) (1u << (profile))
#define EVERY_DECODER (BIT(CONSTRAINED_BASELINE) | BIT(BASELINE))
#define BELOW_HIGH (EVERY_DECODER | BIT(MAIN) | BIT(CONSTRAINED_HIGH) | BIT(PROGRESSIVE_HIGH))

/* RFC 6184 section 8.1, table 5: how profile_idc and the bits of profile-iop name a profile; beside it those of H.264
 * annex A.2 that are younger (Constrained and Progressive High, High 4:4:4 Predictive). */
static const struct {
    uint8_t profile_idc, iop_mask, iop_value;
    enum profile profile;
} names[] = {
    {0x42, 0x4f, 0x40, CONSTRAINED_BASELINE},
    {0x4d, 0x8f, 0x80, CONSTRAINED_BASELINE},
    {0x58, 0xcf, 0xc0, CONSTRAINED_BASELINE},
    {0x42, 0x4f, 0x00, BASELINE},
    {0x58, 0xcf, 0x80, BASELINE},
    {0x4d, 0xaf, 0x00, MAIN},
    {0x58, 0xcf, 0x00, EXTENDED},
    {0x64, 0xff, 0x00, HIGH},
    {0x64, 0xff, 0x0c, CONSTRAINED_HIGH},
    {0x64, 0xff, 0x08, PROGRESSIVE_HIGH},
    {0x6e, 0xff, 0x00, HIGH_10},
    {0x7a, 0xff, 0x00, HIGH_422},
    {0xf4, 0xff, 0x00, HIGH_444},
};

/* Which profiles a decoder of each takes (H.264 annex A.2). Baseline counts as playable by every decoder, although it
 * may have features that other profiles lack (slice groups, arbitrary slice order): no encoder for calls uses those,
 * and many write 42001f where they mean 42e01f. */
static const uint32_t plays[] = {
    [BASELINE] = EVERY_DECODER,
    [CONSTRAINED_BASELINE] = EVERY_DECODER,
    [EXTENDED] = EVERY_DECODER | BIT(EXTENDED),
    [MAIN] = EVERY_DECODER | BIT(MAIN),
    [CONSTRAINED_HIGH] = EVERY_DECODER | BIT(CONSTRAINED_HIGH),
    [PROGRESSIVE_HIGH] = EVERY_DECODER | BIT(CONSTRAINED_HIGH) | BIT(PROGRESSIVE_HIGH),
    [HIGH] = BELOW_HIGH | BIT(HIGH),
    [HIGH_10] = BELOW_HIGH | BIT(HIGH) | BIT(HIGH_10),
    [HIGH_422] = BELOW_HIGH | BIT(HIGH) | BIT(HIGH_10) | BIT(HIGH_422),
    [HIGH_444] = BELOW_HIGH | BIT(HIGH) | BIT(HIGH_10) | BIT(HIGH_422) | BIT(HIGH_444),
};

/* A profile as a number: the packetization mode in the lowest bit; above it enum profile, or, for what has no name
 * here, profile_idc and profile-iop with the top bit set. */
#define UNNAMED 0x80000000u
#define MODE_BIT 0x01u

static uint32_t name_profile(uint8_t profile_idc, uint8_t iop)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].profile_idc == profile_idc && (iop & names[i].iop_mask) == names[i].iop_value)
            return (uint32_t)names[i].profile << 1;
    }
    return UNNAMED | (uint32_t)profile_idc << 16 | (uint32_t)iop << 8;
}

/* Without profile-level-id it is Baseline (RFC 6184 section 8.1). Levels are not compared: with level-asymmetry-allowed
 * each end has its own, and a sender adapts its size to what is watched. Mode 2 (interleaved) is refused, since only a
 * decoder could tell where a picture begins. */
static bool read_profile(const char *parameters, uint32_t *profile)
{
    uint32_t id, mode;
    size_t length = 6;
    const char *text = parameters_find(parameters, "profile-level-id", &length);
    if (!parameters_number(parameters, "profile-level-id", 16, 0x42000a, &id) || (text != NULL && length != 6) ||
        !parameters_number(parameters, "packetization-mode", 10, 0, &mode) || mode > 1)
        return false;
    *profile = name_profile((uint8_t)(id >> 16), (uint8_t)(id >> 8)) | mode;
    return true;
}

/* What a stream of this profile may have at most: the bits of profile-iop only say what it does not have, so a decoder
 * of all that profile_idc stands for plays it whatever they are. */
static bool widest_profile(uint32_t sent, enum profile *profile)
{
    static const struct {
        uint8_t profile_idc;
        enum profile profile;
    } widest[] = {{0x42, BASELINE}, {0x4d, MAIN},     {0x58, EXTENDED}, {0x64, HIGH},
                  {0x6e, HIGH_10},  {0x7a, HIGH_422}, {0xf4, HIGH_444}};
    *profile = (enum profile)(sent >> 1);
    if ((sent & UNNAMED) == 0)
        return true;
    for (size_t i = 0; i < sizeof widest / sizeof widest[0]; i++) {
        if (widest[i].profile_idc != (uint8_t)(sent >> 16))
            continue;
        *profile = widest[i].profile;
        return true;
    }
    return false;
}

/* A receiver of mode 1 can receive mode 0, too: single NAL units are a part of it (RFC 6184 section 6.2, 6.3). */
static bool can_play(uint32_t receiver, uint32_t sent)
{
    if ((sent & MODE_BIT) > (receiver & MODE_BIT))
        return false;
    if ((receiver & ~MODE_BIT) == (sent & ~MODE_BIT))
        return true;
    enum profile profile;
    if ((receiver & UNNAMED) != 0 || !widest_profile(sent, &profile))
        return false;
    return (plays[receiver >> 1] & BIT(profile)) != 0;
}

enum {
    NAL_IDR = 5,
    NAL_SEI = 6,
    NAL_SPS = 7,
    NAL_DELIMITER = 9,
    NAL_RESERVED_18 = 18, /* 6 to 18: no slices */
    NAL_STAP_A = 24,
    NAL_FU_A = 28,
};
#define SLICE_FIRST 0x80 /* first_mb_in_slice is 0: in ue(v) a single bit, the first of a slice header */

/* Notes what one NAL unit says of its picture; `length` bytes after its header are here. A keyframe is recognized by
 * its first IDR slice: parameter sets are repeated before other pictures, too, and a later slice is no place to start.
 * A delimiter or an SPS says that the picture starts here; slices, SEI and PPS may have something before them (H.264
 * section 7.4.1.2.3). */
static void note_unit(struct frame_info *info, uint8_t type, const uint8_t *body, size_t length)
{
    if (type >= NAL_SEI && type <= NAL_RESERVED_18) {
        bool opens = type == NAL_SPS || type == NAL_DELIMITER;
        info->start = info->start || (opens && info->has_only_parameters);
        if (type == NAL_SPS && !h264_read_size(body, length, &info->width, &info->height))
            info->width = info->height = 0;
        return;
    }
    info->has_only_parameters = false;
    info->keyframe = info->keyframe || (type == NAL_IDR && length > 0 && (body[0] & SLICE_FIRST) != 0);
}

/* RFC 6184 section 5.7.1: units, each behind its size. Some senders pad with units of size 0. */
static int parse_aggregate(struct frame_info *info, const uint8_t *p, size_t length)
{
    for (size_t at = 1; at + 2 <= length;) {
        size_t size = get_u16(p + at);
        at += 2;
        if (size > length - at)
            return ERR_INVALID;
        if (size > 0)
            note_unit(info, p[at] & 0x1f, p + at + 1, size - 1);
        at += size;
    }
    return 0;
}

/* Section 5.8: a part of a unit, whose header is in the first two bytes. A fragment that does not begin a unit says
 * nothing more. */
static int parse_fragment(struct frame_info *info, const uint8_t *p, size_t length)
{
    if (length < 2)
        return ERR_TRUNCATED;
    bool is_first = (p[1] & 0x80) != 0;
    note_unit(info, p[1] & 0x1f, p + 2, is_first ? length - 2 : 0);
    info->start = info->start && is_first;
    return 0;
}

static int parse(struct frame_info *info, const uint8_t *p, size_t length)
{
    uint8_t type = p[0] & 0x1f;
    info->discardable = (p[0] & 0x60) == 0;
    info->has_only_parameters = true;
    if (type == NAL_STAP_A)
        return parse_aggregate(info, p, length);
    if (type == NAL_FU_A)
        return parse_fragment(info, p, length);
    note_unit(info, type, p + 1, length - 1);
    return 0;
}

const struct codec_format codec_h264 = {
    .name = "H264",
    .kind = MEDIA_VIDEO,
    .clock_rate = 90000,
    .offered_payload_type = 102,
    .offered_rtx_payload_type = 103,
    .offered_parameters = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    .read_profile = read_profile,
    .can_play = can_play,
    .parse = parse,
};
