#include "client/rtp/negotiation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/peer/association.h"

static const enum codec played[] = {CODEC_OPUS, CODEC_RED, CODEC_VP8, CODEC_VP9, CODEC_NONE};
static const enum codec all[] = {CODEC_OPUS, CODEC_RED, CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1, CODEC_NONE};

struct lines {
    size_t count;
    struct negotiation_line at[NEGOTIATION_LINES_MAX];
};

struct negotiation {
    char local_id[32], remote_id[32];
    bool is_router, is_polite, may_offer, has_data, has_all_codecs;
    const char *fingerprint;
    char session_id[24], cname[48];
    char tls_id[32]; /* all connections of a call have one certificate: this tells them apart (RFC 8842) */
    uint64_t session_version;
    struct rng rng;
    struct negotiation_source sources[NEGOTIATION_SOURCES_MAX];
    size_t source_count;
    struct lines lines;
    struct lines stable; /* as they were before our open offer */
    bool needs_offer;
    bool is_repeated; /* the offer before the open one was not answered either: `stable` is as before that one */
    char *offer;      /* ours, not answered yet; NULL: stable */
    struct negotiated current;
    bool has_current;
};

bool negotiation_is_impolite_id(const char *local_id, const char *remote_id)
{
    size_t local = strlen(local_id), remote = strlen(remote_id);
    return local != remote ? local < remote : strcmp(local_id, remote_id) < 0;
}

struct negotiation *negotiation_new(const struct negotiation_config *config)
{
    struct negotiation *negotiation = mem_alloc(sizeof *negotiation);
    snprintf(negotiation->local_id, sizeof negotiation->local_id, "%s", config->local_id);
    snprintf(negotiation->remote_id, sizeof negotiation->remote_id, "%s", config->remote_id);
    snprintf(negotiation->session_id, sizeof negotiation->session_id, "%llu",
             (unsigned long long)(config->session_id & INT64_MAX));
    snprintf(negotiation->tls_id, sizeof negotiation->tls_id, "%020llu",
             (unsigned long long)(config->session_id & INT64_MAX));
    snprintf(negotiation->cname, sizeof negotiation->cname, "%s", config->local_id);
    negotiation->is_router = config->is_router;
    negotiation->is_polite = !config->is_router && !negotiation_is_impolite_id(config->local_id, config->remote_id);
    negotiation->may_offer = config->offers_first;
    negotiation->has_data = config->has_data;
    negotiation->has_all_codecs = config->has_all_codecs;
    negotiation->needs_offer = true; /* even with nothing to send: the remote peer may, and ICE needs it to begin */
    negotiation->fingerprint = config->fingerprint;
    rng_init(&negotiation->rng, config->seed);
    return negotiation;
}

void negotiation_free(struct negotiation *negotiation)
{
    if (negotiation == NULL)
        return;
    if (negotiation->has_current)
        negotiated_fini(&negotiation->current);
    free(negotiation->offer);
    free(negotiation);
}

static struct negotiation_line *find_mid(struct lines *lines, const char *mid)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->at[i].base.mid, mid) == 0)
            return &lines->at[i];
    return NULL;
}

static struct negotiation_line *add_line(struct lines *lines, enum media_kind kind, const char *mid)
{
    if (lines->count == NEGOTIATION_LINES_MAX)
        return NULL;
    struct negotiation_line *line = &lines->at[lines->count];
    *line = (struct negotiation_line){.base = {.kind = kind}};
    if (mid != NULL) {
        snprintf(line->base.mid, sizeof line->base.mid, "%s", mid);
    } else {
        unsigned number = (unsigned)lines->count;
        do
            snprintf(line->base.mid, sizeof line->base.mid, "%u", number++);
        while (find_mid(lines, line->base.mid) != NULL);
    }
    lines->count++;
    return line;
}

static const struct negotiation_source *find_source(const struct negotiation *negotiation, const char *name)
{
    for (size_t i = 0; i < negotiation->source_count; i++)
        if (strcmp(negotiation->sources[i].source, name) == 0)
            return &negotiation->sources[i];
    return NULL;
}

