#include "signaling/proto/negotiate_media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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
    if (written->unusable)
        return false;
    if (written->payload_type >= 64 && written->payload_type < 96)
        return false; /* with the marker bit it would look like RTCP (RFC 5761 section 4) */
    bool is_audio = codec == CODEC_OPUS || codec == CODEC_RED;
    return is_audio == (kind == MEDIA_AUDIO) && written->clock_rate == (is_audio ? 48000u : 90000u);
}

/* Without what describes one sender's own stream (sprop-...), which is long and not ours to repeat. */
static void copy_parameters(char *out, size_t size, const char *parameters)
{
    size_t used = 0;
    out[0] = '\0';
    while (*parameters != '\0') {
        parameters += strspn(parameters, "; ");
        size_t length = strcspn(parameters, ";");
        if (length > 0 && strncasecmp(parameters, "sprop-", 6) != 0 && used + length + 2 <= size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used > 0 ? ";" : "", (int)length, parameters);
        parameters += length;
    }
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
    copy_parameters(out->parameters, sizeof out->parameters, written->parameters);
}

static bool is_among(const enum codec *codecs, enum codec codec)
{
    while (*codecs != CODEC_NONE && *codecs != codec)
        codecs++;
    return *codecs == codec && codec != CODEC_NONE;
}

static bool has_codec(const struct media *media, enum codec codec)
{
    for (size_t i = 0; i < media->codec_count; i++)
        if (media->codecs[i].codec == codec)
            return true;
    return false;
}

