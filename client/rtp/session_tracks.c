#include "client/rtp/session_tracks.h"

#include <string.h>

#include "transport/base/memory.h"

static const struct media *find_media(const struct rtp_session *session, const char *mid)
{
    for (size_t i = 0; i < session->media_count; i++)
        if (strcmp(session->media[i].mid, mid) == 0)
            return &session->media[i];
    return NULL;
}

struct stream_in *session_find_in(struct rtp_session *session, const char *mid)
{
    for (size_t i = 0; i < session->in_count; i++)
        if (strcmp(session->ins[i].mid, mid) == 0)
            return &session->ins[i];
    return NULL;
}

const struct stream_out *session_find_out(const struct rtp_session *session, const char *source)
{
    for (size_t i = 0; i < session->out_count; i++)
        if (strcmp(session->outs[i].source, source) == 0)
            return &session->outs[i];
    return NULL;
}

static void configure_out(struct rtp_session *session, const struct media *media, const struct negotiation_line *line)
{
    if (session_find_out(session, line->source) != NULL || session->out_count == NEGOTIATION_SOURCES_MAX)
        return;
    struct send_track_config config = {.media = media, .codec = line->codec, .rid_count = line->base.send_rid_count};
    memcpy(config.rids, line->base.send_rids, sizeof config.rids);
    struct send_track *track = send_track_new(&config, session->pool, &session->rng);
    if (track == NULL)
        return;
    struct stream_out *out = &session->outs[session->out_count++];
    memcpy(out->mid, media->mid, sizeof out->mid);
    memcpy(out->source, line->source, sizeof out->source);
    out->ssrc = media->send_ssrc;
    out->track = track;
}

/* Keeps the statistics of a track under the publication that it carried so far. */
static void keep_stats(struct rtp_session *session, const struct stream_in *in)
{
    struct receive_track_stats stats;
    receive_track_take_stats(in->track, &stats);
    ended_tracks_add(&session->ended, in->publication, &stats);
}

static void end_track(struct rtp_session *session, struct stream_in *in)
{
    keep_stats(session, in);
    receive_track_free(in->track);
    in->track = NULL;
}

static void configure_in(struct rtp_session *session, const struct media *media, const struct negotiation_line *line)
{
    struct stream_in *in = session_find_in(session, media->mid);
    if (in == NULL) {
        in = &session->ins[session->in_count++];
        memset(in, 0, sizeof *in);
        memcpy(in->mid, media->mid, sizeof in->mid);
    }
    if (in->track != NULL && strcmp(in->publication, line->publication) != 0)
        end_track(session, in);
    if (in->track == NULL)
        in->track = receive_track_new(media);
    memcpy(in->publication, line->publication, sizeof in->publication);
}

/* Drops the tracks whose m-line no longer goes that way, or begins another stream. */
static void drop_stale(struct rtp_session *session, const struct negotiation *negotiation)
{
    for (size_t i = 0; i < session->out_count;) {
        struct stream_out *out = &session->outs[i];
        const struct media *media = find_media(session, out->mid);
        const struct negotiation_line *line = negotiation_find_line(negotiation, out->mid);
        if (media != NULL && media->send && media->send_ssrc == out->ssrc && line != NULL &&
            strcmp(line->source, out->source) == 0) {
            i++;
            continue;
        }
        send_track_free(out->track);
        *out = session->outs[--session->out_count];
    }
    for (size_t i = 0; i < session->in_count;) {
        struct stream_in *in = &session->ins[i];
        const struct media *media = find_media(session, in->mid);
        if (media != NULL && media->receive) {
            i++;
            continue;
        }
        end_track(session, in);
        *in = session->ins[--session->in_count];
    }
}

static void learn_ssrcs(struct rtp_session *session)
{
    map_fini(&session->by_ssrc);
    map_init(&session->by_ssrc);
    for (size_t i = 0; i < session->media_count; i++) {
        const struct media *media = &session->media[i];
        struct stream_in *in = media->receive ? session_find_in(session, media->mid) : NULL;
        if (in != NULL)
            in->learned_count = 0;
        for (size_t k = 0; in != NULL && k < media->encoding_count; k++) {
            if (media->encodings[k].ssrc != 0)
                map_put(&session->by_ssrc, media->encodings[k].ssrc, in);
            if (media->encodings[k].rtx_ssrc != 0)
                map_put(&session->by_ssrc, media->encodings[k].rtx_ssrc, in);
        }
    }
}

void session_configure(struct rtp_session *session, const struct negotiation *negotiation)
{
    const struct negotiated *agreed = negotiation_current(negotiation);
    if (agreed == NULL)
        return;
    session->media = mem_resize(session->media, agreed->media_count + 1, sizeof *session->media);
    memcpy(session->media, agreed->media, agreed->media_count * sizeof *session->media);
    session->media_count = agreed->media_count;
    drop_stale(session, negotiation);
    for (size_t i = 0; i < session->media_count; i++) {
        const struct media *media = &session->media[i];
        const struct negotiation_line *line = negotiation_find_line(negotiation, media->mid);
        if (line == NULL)
            continue;
        if (media->send && line->source[0] != '\0')
            configure_out(session, media, line);
        if (media->receive)
            configure_in(session, media, line);
    }
    learn_ssrcs(session);
}

void session_set_publication(struct rtp_session *session, const char *mid, const char *publication)
{
    struct stream_in *in = session_find_in(session, mid);
    if (in == NULL || strcmp(in->publication, publication) == 0)
        return;
    keep_stats(session, in);
    memset(in->publication, 0, sizeof in->publication);
    strncpy(in->publication, publication, sizeof in->publication - 1);
}

/* Bounded: a sender may change its SSRC with every packet. */
static void learn(struct rtp_session *session, struct stream_in *in, uint32_t ssrc)
{
    uint32_t *place = &in->learned[in->learned_count % LEARNED_SSRCS];
    if (in->learned_count++ >= LEARNED_SSRCS)
        map_remove(&session->by_ssrc, *place);
    *place = ssrc;
    map_put(&session->by_ssrc, ssrc, in);
}

struct stream_in *session_learn_ssrc(struct rtp_session *session, const struct packet *packet)
{
    char mid[MEDIA_MID_MAX + 1] = "";
    size_t length = packet->extensions.at[EXTENSION_MID].length;
    if (length == 0 || length > MEDIA_MID_MAX)
        return NULL;
    memcpy(mid, packet->data + packet->extensions.at[EXTENSION_MID].offset, length);
    struct stream_in *in = session_find_in(session, mid);
    if (in != NULL)
        learn(session, in, packet->rtp.ssrc);
    return in;
}
