#include "signaling/proto/negotiate_media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transport/base/memory.h"
#include "transport/wire/codec/parameters.h"

#define PARAMETERS_SIZE 128

static uint8_t find_rtx(const struct sdp_media *written, uint8_t payload_type)
{
    for (size_t i = 0; i < written->codec_count; i++) {
        const struct sdp_codec *codec = &written->codecs[i];
        const struct codec_format *format = codec_format(codec_from_name(codec->name));
        uint32_t repaired;
        if (format != NULL && format->is_repair &&
            parameters_number(codec->parameters, "apt", 10, MEDIA_PAYLOAD_TYPE_NONE, &repaired) &&
            repaired == payload_type)
            return codec->payload_type;
    }
    return MEDIA_PAYLOAD_TYPE_NONE;
}

static bool fits_kind(enum codec codec, const struct sdp_codec *written, enum media_kind kind)
{
    const struct codec_format *format = codec_format(codec);
    if (written->payload_type >= 64 && written->payload_type < 96)
        return false; /* with the marker bit it would look like RTCP (RFC 5761 section 4) */
    return !format->is_repair && format->kind == kind && written->clock_rate == format->clock_rate;
}

/* Parameters that do not fit are left out as a whole. Heap. */
static char *copy_parameters(const char *parameters)
{
    char out[PARAMETERS_SIZE] = "";
    size_t used = 0;
    while (*parameters != '\0') {
        size_t length = strcspn(parameters, ";");
        if (length > 0 && used + length + 2 <= sizeof out)
            used +=
                (size_t)snprintf(out + used, sizeof out - used, "%s%.*s", used > 0 ? ";" : "", (int)length, parameters);
        parameters += length + (parameters[length] == ';');
    }
    return mem_text(out);
}

void negotiate_keep_parameters(struct negotiated *negotiated, const struct media *media,
                               const struct sdp_media *written)
{
    for (size_t i = 0; i < written->codec_count; i++) {
        const struct sdp_codec *codec = &written->codecs[i];
        if (media_find_payload_type(media, codec->payload_type) == NULL)
            continue;
        char **kept = &negotiated->parameters[codec->payload_type];
        if (*kept == NULL)
            *kept = copy_parameters(codec->parameters);
    }
}

static const char *parameters_of(const struct media_codec *codec, const struct negotiated *negotiated)
{
    const char *kept = negotiated != NULL ? negotiated->parameters[codec->payload_type] : NULL;
    return kept != NULL ? kept : codec_format(codec->codec)->offered_parameters;
}

static struct media_codec *add_codec(struct media *media, enum codec codec, const struct sdp_codec *written,
                                     const struct sdp_media *line)
{
    uint32_t profile;
    if (media->codec_count == MEDIA_CODECS_MAX || !codec_read_profile(codec, written->parameters, &profile))
        return NULL;
    struct media_codec *out = &media->codecs[media->codec_count++];
    *out = (struct media_codec){
        .codec = codec,
        .payload_type = written->payload_type,
        .rtx_payload_type = find_rtx(line, written->payload_type),
        .clock_rate = written->clock_rate,
        .channels = media->kind == MEDIA_VIDEO ? 1 : written->channels,
        .profile = profile,
        .nack = written->nack,
        .pli = written->pli,
        .fir = written->fir,
        .transport_cc = written->transport_cc,
        .remb = written->remb,
    };
    return out;
}

/* The payload type that a wrapper (RED) carries: its parameters are "111/111", one payload type for each block, all of
 * one codec. Without a=fmtp it is the first payload type of that codec. MEDIA_PAYLOAD_TYPE_NONE: it carries something
 * else. */
static uint8_t read_primary(const struct media *media, const struct codec_format *wrapper, const char *parameters)
{
    unsigned primary = MEDIA_PAYLOAD_TYPE_NONE;
    for (const char *at = parameters; *at != '\0'; at += *at == '/') {
        char *end;
        primary = (unsigned)strtoul(at, &end, 10);
        const struct media_codec *inside = primary < 128 ? media_find_payload_type(media, (uint8_t)primary) : NULL;
        if (end == at || (*end != '/' && *end != '\0') || inside == NULL ||
            codec_format(inside->codec) != wrapper->inside)
            return MEDIA_PAYLOAD_TYPE_NONE;
        at = end;
    }
    for (size_t i = 0; i < media->codec_count && primary == MEDIA_PAYLOAD_TYPE_NONE; i++)
        if (codec_format(media->codecs[i].codec) == wrapper->inside)
            primary = media->codecs[i].payload_type;
    return (uint8_t)primary;
}