static struct negotiation_line *line_of_source(struct lines *lines, const char *source)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->at[i].source, source) == 0)
            return &lines->at[i];
    return NULL;
}

/* A free m-line to send on: toward the router one that receives nothing, toward a participant one that it is ready to
 * receive on. */
static struct negotiation_line *free_line(struct negotiation *negotiation, enum media_kind kind)
{
    for (size_t i = 0; i < negotiation->lines.count; i++) {
        struct negotiation_line *line = &negotiation->lines.at[i];
        if (line->base.kind == kind && !line->base.is_data && line->source[0] == '\0' && !line->is_theirs &&
            (!negotiation->is_router || line->publication[0] == '\0'))
            return line;
    }
    return NULL;
}

static void put_source(struct negotiation *negotiation, struct negotiation_line *line,
                       const struct negotiation_source *source)
{
    snprintf(line->source, sizeof line->source, "%s", source->source);
    line->codec = source->codec;
    line->base.send = true;
    snprintf(line->base.stream_id, sizeof line->base.stream_id, "%s", negotiation->local_id);
    snprintf(line->base.track_id, sizeof line->base.track_id, "%s/%s", negotiation->local_id, source->source);
    line->base.send_rid_count = negotiation->is_router ? source->rid_count : 0;
    memcpy(line->base.send_rids, source->rids, sizeof line->base.send_rids);
}

static void remove_sources(struct negotiation *negotiation)
{
    for (size_t i = 0; i < negotiation->lines.count; i++) {
        struct negotiation_line *line = &negotiation->lines.at[i];
        if (line->source[0] == '\0' || find_source(negotiation, line->source) != NULL)
            continue;
        line->source[0] = '\0';
        line->base.send = false;
        line->base.send_rid_count = 0;
        /* What is sent here next is another stream. Under the old SSRC its sequence numbers would start again, and with
         * them the cipher's nonces. */
        line->base.send_ssrc = rng_u32(&negotiation->rng) | 1;
        line->base.send_rtx_ssrc = rng_u32(&negotiation->rng) | 1;
        negotiation->needs_offer = true;
    }
}

void negotiation_set_sources(struct negotiation *negotiation, const struct negotiation_source *sources, size_t count)
{
    CHECK(count <= NEGOTIATION_SOURCES_MAX);
    memcpy(negotiation->sources, sources, count * sizeof *sources);
    negotiation->source_count = count;
    remove_sources(negotiation);
    for (size_t i = 0; i < count; i++)
        if (line_of_source(&negotiation->lines, sources[i].source) == NULL)
            negotiation->needs_offer = true;
}

/* Puts every source that has no m-line yet on one; only called while our offer is being made. */
static void place_sources(struct negotiation *negotiation)
{
    for (size_t i = 0; i < negotiation->source_count; i++) {
        const struct negotiation_source *source = &negotiation->sources[i];
        if (line_of_source(&negotiation->lines, source->source) != NULL)
            continue;
        struct negotiation_line *line = free_line(negotiation, source->kind);
        if (line == NULL)
            line = add_line(&negotiation->lines, source->kind, NULL);
        if (line != NULL)
            put_source(negotiation, line, source);
        if (line != NULL && negotiation->is_router)
            line->base.receive = false;
    }
}

/* One m-line has all data channels; it comes last, so that media keeps the first ones. */
static void place_data(struct negotiation *negotiation)
{
    for (size_t i = 0; i < negotiation->lines.count; i++)
        if (negotiation->lines.at[i].base.is_data)
            return;
    struct negotiation_line *line = negotiation->has_data ? add_line(&negotiation->lines, MEDIA_VIDEO, NULL) : NULL;
    if (line != NULL)
        line->base.is_data = true;
}

static struct negotiation_line *line_of_publication(struct lines *lines, const char *publication)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->at[i].publication, publication) == 0)
            return &lines->at[i];
    return NULL;
}

const char *negotiation_mid_of(const struct negotiation *negotiation, const char *publication)
{
    for (size_t i = 0; i < negotiation->lines.count; i++)
        if (strcmp(negotiation->lines.at[i].publication, publication) == 0)
            return negotiation->lines.at[i].base.mid;
    return NULL;
}

