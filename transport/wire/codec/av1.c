/* AV1: the AV1 RTP specification of the Alliance for Open Media (section 7.2 for the parameters). Main (0) is part of
 * High (1), and High of Professional (2). Level and tier are not compared: as with H.264 a sender adapts to what it is
 * asked for, and decoders take more than they promise. */
#include "transport/wire/codec/formats.h"
#include "transport/wire/codec/parameters.h"
#include "transport/wire/frame.h"

#define PROFILE_MAX 2

static bool read_profile(const char *parameters, uint32_t *profile)
{
    return parameters_number(parameters, "profile", 10, 0, profile) && *profile <= PROFILE_MAX;
}

static bool can_play(uint32_t receiver, uint32_t sent)
{
    return sent <= receiver;
}

/* The aggregation header (section 4.4): Z, Y, W, N. N marks a new coded video sequence. */
static int parse(struct frame_info *info, const uint8_t *payload, size_t length)
{
    (void)length;
    info->start = (payload[0] & 0x80) == 0;
    info->keyframe = info->start && (payload[0] & 0x08) != 0;
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
