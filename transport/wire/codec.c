#include "transport/wire/codec.h"

#include <strings.h>

static const struct codec_format rtx = {.name = "rtx", .is_repair = true};

#define NUMBERS (CODEC_RTX + 1)

static const struct codec_format *const formats[NUMBERS] = {
    [CODEC_OPUS] = &codec_opus, [CODEC_RED] = &codec_red,   [CODEC_VP8] = &codec_vp8, [CODEC_VP9] = &codec_vp9,
    [CODEC_AV1] = &codec_av1,   [CODEC_H264] = &codec_h264, [CODEC_RTX] = &rtx,
};

const struct codec_format *codec_format(enum codec codec)
{
    return formats[codec];
}

const enum codec *codec_all(void)
{
    static const enum codec all[] = {CODEC_OPUS, CODEC_RED, CODEC_VP8, CODEC_VP9, CODEC_AV1, CODEC_H264, CODEC_NONE};
    return all;
}

enum codec codec_from_name(const char *name)
{
    for (int codec = CODEC_NONE + 1; codec < NUMBERS; codec++) {
        if (strcasecmp(name, formats[codec]->name) == 0)
            return (enum codec)codec;
    }
    return CODEC_NONE;
}

bool codec_from_number(unsigned number, enum codec *codec)
{
    bool is_known = number < NUMBERS && number != CODEC_RTX;
    *codec = is_known ? (enum codec)number : CODEC_NONE;
    return is_known;
}

const char *codec_name(enum codec codec)
{
    return codec == CODEC_NONE ? "none" : formats[codec]->name;
}

const char *media_kind_name(enum media_kind kind)
{
    return kind == MEDIA_VIDEO ? "video" : "audio";
}

bool codec_read_profile(enum codec codec, const char *parameters, uint32_t *profile)
{
    const struct codec_format *format = codec_format(codec);
    *profile = 0;
    return format == NULL || format->read_profile == NULL || format->read_profile(parameters, profile);
}

bool codec_can_play(enum codec codec, uint32_t receiver, uint32_t sent)
{
    const struct codec_format *format = codec_format(codec);
    return receiver == sent || (format != NULL && format->can_play != NULL && format->can_play(receiver, sent));
}