/* In the order of the other end: it knows what it sends best. Only RED never comes first: it is what Opus comes in. */
void negotiate_read_codecs(struct media *media, const struct sdp_media *written, const enum codec *codecs)
{
    const struct sdp_codec *red = NULL;
    media->codec_count = 0;
    for (size_t i = 0; i < written->codec_count; i++) {
        const struct sdp_codec *one = &written->codecs[i];
        enum codec codec = codec_from_name(one->name);
        if (!is_among(codecs != NULL ? codecs : all_codecs, codec) || !fits_kind(codec, one, media->kind))
            continue;
        if (codec == CODEC_RED)
            red = one;
        else
            add_codec(media, codec, one, written);
    }
    if (red != NULL && has_codec(media, CODEC_OPUS))
        add_codec(media, CODEC_RED, red, written);
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

void negotiate_answer_codecs(struct sdp_media *answer)
{
    static const char fec[] = "useinbandfec=1";
    for (size_t i = 0; i < answer->codec_count; i++) {
        char *parameters = answer->codecs[i].parameters;
        size_t used = strlen(parameters);
        if (codec_from_name(answer->codecs[i].name) == CODEC_OPUS && strstr(parameters, "useinbandfec=") == NULL &&
            used + sizeof fec + 1 < sizeof answer->codecs[i].parameters)
            snprintf(parameters + used, sizeof fec + 1, "%s%s", used > 0 ? ";" : "", fec);
    }
}

static bool uses_payload_type(const struct negotiated *previous, uint8_t payload_type)
{
    for (size_t i = 0; previous != NULL && i < previous->media_count; i++) {
        if (media_find_payload_type(&previous->media[i], payload_type) != NULL ||
            media_find_rtx(&previous->media[i], payload_type) != NULL)
            return true;
    }
    return false;
}

static bool uses_extension_id(const struct negotiated *previous, uint8_t id)
{
    for (size_t i = 0; i < previous->media_count; i++) {
        if (memchr(previous->media[i].extensions.id, id, EXTENSION_COUNT) != NULL)
            return true;
    }
    return false;
}

/* The wished id, or what the other m-lines of the BUNDLE call the extension; 0 when they use the id otherwise. */
static uint8_t choose_extension_id(const struct negotiated *previous, int extension, uint8_t wished)
{
    for (size_t i = 0; previous != NULL && i < previous->media_count; i++) {
        if (previous->media[i].extensions.id[extension] != 0)
            return previous->media[i].extensions.id[extension];
    }
    return previous != NULL && wished != 0 && uses_extension_id(previous, wished) ? 0 : wished;
}

static void choose_own_codecs(struct media *media, const enum codec *codecs, const struct negotiated *previous)
{
    for (codecs = codecs != NULL ? codecs : all_codecs; *codecs != CODEC_NONE; codecs++) {
        for (size_t i = 0; i < sizeof own_codecs / sizeof own_codecs[0]; i++) {
            const struct media_codec *own = &own_codecs[i];
            if (own->codec == *codecs && (*codecs == CODEC_OPUS) == (media->kind == MEDIA_AUDIO) &&
                !uses_payload_type(previous, own->payload_type) &&
                (own->rtx_payload_type == MEDIA_PAYLOAD_TYPE_NONE ||
                 !uses_payload_type(previous, own->rtx_payload_type)))
                media->codecs[media->codec_count++] = *own;
        }
    }
}

void negotiate_own_media(struct media *media, const enum codec *codecs, const struct negotiated *previous)
{
    static const uint8_t ids[EXTENSION_COUNT] = {
        [EXTENSION_AUDIO_LEVEL] = 1, [EXTENSION_ABS_SEND_TIME] = 2, [EXTENSION_TRANSPORT_SEQUENCE] = 3,
        [EXTENSION_MID] = 4,         [EXTENSION_PLAYOUT_DELAY] = 5, [EXTENSION_ABS_CAPTURE_TIME] = 8,
        [EXTENSION_RID] = 10,        [EXTENSION_REPAIRED_RID] = 11, [EXTENSION_VIDEO_ORIENTATION] = 13,
    };
    struct extension_map wanted;
    media->codec_count = 0;
    for (size_t i = 0; previous != NULL && i < previous->media_count && media->codec_count == 0; i++) {
        const struct media *other = &previous->media[i];
        if (other->kind != media->kind)
            continue;
        media->codec_count = other->codec_count;
        memcpy(media->codecs, other->codecs, sizeof media->codecs);
    }
    if (media->codec_count == 0)
        choose_own_codecs(media, codecs, previous);
    for (int i = 0; i < EXTENSION_COUNT; i++)
        wanted.id[i] = choose_extension_id(previous, i, ids[i]);
    negotiate_extensions(media, &wanted);
}

static bool was_offered(const struct sdp_media *offered, const char *name, uint8_t payload_type)
{
    for (size_t i = 0; i < offered->codec_count; i++) {
        if (offered->codecs[i].payload_type == payload_type && strcasecmp(offered->codecs[i].name, name) == 0)
            return true;
    }
    return false;
}

bool negotiate_keep_offered(struct media *media, const struct sdp_media *offered)
{
    size_t kept = 0;
    for (size_t i = 0; i < media->codec_count; i++) {
        struct media_codec codec = media->codecs[i];
        if (!was_offered(offered, codec_name(codec.codec), codec.payload_type))
            continue;
        if (!was_offered(offered, "rtx", codec.rtx_payload_type))
            codec.rtx_payload_type = MEDIA_PAYLOAD_TYPE_NONE;
        media->codecs[kept++] = codec;
    }
    media->codec_count = kept;
    for (int i = 0; i < EXTENSION_COUNT; i++) {
        if (media->extensions.id[i] != offered->extensions.id[i])
            media->extensions.id[i] = 0;
    }
    media->extmap_allow_mixed = media->extmap_allow_mixed && offered->extmap_allow_mixed;
    media->rtcp_reduced_size = media->rtcp_reduced_size && offered->rtcp_reduced_size;
    return kept > 0;
}

void negotiate_mirror_directions(struct sdp_media *answer, const struct sdp_media *offered)
{
    static const enum sdp_extension_direction mirrored[] = {
        [SDP_EXTENSION_BOTH] = SDP_EXTENSION_BOTH,
        [SDP_EXTENSION_SEND] = SDP_EXTENSION_RECEIVE,
        [SDP_EXTENSION_RECEIVE] = SDP_EXTENSION_SEND,
        [SDP_EXTENSION_INACTIVE] = SDP_EXTENSION_INACTIVE,
    };
    for (int i = 0; i < EXTENSION_COUNT; i++)
        answer->extension_directions[i] = mirrored[offered->extension_directions[i]];
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
                         [EXTENSION_DEPENDENCY_DESCRIPTOR] = true,
                         [EXTENSION_ABS_CAPTURE_TIME] = true},
    };
    for (int i = 0; i < EXTENSION_COUNT; i++) {
        uint8_t id = offered->id[i];
        bool is_short = id < 15; /* what the one-byte form can say */
        media->extensions.id[i] = taken[media->kind][i] && (is_short || media->extmap_allow_mixed) ? id : 0;
    }
    if (!has_codec(media, CODEC_AV1)) /* the others say in their payload what it says */
        media->extensions.id[EXTENSION_DEPENDENCY_DESCRIPTOR] = 0;
}

void negotiate_encodings(struct media *media, const struct sdp_media *written)
{
    media->encoding_count = written->rid_count > 0 ? written->rid_count : 1;
    for (size_t i = 0; i < media->encoding_count; i++) {
        struct media_encoding *encoding = &media->encodings[i];
        *encoding = (struct media_encoding){0};
        if (written->rid_count > 0)
            memcpy(encoding->rid, written->rids[i], sizeof encoding->rid);
        /* Simulcast SSRCs are trusted only when there is one for each rid; without rids the first one carries the
         * media, others repair it. */
        if (written->rid_count == 0 ? written->ssrc_count > 0 : written->ssrc_count == written->rid_count) {
            encoding->ssrc = written->ssrcs[i].ssrc;
            encoding->rtx_ssrc = written->ssrcs[i].rtx_ssrc;
        }
    }
}