static bool is_among(const char *publication, const char *const *publications, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(publications[i], publication) == 0)
            return true;
    return false;
}

void negotiation_set_requested(struct negotiation *negotiation, const char *const *publications,
                               const enum media_kind *kinds, size_t count)
{
    if (!negotiation->is_router)
        return;
    struct lines *lines = &negotiation->lines;
    for (size_t i = 0; i < lines->count; i++) {
        struct negotiation_line *line = &lines->at[i];
        if (line->publication[0] == '\0' || is_among(line->publication, publications, count))
            continue;
        line->publication[0] = '\0';
        line->base.receive = false;
        negotiation->needs_offer = true;
    }
    for (size_t i = 0; i < count; i++) {
        if (line_of_publication(lines, publications[i]) != NULL)
            continue;
        struct negotiation_line *line = free_line(negotiation, kinds[i]);
        if (line == NULL)
            line = add_line(lines, kinds[i], NULL);
        if (line == NULL)
            return;
        snprintf(line->publication, sizeof line->publication, "%s", publications[i]);
        line->base.receive = true;
        negotiation->needs_offer = true;
    }
}

bool negotiation_needs_offer(const struct negotiation *negotiation)
{
    return negotiation->needs_offer && negotiation->may_offer && negotiation->offer == NULL;
}

void negotiation_may_offer(struct negotiation *negotiation)
{
    negotiation->may_offer = true;
}

void negotiation_restart(struct negotiation *negotiation)
{
    /* The remote peer may have accepted the offer, and its answer may be lost: the m-lines of that offer stay. */
    negotiation->is_repeated = negotiation->is_repeated || negotiation->offer != NULL;
    free(negotiation->offer);
    negotiation->offer = NULL;
    negotiation->needs_offer = negotiation->may_offer = true;
}

void negotiation_repeat(struct negotiation *negotiation)
{
    if (negotiation->offer != NULL)
        negotiation_restart(negotiation);
}

void negotiation_yield(struct negotiation *negotiation)
{
    if (negotiation->offer == NULL)
        return;
    negotiation->lines = negotiation->stable;
    free(negotiation->offer);
    negotiation->offer = NULL;
    negotiation->needs_offer = true;
}

bool negotiation_is_polite(const struct negotiation *negotiation)
{
    return negotiation->is_polite;
}

static json_t *sends_of(const struct negotiation *negotiation, const struct lines *lines)
{
    json_t *sends = json_array();
    for (size_t i = 0; i < lines->count; i++) {
        const struct negotiation_line *line = &lines->at[i];
        const struct negotiation_source *source =
            line->source[0] != '\0' ? find_source(negotiation, line->source) : NULL;
        if (source != NULL)
            json_array_append_new(sends, json_pack("{s:s,s:s,s:b}", "mid", line->base.mid, "source", line->source,
                                                   "muted", source->muted));
    }
    return sends;
}

static json_t *receives_of(const struct lines *lines)
{
    json_t *receives = json_array();
    for (size_t i = 0; i < lines->count; i++)
        if (lines->at[i].publication[0] != '\0')
            json_array_append_new(receives, json_pack("{s:s,s:s}", "mid", lines->at[i].base.mid, "publication",
                                                      lines->at[i].publication));
    return receives;
}

static struct negotiate_local local_of(struct negotiation *negotiation, const struct ice_credentials *credentials)
{
    return (struct negotiate_local){.ice_ufrag = credentials->ufrag,
                                    .ice_pwd = credentials->pwd,
                                    .fingerprint = negotiation->fingerprint,
                                    .session_id = negotiation->session_id,
                                    .session_version = ++negotiation->session_version,
                                    .tls_id = negotiation->tls_id,
                                    .cname = negotiation->cname,
                                    .awaits_dtls = negotiation->is_router,
                                    .sctp_port = negotiation->has_data ? ASSOCIATION_PORT : 0,
                                    .max_message_size = ASSOCIATION_MESSAGE_MAX,
                                    .codecs = negotiation->has_all_codecs ? all : played};
}

