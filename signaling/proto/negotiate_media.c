#include "signaling/proto/negotiate_media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* VP8 first: every browser sends it in simulcast with temporal layers. */
static const enum codec all_codecs[] = {CODEC_OPUS, CODEC_RED, CODEC_VP8, CODEC_VP9, CODEC_AV1, CODEC_H264, CODEC_NONE};

/* A number in "key=value;key=value", `base` 10 or 16; `otherwise` when the key is not there. */
static uint32_t parameter(const char *parameters, const char *key, int base, uint32_t otherwise)
{
    size_t length = strlen(key);
    for (const char *at = parameters; at != NULL; at = strchr(at, ';')) {
        at += strspn(at, "; ");
        if (strncasecmp(at, key, length) == 0 && at[length] == '=')
            return (uint32_t)strtoul(at + length + 1, NULL, base);
    }
    return otherwise;
}

/* See struct media_codec. Without profile-level-id H.264 is baseline (RFC 6184 section 8.1). */
static uint32_t profile_of(enum codec codec, const char *parameters)
{
    switch (codec) {
    case CODEC_H264:
        return (parameter(parameters, "profile-level-id", 16, 0x42000a) >> 8) << 8 |
               parameter(parameters, "packetization-mode", 10, 0);
    case CODEC_VP9:
        return parameter(parameters, "profile-id", 10, 0);
    case CODEC_AV1:
        return parameter(parameters, "profile", 10, 0);
    default:
        return 0;
    }
}

static uint8_t find_rtx(const struct sdp_media *written, uint8_t payload_type)
{
    for (size_t i = 0; i < written->codec_count; i++) {
        const struct sdp_codec *codec = &written->codecs[i];
        if (codec_from_name(codec->name) == CODEC_RTX && parameter(codec->parameters, "apt", 10, 255) == payload_type)
            return codec->payload_type;
    }
    return MEDIA_PAYLOAD_TYPE_NONE;
}

static bool fits_kind(enum codec codec, const struct sdp_codec *written, enum media_kind kind)
{
    bool is_audio = codec == CODEC_OPUS || codec == CODEC_RED;
    return is_audio == (kind == MEDIA_AUDIO) && written->clock_rate == (is_audio ? 48000u : 90000u);
}

static void add_codec(struct media *media, enum codec codec, const struct sdp_codec *written,
                      const struct sdp_media *line)
{
    if (media->codec_count == MEDIA_CODECS_MAX)
        return;
    struct media_codec *out = &media->codecs[media->codec_count++];
    *out = (struct media_codec){
        .codec = codec,
        .payload_type = written->payload_type,
        .rtx_payload_type = find_rtx(line, written->payload_type),
        .clock_rate = written->clock_rate,
        .channels = written->channels,
        .profile = profile_of(codec, written->parameters),
        .nack = written->nack,
        .pli = written->pli,
        .fir = written->fir,
        .transport_cc = written->transport_cc,
        .remb = written->remb,
    };
    if (strlen(written->parameters) < sizeof out->parameters)
        strcpy(out->parameters, written->parameters);
}

void negotiate_read_codecs(struct media *media, const struct sdp_media *written, const enum codec *codecs)
{
    media->codec_count = 0;
    for (codecs = codecs != NULL ? codecs : all_codecs; *codecs != CODEC_NONE; codecs++) {
        for (size_t i = 0; i < written->codec_count; i++) {
            if (codec_from_name(written->codecs[i].name) == *codecs &&
                fits_kind(*codecs, &written->codecs[i], media->kind))
                add_codec(media, *codecs, &written->codecs[i], written);
        }
    }
    /* RED alone cannot be played: what it wraps must be there. */
    if (media->codec_count > 0 && media->codecs[0].codec == CODEC_RED)
        media->codec_count = 0;
}

void negotiate_write_codecs(struct sdp_media *out, const struct media *media)
{
    out->codec_count = 0;
    for (size_t i = 0; i < media->codec_count; i++) {
        const struct media_codec *codec = &media->codecs[i];
        struct sdp_codec *line = &out->codecs[out->codec_count++];
        *line = (struct sdp_codec){
            .payload_type = codec->payload_type,
            .clock_rate = codec->clock_rate,
            .channels = codec->channels,
            .nack = codec->nack,
            .pli = codec->pli,
            .fir = codec->fir,
            .transport_cc = codec->transport_cc,
            .remb = codec->remb,
        };
        snprintf(line->name, sizeof line->name, "%s", codec_name(codec->codec));
        snprintf(line->parameters, sizeof line->parameters, "%s", codec->parameters);
        if (codec->rtx_payload_type == MEDIA_PAYLOAD_TYPE_NONE)
            continue;
        line = &out->codecs[out->codec_count++];
        *line = (struct sdp_codec){.payload_type = codec->rtx_payload_type, .clock_rate = codec->clock_rate};
        snprintf(line->name, sizeof line->name, "rtx");
        snprintf(line->parameters, sizeof line->parameters, "apt=%u", codec->payload_type);
    }
}

