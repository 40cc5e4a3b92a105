/* AV1: the AV1 RTP specification of the Alliance for Open Media (section 7.2 for the parameters). Main (0) is part of
 * High (1), and High of Professional (2). Level and tier are not compared: as with H.264, a sender adapts to the
 * requested size, and decoders support more than they say. */
#include "transport/wire/codec/format.h"
#include "transport/wire/codec/frame_info.h"
#include "transport/wire/codec/parameters.h"

#define PROFILE_MAX 2

static bool read_profile(const char *parameters, uint32_t *profile)
{
    return parameters_number(parameters, "profile", 10, 0, profile) && *profile <= PROFILE_MAX;
}

static bool can_play(uint32_t receiver, uint32_t sent)
{
    return sent <= receiver;
}

enum { OBU_SEQUENCE_HEADER = 1, OBU_TEMPORAL_DELIMITER = 2, OBU_FRAME_HEADER = 3, OBU_FRAME = 6 };
enum { FLAG_CONTINUES = 0x80, FLAG_NEW_SEQUENCE = 0x08 };
enum { OBU_EXTENSION = 0x04, OBU_SIZE = 0x02, OBU_SPATIAL_ID = 0x18 };

#define LEB128_MAX 8 /* bytes */

/* LEB128 (AV1 specification section 4.10.5); false: it is not complete. */
static bool take_size(const uint8_t *p, size_t length, size_t *at, uint64_t *size)
{
    *size = 0;
    for (unsigned i = 0; i < LEB128_MAX && *at < length; i++) {
        uint8_t byte = p[(*at)++];
        *size |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

/* The elements of a packet (section 4.4) are OBUs or parts of OBUs. There are `count` elements, each but the last
 * preceded by its size; with 0 all are preceded by it. NULL: there are no more. */
static const uint8_t *next_element(const uint8_t *p, size_t length, unsigned count, unsigned index, size_t *at,
                                   size_t *size)
{
    uint64_t told = 0;
    if (*at >= length || (count != 0 && index >= count))
        return NULL;
    if (index + 1 == count)
        told = length - *at;
    else if (!take_size(p, length, at, &told))
        return NULL;
    if (told == 0 || told > length - *at)
        return NULL;
    const uint8_t *element = p + *at;
    *size = (size_t)told;
    *at += *size;
    return element;
}

/* Whether a frame header (AV1 specification section 5.9.2) says show_existing_frame 0, frame_type KEY_FRAME and
 * show_frame 1: its first four bits, behind the OBU's own header (section 5.3), which may name a
 * higher spatial layer. */
static bool is_keyframe(const uint8_t *obu, size_t length)
{
    bool has_extension = (obu[0] & OBU_EXTENSION) != 0;
    size_t at = has_extension ? 2 : 1;
    uint64_t size;
    if (has_extension && (length < 2 || (obu[1] & OBU_SPATIAL_ID) != 0))
        return false;
    if ((obu[0] & OBU_SIZE) != 0 && !take_size(obu, length, &at, &size))
        return false;
    return at < length && (obu[at] & 0xf0) == 0x10;
}

/* The aggregation header (section 4.4): Z, Y, W, N. N marks the first packet of a new coded video sequence, and that
 * begins with a keyframe. If the sender does not set it, a keyframe's header means the same: encoders write a sequence
 * header before each, perhaps in a packet of its own. A packet that begins with another OBU may begin a picture or
 * continue one. */
static int parse(struct frame_info *info, const uint8_t *p, size_t length)
{
    unsigned count = p[0] >> 4 & 0x03;
    size_t at = 1, size;
    const uint8_t *obu;
    if ((p[0] & FLAG_CONTINUES) != 0)
        return 0;
    info->start = info->keyframe = (p[0] & FLAG_NEW_SEQUENCE) != 0;
    for (unsigned i = 0; (obu = next_element(p, length, count, i, &at, &size)) != NULL; i++) {
        unsigned type = obu[0] >> 3 & 0x0f;
        info->start = info->start || (i == 0 && (type == OBU_SEQUENCE_HEADER || type == OBU_TEMPORAL_DELIMITER));
        if (type != OBU_FRAME && type != OBU_FRAME_HEADER)
            continue;
        info->keyframe = info->keyframe || is_keyframe(obu, size);
        break;
    }
    return 0;
}

const struct codec_format codec_av1 = {
    .name = "AV1",
    .kind = MEDIA_VIDEO,
    .clock_rate = 90000,
    .needs_dependency_descriptor = true,
    .offered_payload_type = 45,
    .offered_rtx_payload_type = 46,
    .offered_parameters = "profile=0",
    .read_profile = read_profile,
    .can_play = can_play,
    .parse = parse,
};