/* The proto layer takes its part of the lines as an array of its own. */
static struct negotiate_line *copy_bases(const struct lines *lines)
{
    struct negotiate_line *bases = mem_array(lines->count + 1, sizeof *bases);
    for (size_t i = 0; i < lines->count; i++)
        bases[i] = lines->at[i].base;
    return bases;
}

static void store_bases(struct lines *lines, const struct negotiate_line *bases)
{
    for (size_t i = 0; i < lines->count; i++)
        lines->at[i].base = bases[i];
}

int negotiation_offer(struct negotiation *negotiation, const struct ice_credentials *local, char *offer,
                      json_t *message)
{
    if (negotiation->offer != NULL)
        return ERR_WRONG_STATE;
    if (!negotiation->is_repeated)
        negotiation->stable = negotiation->lines;
    if (!negotiation->is_router && negotiation->lines.count == 0) {
        add_line(&negotiation->lines, MEDIA_AUDIO, NULL);
        add_line(&negotiation->lines, MEDIA_VIDEO, NULL);
    }
    place_sources(negotiation);
    if (negotiation->lines.count == 0) /* used again when there is something to send or to receive */
        add_line(&negotiation->lines, MEDIA_AUDIO, NULL)->base.receive = true;
    place_data(negotiation);
    if (!negotiation->is_router)
        for (size_t i = 0; i < negotiation->lines.count; i++)
            negotiation->lines.at[i].base.receive = true;
    struct negotiate_local who = local_of(negotiation, local);
    struct negotiate_line *bases = copy_bases(&negotiation->lines);
    int length =
        negotiate_offer(&who, bases, negotiation->lines.count, negotiation->has_current ? &negotiation->current : NULL,
                        &negotiation->rng, offer, SDP_SIZE_MAX);
    store_bases(&negotiation->lines, bases);
    free(bases);
    if (length < 0) {
        negotiation->lines = negotiation->stable;
        return length;
    }
    negotiation->offer = mem_text(offer);
    negotiation->needs_offer = false;
    json_object_set_new(message, "sends", sends_of(negotiation, &negotiation->lines));
    if (negotiation->is_router)
        json_object_set_new(message, "receives", receives_of(&negotiation->lines));
    return 0;
}

bool negotiation_ignores_offer(const struct negotiation *negotiation)
{
    return negotiation->offer != NULL && !negotiation->is_polite;
}

/* In a Mesh the remote peer says which publication is on which m-line. */
static void take_sends(struct negotiation *negotiation, const json_t *sends)
{
    if (negotiation->is_router)
        return;
    for (size_t i = 0; i < negotiation->lines.count; i++)
        negotiation->lines.at[i].publication[0] = '\0';
    size_t index;
    json_t *send;
    json_array_foreach((json_t *)sends, index, send)
    {
        const char *mid = json_string_value(json_object_get(send, "mid"));
        const char *source = json_string_value(json_object_get(send, "source"));
        struct negotiation_line *line = mid != NULL ? find_mid(&negotiation->lines, mid) : NULL;
        if (line != NULL && source != NULL)
            snprintf(line->publication, sizeof line->publication, "%s/%.*s", negotiation->remote_id, SOURCE_MAX,
                     source);
    }
}

static void set_current(struct negotiation *negotiation, const struct negotiated *agreed)
{
    if (negotiation->has_current)
        negotiated_fini(&negotiation->current);
    negotiation->current = *agreed;
    negotiation->has_current = negotiation->may_offer = true;
    negotiation->is_repeated = false;
}

