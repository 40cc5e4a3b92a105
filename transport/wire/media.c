#include "transport/wire/media.h"

const struct media_codec *media_find_payload_type(const struct media *media, uint8_t payload_type)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].payload_type == payload_type)
            return &media->codecs[i];
    }
    return NULL;
}

const struct media_codec *media_find_rtx(const struct media *media, uint8_t payload_type)
{
    if (payload_type == MEDIA_PAYLOAD_TYPE_NONE)
        return NULL;
    for (size_t i = 0; i < media->codec_count; i++) {
        if (media->codecs[i].rtx_payload_type == payload_type)
            return &media->codecs[i];
    }
    return NULL;
}

const struct media_codec *media_match(const struct media *media, const struct media_codec *codec)
{
    for (size_t i = 0; i < media->codec_count; i++) {
        const struct media_codec *mine = &media->codecs[i];
        if (mine->codec == codec->codec && mine->clock_rate == codec->clock_rate && mine->channels == codec->channels &&
            mine->profile == codec->profile)
            return mine;
    }
    return NULL;
}