static void add_wrapper(struct media *media, const struct sdp_codec *written, const struct sdp_media *line)
{
    enum codec codec = codec_from_name(written->name);
    uint8_t primary = read_primary(media, codec_format(codec), written->parameters);
    struct media_codec *wrapper = primary != MEDIA_PAYLOAD_TYPE_NONE ? add_codec(media, codec, written, line) : NULL;
    if (wrapper != NULL)
        wrapper->primary_payload_type = primary;
}

static bool is_among(const enum codec *codecs, enum codec codec)
{
    while (*codecs != CODEC_NONE && *codecs != codec)
        codecs++;
    return *codecs == codec && codec != CODEC_NONE;
}

static void move_last_to_front(struct media *media)
{
    struct media_codec last = media->codecs[media->codec_count - 1];
    memmove(&media->codecs[1], &media->codecs[0], (media->codec_count - 1) * sizeof last);
    media->codecs[0] = last;
}

/* In the remote peer's order of preference; a wrapper (RED) comes first, if that is where it was, or last. */
void negotiate_read_codecs(struct media *media, const struct sdp_media *written, const enum codec *codecs)
{
    const struct sdp_codec *wrapper = NULL;
    media->codec_count = 0;
    for (size_t i = 0; i < written->codec_count; i++) {
        const struct sdp_codec *one = &written->codecs[i];
        enum codec codec = codec_from_name(one->name);
        if (!is_among(codecs != NULL ? codecs : codec_all(), codec) || !fits_kind(codec, one, media->kind))
            continue;
        if (codec_format(codec)->is_wrapper)
            wrapper = one;
        else
            (void)add_codec(media, codec, one, written);
    }
    if (wrapper == NULL)
        return;
    size_t others = media->codec_count;
    add_wrapper(media, wrapper, written);
    if (wrapper == &written->codecs[0] && media->codec_count > others && others > 0)
        move_last_to_front(media);
}

void negotiate_write_codecs(struct sdp_media *out, const struct media *media, const struct negotiated *negotiated)
{
    out->codec_count = 0;
    out->codecs = mem_array(2 * media->codec_count, sizeof *out->codecs);
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
        snprintf(line->parameters, sizeof line->parameters, "%s", parameters_of(codec, negotiated));
        if (codec->rtx_payload_type == MEDIA_PAYLOAD_TYPE_NONE)
            continue;
        line = &out->codecs[out->codec_count++];
        *line = (struct sdp_codec){.payload_type = codec->rtx_payload_type, .clock_rate = codec->clock_rate};
        snprintf(line->name, sizeof line->name, "rtx");
        snprintf(line->parameters, sizeof line->parameters, "apt=%u", codec->payload_type);
    }
}

static bool names_parameter(const char *parameters, const char *requested)
{
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(requested, "=") + 1, requested);
    return strstr(parameters, name) != NULL;
}