/* Our lines in the order of their offer, with what we can send put on m-lines they would receive. */
static int follow_offer(struct negotiation *negotiation, const struct sdp *offer)
{
    for (size_t i = 0; i < offer->media_count; i++) {
        const struct sdp_media *media = &offer->media[i];
        enum media_kind kind = strcmp(media->kind, "audio") == 0 ? MEDIA_AUDIO : MEDIA_VIDEO;
        struct negotiation_line *line = find_mid(&negotiation->lines, media->mid);
        if (line == NULL)
            line = add_line(&negotiation->lines, kind, media->mid);
        if (line == NULL)
            return ERR_LIMIT;
        line->base.is_data = sdp_is_data(media);
        line->base.receive = true;
        line->is_theirs = !media->receive;
        if (media->rejected || !media->receive || line->source[0] != '\0' || line->base.is_data)
            continue;
        for (size_t k = 0; k < negotiation->source_count; k++) {
            const struct negotiation_source *source = &negotiation->sources[k];
            if (source->kind == kind && line_of_source(&negotiation->lines, source->source) == NULL) {
                put_source(negotiation, line, source);
                break;
            }
        }
    }
    return 0;
}

static bool has_unplaced_source(struct negotiation *negotiation)
{
    for (size_t i = 0; i < negotiation->source_count; i++)
        if (line_of_source(&negotiation->lines, negotiation->sources[i].source) == NULL)
            return true;
    return false;
}

int negotiation_offered(struct negotiation *negotiation, const char *offer, const json_t *sends,
                        const struct ice_credentials *local, char *answer, json_t *message, struct refusal *refusal)
{
    if (negotiation_ignores_offer(negotiation))
        return ERR_AGAIN;
    struct sdp *parsed;
    int result = sdp_parse(&parsed, offer, strlen(offer), refusal);
    if (result != 0)
        return result;
    bool rolled_back = negotiation->offer != NULL;
    struct lines *before = mem_alloc(sizeof *before);
    *before = rolled_back ? negotiation->stable : negotiation->lines;
    negotiation->lines = *before;
    result = follow_offer(negotiation, parsed);
    struct negotiate_line *bases = copy_bases(&negotiation->lines);
    struct negotiate_local who = local_of(negotiation, local);
    struct negotiated agreed;
    size_t length;
    if (result == 0)
        result = negotiate_answer(parsed, &who, bases, negotiation->lines.count,
                                  negotiation->has_current ? &negotiation->current : NULL, &negotiation->rng, &agreed,
                                  answer, SDP_SIZE_MAX, &length, refusal);
    store_bases(&negotiation->lines, bases);
    free(bases);
    sdp_free(parsed);
    free(negotiation->offer);
    negotiation->offer = NULL;
    if (result == 0) {
        set_current(negotiation, &agreed);
        take_sends(negotiation, sends);
        json_object_set_new(message, "sends", sends_of(negotiation, &negotiation->lines));
    } else {
        negotiation->lines = *before;
    }
    free(before);
    negotiation->needs_offer =
        has_unplaced_source(negotiation) || (result != 0 && (rolled_back || negotiation->needs_offer));
    return result;
}

int negotiation_answered(struct negotiation *negotiation, const char *answer, const json_t *sends,
                         struct refusal *refusal)
{
    if (negotiation->offer == NULL)
        return ERR_WRONG_STATE;
    struct sdp *ours, *theirs;
    int result = sdp_parse(&theirs, answer, strlen(answer), refusal);
    if (result != 0)
        return result;
    result = sdp_parse(&ours, negotiation->offer, strlen(negotiation->offer), refusal);
    struct negotiate_line *bases = copy_bases(&negotiation->lines);
    struct negotiated agreed;
    if (result == 0) {
        result = negotiate_complete(ours, theirs, bases, negotiation->lines.count,
                                    negotiation->has_current ? &negotiation->current : NULL, &agreed, refusal);
        sdp_free(ours);
    }
    sdp_free(theirs);
    free(bases);
    if (result != 0)
        return result;
    free(negotiation->offer);
    negotiation->offer = NULL;
    set_current(negotiation, &agreed);
    take_sends(negotiation, sends);
    return 0;
}

const struct negotiated *negotiation_current(const struct negotiation *negotiation)
{
    return negotiation->has_current ? &negotiation->current : NULL;
}

const struct negotiation_line *negotiation_find_line(const struct negotiation *negotiation, const char *mid)
{
    return find_mid((struct lines *)&negotiation->lines, mid);
}
