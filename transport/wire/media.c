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

static bool is_same_format(const struct media_codec *a, const struct media_codec *b)
{
    return a->codec == b->codec && a->clock_rate == b->clock_rate &&
           (a->channels == b->channels || (codec_format(a->codec) != NULL && codec_format(a->codec)->any_channels));
}

const struct media_codec *media_match(const struct media *media, const struct media_codec *sent)
{
    const struct media_codec *playable = NULL;
    for (size_t i = 0; i < media->codec_count; i++) {
        const struct media_codec *mine = &media->codecs[i];
        if (!is_same_format(mine, sent))
            continue;
        if (mine->profile == sent->profile)
            return mine;
        if (playable == NULL && codec_can_play(mine->codec, mine->profile, sent->profile))
            playable = mine;
    }
    return playable;
}
