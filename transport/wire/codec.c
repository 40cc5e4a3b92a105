#include "transport/wire/codec.h"

#include <strings.h>

static const char *const names[] = {
    [CODEC_NONE] = "none", [CODEC_OPUS] = "opus", [CODEC_RED] = "red",   [CODEC_VP8] = "VP8",
    [CODEC_VP9] = "VP9",   [CODEC_AV1] = "AV1",   [CODEC_H264] = "H264", [CODEC_RTX] = "rtx",
};

enum codec codec_from_name(const char *name)
{
    for (int codec = CODEC_OPUS; codec <= CODEC_RTX; codec++) {
        if (strcasecmp(name, names[codec]) == 0)
            return (enum codec)codec;
    }
    return CODEC_NONE;
}

const char *codec_name(enum codec codec)
{
    return names[codec];
}

const char *media_kind_name(enum media_kind kind)
{
    return kind == MEDIA_VIDEO ? "video" : "audio";
}
