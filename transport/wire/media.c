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

static const struct media_codec *find_match(const struct media *media, const struct media_codec *sent)
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

const struct media_codec *media_match_inside(const struct media *to, const struct media *from,
                                             const struct media_codec *sent)
{
    if (!codec_format(sent->codec)->is_wrapper)
        return NULL;
    const struct media_codec *inside = media_find_payload_type(from, sent->primary_payload_type);
    return inside != NULL ? find_match(to, inside) : NULL;
}

const struct media_codec *media_match(const struct media *to, const struct media *from, const struct media_codec *sent)
{
    const struct media_codec *match = find_match(to, sent);
    return match != NULL ? match : media_match_inside(to, from, sent);
}

bool media_is_as_agreed(const struct media_codec *codec, const struct frame_info *frame)
{
    return !codec_format(codec->codec)->is_wrapper || frame->inside_payload_type == codec->primary_payload_type;
}