void negotiate_answer_codecs(struct sdp_media *answer)
{
    for (size_t i = 0; i < answer->codec_count; i++) {
        char *parameters = answer->codecs[i].parameters;
        size_t used = strlen(parameters), room = sizeof answer->codecs[i].parameters - used;
        const struct codec_format *format = codec_format(codec_from_name(answer->codecs[i].name));
        const char *requested = format != NULL ? format->answered_parameter : NULL;
        if (requested != NULL && !names_parameter(parameters, requested) && strlen(requested) + 2 < room)
            snprintf(parameters + used, room, "%s%s", used > 0 ? ";" : "", requested);
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

/* The requested id, or the extension's id on other m-lines of the BUNDLE; 0: they use the id for another extension. */
static uint8_t choose_extension_id(const struct negotiated *previous, int extension, uint8_t requested)
{
    for (size_t i = 0; previous != NULL && i < previous->media_count; i++) {
        if (previous->media[i].extensions.id[extension] != 0)
            return previous->media[i].extensions.id[extension];
    }
    return previous != NULL && requested != 0 && uses_extension_id(previous, requested) ? 0 : requested;
}

static bool is_free(const struct negotiated *previous, const struct codec_format *format)
{
    return !uses_payload_type(previous, format->offered_payload_type) &&
           (format->offered_rtx_payload_type == 0 || !uses_payload_type(previous, format->offered_rtx_payload_type));
}

static void offer_codec(struct media *media, enum codec codec, const struct codec_format *format)
{
    bool is_video = format->kind == MEDIA_VIDEO;
    uint8_t primary = format->is_wrapper ? read_primary(media, format, format->offered_parameters) : 0;
    if (primary == MEDIA_PAYLOAD_TYPE_NONE)
        return; /* the wrapped codec has another payload type here */
    uint8_t rtx = format->offered_rtx_payload_type;
    struct media_codec *out = &media->codecs[media->codec_count++];
    *out = (struct media_codec){
        .codec = codec,
        .payload_type = format->offered_payload_type,
        .rtx_payload_type = rtx != 0 ? rtx : MEDIA_PAYLOAD_TYPE_NONE,
        .clock_rate = format->clock_rate,
        .channels = is_video ? 1 : 2,
        .nack = is_video,
        .pli = is_video,
        .fir = is_video,
        .transport_cc = true,
        .remb = is_video,
        .primary_payload_type = primary,
    };
    (void)codec_read_profile(codec, format->offered_parameters, &out->profile);
}

static void choose_own_codecs(struct media *media, const enum codec *codecs, const struct negotiated *previous)
{
    for (codecs = codecs != NULL ? codecs : codec_all(); *codecs != CODEC_NONE; codecs++) {
        const struct codec_format *format = codec_format(*codecs);
        if (format->kind == media->kind && format->offered_payload_type != 0 && is_free(previous, format))
            offer_codec(media, *codecs, format);
    }
}

void negotiate_own_media(struct media *media, const enum codec *codecs, const struct negotiated *previous)
{
    static const uint8_t ids[EXTENSION_COUNT] = {
        [EXTENSION_AUDIO_LEVEL] = 1, [EXTENSION_ABS_SEND_TIME] = 2, [EXTENSION_TRANSPORT_SEQUENCE] = 3,
        [EXTENSION_MID] = 4,         [EXTENSION_PLAYOUT_DELAY] = 5, [EXTENSION_ABS_CAPTURE_TIME] = 8,
        [EXTENSION_RID] = 10,        [EXTENSION_REPAIRED_RID] = 11, [EXTENSION_VIDEO_ORIENTATION] = 13,
    };
    struct sdp_media requested = {.send = false};
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
        requested.extensions.id[i] = choose_extension_id(previous, i, ids[i]);
    negotiate_extensions(media, &requested);
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

/* With the dependency descriptor, Chromium leaves picture ids and layers out of the payload descriptors of VP8 and VP9.
 * So the extension is accepted only for a codec that needs it, and on an m-line that the remote peer sends only if that
 * codec comes first. */
static bool takes_descriptor(const struct media *media, bool they_send)
{
    size_t count = they_send ? 1 : media->codec_count;
    for (size_t i = 0; i < count; i++)
        if (codec_format(media->codecs[i].codec)->needs_dependency_descriptor)
            return true;
    return false;
}

/* Whether the extension goes in a direction that we use. On an inactive m-line: in a direction that the author
 * allows. */
static bool goes_our_way(const struct media *media, enum sdp_extension_direction direction)
{
    bool they_send = direction == SDP_EXTENSION_BOTH || direction == SDP_EXTENSION_SEND;
    bool they_receive = direction == SDP_EXTENSION_BOTH || direction == SDP_EXTENSION_RECEIVE;
    if (!media->send && !media->receive)
        return they_send || they_receive;
    return (media->receive && they_send) || (media->send && they_receive);
}

void negotiate_extensions(struct media *media, const struct sdp_media *written)
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
        uint8_t id = written->extensions.id[i];
        bool can_write = id <= EXTENSION_ONE_BYTE_ID_MAX || media->extmap_allow_mixed;
        bool is_taken = taken[media->kind][i] && can_write && goes_our_way(media, written->extension_directions[i]);
        media->extensions.id[i] = is_taken ? id : 0;
    }
    if (!takes_descriptor(media, written->send))
        media->extensions.id[EXTENSION_DEPENDENCY_DESCRIPTOR] = 0;
}

/* What extension ids mean in a BUNDLE. */
struct meanings {
    uint8_t extension[256]; /* 1 + the enum extension, or 0 */
    bool is_double[256];    /* the remote peer gave the id a second meaning */
};

/* Notes what the ids of `negotiated` mean, the more useful extensions (see enum extension) first. */
static void note_meanings(struct meanings *meanings, const struct negotiated *negotiated)
{
    for (int extension = 0; negotiated != NULL && extension < EXTENSION_COUNT; extension++) {
        for (size_t i = 0; i < negotiated->media_count; i++) {
            uint8_t id = negotiated->media[i].extensions.id[extension];
            if (id == 0)
                continue;
            if (meanings->extension[id] == 0)
                meanings->extension[id] = (uint8_t)(extension + 1);
            meanings->is_double[id] = meanings->is_double[id] || meanings->extension[id] != extension + 1;
        }
    }
}

void negotiate_unique_extensions(struct negotiated *negotiated, const struct negotiated *previous)
{
    struct meanings meanings = {0};
    note_meanings(&meanings, previous);
    note_meanings(&meanings, negotiated);
    for (size_t i = 0; i < negotiated->media_count; i++) {
        struct media *media = &negotiated->media[i];
        for (int extension = 0; extension < EXTENSION_COUNT; extension++) {
            uint8_t id = media->extensions.id[extension];
            if (meanings.extension[id] != extension + 1 || (media->send && meanings.is_double[id]))
                media->extensions.id[extension] = 0;
        }
    }
}

/* As a receiver we send NACK, PLI and transport-wide feedback (if its sequence number extension is agreed on; else
 * REMB, for video). As a sender we understand FIR and REMB, too. */
void negotiate_feedback(struct media *media)
{
    bool has_sequence = media->extensions.id[EXTENSION_TRANSPORT_SEQUENCE] != 0;
    for (size_t i = 0; i < media->codec_count; i++) {
        struct media_codec *codec = &media->codecs[i];
        codec->transport_cc = codec->transport_cc && has_sequence;
        codec->fir = codec->fir && media->send;
        codec->remb = codec->remb && (!media->receive || (media->kind == MEDIA_VIDEO && !codec->transport_cc));
    }
}

size_t negotiate_missing(const struct media *media, size_t index, const struct media *const *viewers,
                         size_t viewer_count)
{
    size_t missing = 0;
    for (size_t i = 0; i < viewer_count; i++)
        missing += media_match(viewers[i], media, &media->codecs[index]) == NULL;
    return missing;
}

size_t negotiate_best_codec(const struct media *media, const struct media *const *viewers, size_t viewer_count,
                            size_t current)
{
    size_t best = current, fewest = negotiate_missing(media, current, viewers, viewer_count);
    for (size_t i = 0; i < media->codec_count && fewest > 0; i++) {
        size_t missing = negotiate_missing(media, i, viewers, viewer_count);
        if (missing < fewest) {
            fewest = missing;
            best = i;
        }
    }
    return best;
}

static size_t index_of_promoted(const struct media *media, const struct media *before)
{
    for (size_t i = 0; before != NULL && i < media->codec_count; i++)
        if (before->promoted_payload_type != 0 && media->codecs[i].payload_type == before->promoted_payload_type)
            return i;
    return 0;
}

void negotiate_prefer(struct media *media, const struct media *const *viewers, size_t viewer_count,
                      const struct media *before)
{
    size_t best = negotiate_best_codec(media, viewers, viewer_count, index_of_promoted(media, before));
    struct media_codec first = media->codecs[best];
    media->promoted_payload_type = best > 0 ? first.payload_type : 0;
    memmove(media->codecs + 1, media->codecs, best * sizeof first);
    media->codecs[0] = first;
}

/* Simulcast with rids. SSRCs are used only if there is one for each rid; else they are learnt from packets. */
static void read_rids(struct media *media, const struct sdp_media *written)
{
    media->encoding_count = written->rid_count;
    for (size_t i = 0; i < written->rid_count; i++) {
        struct media_encoding *encoding = &media->encodings[i];
        memcpy(encoding->rid, written->rids[i], sizeof encoding->rid);
        if (written->ssrc_count != written->rid_count)
            continue;
        encoding->ssrc = written->ssrcs[i].ssrc;
        encoding->rtx_ssrc = written->ssrcs[i].rtx_ssrc;
    }
}

/* Simulcast without rids: a list of SSRCs, each perhaps with one for RTX. */
static void read_sim_group(struct media *media, const struct sdp_media *written)
{
    media->encoding_count = written->sim_count;
    for (size_t i = 0; i < written->sim_count; i++) {
        struct media_encoding *encoding = &media->encodings[i];
        encoding->ssrc = written->sim[i];
        for (size_t k = 0; k < written->ssrc_count; k++)
            if (written->ssrcs[k].ssrc == encoding->ssrc)
                encoding->rtx_ssrc = written->ssrcs[k].rtx_ssrc;
    }
}

void negotiate_encodings(struct media *media, const struct sdp_media *written)
{
    memset(media->encodings, 0, sizeof media->encodings);
    if (written->rid_count > 0) {
        read_rids(media, written);
    } else if (written->sim_count > 0) {
        read_sim_group(media, written);
    } else { /* one stream: the first SSRC carries the media, others are RTX of it */
        media->encoding_count = 1;
        media->encodings[0].ssrc = written->ssrc_count > 0 ? written->ssrcs[0].ssrc : 0;
        media->encodings[0].rtx_ssrc = written->ssrc_count > 0 ? written->ssrcs[0].rtx_ssrc : 0;
    }
}