static const struct media_codec own_codecs[] = {
    {CODEC_OPUS, 111, MEDIA_PAYLOAD_TYPE_NONE, 48000, 2, 0, "minptime=10;useinbandfec=1", .transport_cc = true},
    {CODEC_VP8, 96, 97, 90000, 1, 0, "", true, true, true, true, true},
    {CODEC_VP9, 98, 99, 90000, 1, 0, "profile-id=0", true, true, true, true, true},
    {CODEC_AV1, 45, 46, 90000, 1, 0, "profile=0", true, true, true, true, true},
    {CODEC_H264, 102, 103, 90000, 1, 0x42e001, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
     true, true, true, true, true},
};

void negotiate_own_codecs(struct media *media, const enum codec *codecs)
{
    media->codec_count = 0;
    for (codecs = codecs != NULL ? codecs : all_codecs; *codecs != CODEC_NONE; codecs++) {
        for (size_t i = 0; i < sizeof own_codecs / sizeof own_codecs[0]; i++) {
            if (own_codecs[i].codec == *codecs && (*codecs == CODEC_OPUS) == (media->kind == MEDIA_AUDIO))
                media->codecs[media->codec_count++] = own_codecs[i];
        }
    }
    static const uint8_t ids[EXTENSION_COUNT] = {
        [EXTENSION_AUDIO_LEVEL] = 1, [EXTENSION_ABS_SEND_TIME] = 2, [EXTENSION_TRANSPORT_SEQUENCE] = 3,
        [EXTENSION_MID] = 4,         [EXTENSION_PLAYOUT_DELAY] = 5, [EXTENSION_ABS_CAPTURE_TIME] = 8,
        [EXTENSION_RID] = 10,        [EXTENSION_REPAIRED_RID] = 11, [EXTENSION_VIDEO_ORIENTATION] = 13,
    };
    struct extension_map offered;
    memcpy(offered.id, ids, sizeof ids);
    negotiate_extensions(media, &offered);
}

/* The dependency descriptor numbers frames across layers; as long as those numbers are not rewritten it must not be
 * taken, or a receiver would see gaps after each switch of layers. */
void negotiate_extensions(struct media *media, const struct extension_map *offered)
{
    static const bool taken[2][EXTENSION_COUNT] = {
        [MEDIA_AUDIO] = {[EXTENSION_MID] = true,
                         [EXTENSION_AUDIO_LEVEL] = true,
                         [EXTENSION_ABS_SEND_TIME] = true,
                         [EXTENSION_TRANSPORT_SEQUENCE] = true,
                         [EXTENSION_ABS_CAPTURE_TIME] = true},
        [MEDIA_VIDEO] = {[EXTENSION_MID] = true,
                         [EXTENSION_RID] = true,
                         [EXTENSION_REPAIRED_RID] = true,
                         [EXTENSION_ABS_SEND_TIME] = true,
                         [EXTENSION_TRANSPORT_SEQUENCE] = true,
                         [EXTENSION_VIDEO_ORIENTATION] = true,
                         [EXTENSION_PLAYOUT_DELAY] = true,
                         [EXTENSION_ABS_CAPTURE_TIME] = true},
    };
    for (int i = 0; i < EXTENSION_COUNT; i++)
        media->extensions.id[i] = taken[media->kind][i] ? offered->id[i] : 0;
}

void negotiate_encodings(struct media *media, const struct sdp_media *written)
{
    media->encoding_count = written->rid_count > 0 ? written->rid_count : 1;
    for (size_t i = 0; i < media->encoding_count; i++) {
        struct media_encoding *encoding = &media->encodings[i];
        *encoding = (struct media_encoding){0};
        if (written->rid_count > 0)
            memcpy(encoding->rid, written->rids[i], sizeof encoding->rid);
        /* Simulcast SSRCs are trusted only when there is one for each rid. */
        if (written->ssrc_count == media->encoding_count) {
            encoding->ssrc = written->ssrcs[i].ssrc;
            encoding->rtx_ssrc = written->ssrcs[i].rtx_ssrc;
        }
    }
}
