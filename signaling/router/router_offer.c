/* An offer to the router: checked, negotiated, given to a worker, answered. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/router/router_codecs.h"
#include "signaling/router/router_connections.h"
#include "signaling/router/router_mix.h"
#include "signaling/router/router_participant.h"
#include "signaling/router/router_relays.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/peer/association.h"
#include "transport/peer/peer_types.h"

#define UFRAG_LENGTH 8
#define PWD_LENGTH 24
#define ANSWER_SIZE ((size_t)256 * 1024)

/* One offer while it is processed. */
struct offer {
    struct router_participant *router;
    struct router_connection *connection;
    const struct router_offer *given;
    struct sdp *sdp;
    enum negotiate_relation relation;
    bool is_fresh; /* a peer connection that is not the connection in use: NEGOTIATE_NEW */
    unsigned worker;
    char session_id[24], tls_id[24]; /* of the answer */
    uint64_t version;
    struct ice_credentials local;
    size_t line_count, send_count, receive_count, viewer_count;
    struct negotiate_line *lines;
    const struct media **viewers; /* of each other participant's connection, one video m-line that it receives on */
    struct router_send *sends;
    struct router_receive *receives;
    struct negotiated negotiated;
    struct refusal *error;
};

static void refuse_field(struct offer *offer, const char *list, size_t index, const char *field, const char *expected)
{
    char path[64];
    snprintf(path, sizeof path, "%s[%zu].%s", list, index, field);
    refusal_set(offer->error, "bad-message", "a wrong field");
    refusal_set_field(offer->error, path, expected);
}

static const struct sdp_media *find_media(const struct sdp *sdp, const char *mid)
{
    for (size_t i = 0; i < sdp->media_count; i++)
        if (strcmp(sdp->media[i].mid, mid) == 0)
            return &sdp->media[i];
    return NULL;
}

/* Each entry of `sends` and `receives` must name an m-line of the offer that is of the same kind (audio, video) as its
 * source. */
static bool check_mid(struct offer *offer, const char *list, size_t index, const char *mid, const char *source)
{
    const char *kind = message_source_kind(message_source_index(source));
    const struct sdp_media *media = find_media(offer->sdp, mid);
    if (media != NULL && strcmp(media->kind, kind) == 0)
        return true;
    refuse_field(offer, list, index, "mid",
                 kind[0] == 'a' ? "the mid of an audio m-line of the offer" : "the mid of a video m-line of the offer");
    return false;
}

static bool read_sends(struct offer *offer)
{
    const struct router_offer *given = offer->given;
    offer->sends = mem_array(given->send_count, sizeof *offer->sends);
    for (size_t i = 0; i < given->send_count; i++) {
        if (!check_mid(offer, "sends", i, given->sends[i].mid, given->sends[i].source))
            return false;
        struct router_send *send = &offer->sends[offer->send_count++];
        *send = given->sends[i];
        if ((offer->connection->participant->host_muted & 1u << message_source_index(send->source)) != 0)
            send->muted = true;
    }
    return true;
}

static const struct router_receive *find_receive(const struct offer *offer, const char *mid)
{
    for (size_t i = 0; i < offer->receive_count; i++)
        if (strcmp(offer->receives[i].mid, mid) == 0)
            return &offer->receives[i];
    return NULL;
}

static bool read_receives(struct offer *offer)
{
    const struct router_offer *given = offer->given;
    offer->receives = mem_array(given->receive_count, sizeof *offer->receives);
    for (size_t i = 0; i < given->receive_count; i++) {
        const struct router_receive *receive = &given->receives[i];
        if (!check_mid(offer, "receives", i, receive->mid, strchr(receive->publication, '/') + 1))
            return false;
        if (find_receive(offer, receive->mid) != NULL) {
            refuse_field(offer, "receives", i, "mid", "each mid at most once");
            return false;
        }
        offer->receives[offer->receive_count++] = *receive;
    }
    return true;
}

/* What the router does on each m-line: it takes what the client sends, and sends where the client only receives. The
 * stream is named after the participant, so that audio and video of one belong together (lip sync). */
static void plan_lines(struct offer *offer)
{
    offer->lines = mem_array(offer->sdp->media_count, sizeof *offer->lines);
    for (size_t i = 0; i < offer->sdp->media_count; i++) {
        const struct sdp_media *media = &offer->sdp->media[i];
        if (!sdp_is_rtp(media))
            continue;
        struct negotiate_line *line = &offer->lines[offer->line_count++];
        const struct router_receive *receive = find_receive(offer, media->mid);
        snprintf(line->mid, sizeof line->mid, "%s", media->mid);
        line->kind = media->kind[0] == 'a' ? MEDIA_AUDIO : MEDIA_VIDEO;
        line->receive = media->send;
        if (line->kind == MEDIA_VIDEO) {
            line->viewers = offer->viewers;
            line->viewer_count = offer->viewer_count;
        }
        line->send = receive != NULL || (media->receive && !media->send);
        if (receive != NULL) {
            const char *slash = strchr(receive->publication, '/');
            snprintf(line->stream_id, sizeof line->stream_id, "%.*s", (int)(slash - receive->publication),
                     receive->publication);
            snprintf(line->track_id, sizeof line->track_id, "%s", receive->publication);
        } else if (line->send) { /* a shared slot */
            snprintf(line->stream_id, sizeof line->stream_id, "slot-%s", media->mid);
            snprintf(line->track_id, sizeof line->track_id, "slot-%s", media->mid);
        }
    }
}

/* The router's side of the answer. The connection itself is not changed before the whole offer has been accepted. A new
 * connection gets new credentials, and so does an ICE restart: the client's credentials have changed (RFC 8839
 * 4.4.3). */
static void choose_own_end(struct offer *offer)
{
    struct router_participant *router = offer->router;
    const struct router_connection *connection = offer->connection;
    if (offer->is_fresh) {
        offer->worker = router_choose_worker(router, connection->participant->room);
        snprintf(offer->session_id, sizeof offer->session_id, "%" PRIu64, rng_next(&router->rng) >> 2);
        snprintf(offer->tls_id, sizeof offer->tls_id, "%020" PRIu64, rng_next(&router->rng) >> 2);
        offer->version = 1;
    } else {
        offer->worker = connection->worker;
        memcpy(offer->session_id, connection->session_id, sizeof offer->session_id);
        memcpy(offer->tls_id, connection->tls_id, sizeof offer->tls_id);
        offer->version = connection->version + 1;
    }
    offer->local = connection->local;
    if (offer->relation != NEGOTIATE_SAME) {
        random_secure_text(offer->local.ufrag, UFRAG_LENGTH);
        random_secure_text(offer->local.pwd, PWD_LENGTH);
    }
}

/* The worker's candidates, which are the same for all its connections, and those gathered for this one until now. */
static size_t list_candidates(const struct offer *offer, const struct worker_info *worker, const char **list)
{
    const struct router_connection *connection = offer->connection;
    size_t count = 0;
    for (size_t i = 0; i < worker->candidate_count && count < ROUTER_CANDIDATES_MAX; i++)
        list[count++] = worker->candidates[i];
    for (size_t i = 0; !offer->is_fresh && i < connection->candidate_count && count < ROUTER_CANDIDATES_MAX; i++)
        list[count++] = connection->candidates[i];
    return count;
}

/* As the DTLS client we send media a round trip earlier (transport/peer/dtls.h), but the server chooses the profile of
 * SRTP, and Chromium takes AES-CM where that is offered, too, which costs us several times as much for each packet. So
 * we begin where the client says that AES-GCM alone is enough. */
static bool may_begin_dtls(const struct offer *offer)
{
    const char *profiles = offer->router->config->srtp_profiles;
    return offer->given->has_gcm && (profiles == NULL || strstr(profiles, PEER_PROFILE_GCM) != NULL);
}

static bool negotiate(struct offer *offer, char *answer, size_t *length)
{
    struct router_participant *router = offer->router;
    struct router_connection *connection = offer->connection;
    const struct worker_info *worker = workers_info(router->workers, offer->worker);
    const char *candidates[ROUTER_CANDIDATES_MAX];
    struct negotiate_local local = {.ice_lite = !router->config->ice_full,
                                    .ice_ufrag = offer->local.ufrag,
                                    .ice_pwd = offer->local.pwd,
                                    .fingerprint = worker->fingerprint,
                                    .session_id = offer->session_id,
                                    .tls_id = offer->tls_id,
                                    .session_version = offer->version,
                                    .cname = "heddle",
                                    .begins_dtls = may_begin_dtls(offer),
                                    .sctp_port = connection->participant->may.chat ? ASSOCIATION_PORT : 0,
                                    .max_message_size = ASSOCIATION_MESSAGE_MAX,
                                    .candidates = candidates,
                                    .candidate_count = list_candidates(offer, worker, candidates),
                                    .end_of_candidates = !offer->is_fresh && connection->gathered};
    int result = negotiate_answer(offer->sdp, &local, offer->lines, offer->line_count,
                                  offer->is_fresh ? NULL : &connection->negotiated, &router->rng, &offer->negotiated,
                                  answer, ANSWER_SIZE, length, offer->error);
    if (result < 0)
        return false;
    for (size_t i = 0; i < offer->negotiated.rejected_count; i++)
        log_info(connection->participant->room->name, "%s: m-line %s rejected: %s", connection->participant->id,
                 offer->negotiated.rejected[i].mid, offer->negotiated.rejected[i].reason);
    return true;
}

/* Drops sends on m-lines that are rejected or send nothing: they are no publications. */
static void keep_received(struct offer *offer)
{
    size_t kept = 0;
    for (size_t i = 0; i < offer->send_count; i++) {
        const struct media *media = negotiated_find(&offer->negotiated, offer->sends[i].mid);
        if (media != NULL && media->receive)
            offer->sends[kept++] = offer->sends[i];
    }
    offer->send_count = kept;
}

/* Hands the negotiated state to the worker; takes sends and receives. */
static void configure(struct offer *offer)
{
    struct router_connection *connection = offer->connection;
    struct negotiated *negotiated = &offer->negotiated;
    router_mix_take(connection, offer->receives, &offer->receive_count);
    struct connection_setup setup = {.local = offer->local,
                                     .is_dtls_client = negotiated->is_dtls_client,
                                     .is_gcm_only = negotiated->is_dtls_client && may_begin_dtls(offer),
                                     .sctp_port = negotiated->data.remote_port,
                                     .media_count = negotiated->media_count,
                                     .send_count = offer->send_count,
                                     .receive_count = offer->receive_count,
                                     .media = mem_array(negotiated->media_count, sizeof *setup.media),
                                     .sends = offer->sends,
                                     .receives = offer->receives};
    if (negotiated->media_count > 0)
        memcpy(setup.media, negotiated->media, negotiated->media_count * sizeof *setup.media);
    snprintf(setup.remote.ufrag, sizeof setup.remote.ufrag, "%s", negotiated->remote_ufrag);
    snprintf(setup.remote.pwd, sizeof setup.remote.pwd, "%s", negotiated->remote_pwd);
    snprintf(setup.fingerprint_algorithm, sizeof setup.fingerprint_algorithm, "%s", negotiated->fingerprint_algorithm);
    snprintf(setup.fingerprint, sizeof setup.fingerprint, "%s", negotiated->fingerprint);
    free(connection->sends);
    connection->send_count = offer->send_count;
    connection->sends = mem_array(offer->send_count, sizeof *connection->sends);
    if (offer->send_count > 0)
        memcpy(connection->sends, offer->sends, offer->send_count * sizeof *connection->sends);
    offer->sends = NULL;
    offer->receives = NULL;
    worker_configure(router_connection_worker(offer->router, connection), connection->id, &setup);
    router_mix_show(offer->router, connection);
    for (size_t i = 0; i < negotiated->candidate_count; i++)
        worker_candidate(router_connection_worker(offer->router, connection), connection->id,
                         negotiated->candidates[i]);
    if (connection->has_negotiated)
        negotiated_fini(&connection->negotiated);
    connection->negotiated = *negotiated; /* moved */
    connection->has_negotiated = true;
    connection->local = offer->local;
    router_review_relays(offer->router, connection->participant->room);
}

/* Whether the offer is of the connection that was lost: its keys and streams are gone, so it cannot be restarted or
 * renegotiated. A new peer connection may have the same certificate, but has other ICE credentials and another session
 * id. An offer that follows our request for a new connection is of a new one in any case, since some stacks never
 * change their certificate and session id. */
static bool is_of_lost_connection(const struct router_connection *connection, const struct sdp *offer,
                                  uint64_t generation)
{
    bool is_renewed = connection->renewal != 0 && generation >= connection->renewal;
    const struct sdp_media *transport = connection->is_lost && !is_renewed ? negotiate_transport(offer) : NULL;
    return transport != NULL && strcmp(connection->remote_fingerprint, transport->fingerprint) == 0 &&
           (strcmp(connection->remote_ufrag, transport->ice_ufrag) == 0 ||
            strcmp(connection->remote_session, offer->session_id) == 0);
}

static void remember_remote(struct router_connection *connection, const struct sdp *offer)
{
    const struct sdp_media *transport = negotiate_transport(offer);
    if (transport == NULL)
        return;
    memcpy(connection->remote_session, offer->session_id, sizeof connection->remote_session);
    memcpy(connection->remote_fingerprint, transport->fingerprint, sizeof connection->remote_fingerprint);
    memcpy(connection->remote_ufrag, transport->ice_ufrag, sizeof connection->remote_ufrag);
}

/* Checks the generation, and finds out what kind of offer this is, before anything is changed. */
static bool check_generation(struct offer *offer)
{
    struct router_connection *connection = offer->connection;
    if (offer->given->generation < connection->generation)
        return refusal_set(offer->error, "wrong-generation", "the connection is at generation %" PRIu64,
                           connection->generation);
    if (is_of_lost_connection(connection, offer->sdp, offer->given->generation)) {
        connection->generation = offer->given->generation;
        connection->renewal = offer->given->generation + 1;
        offer->router->listener->lost(connection->participant, connection->renewal);
        return false;
    }
    offer->relation = connection->id != 0 && connection->has_negotiated
                          ? negotiate_relation(&connection->negotiated, offer->sdp)
                          : NEGOTIATE_NEW;
    offer->is_fresh = offer->relation == NEGOTIATE_NEW;
    return true;
}

/* A budget of new connections. A client that keeps losing its connection needs only one in a few seconds. */
static bool may_connect(struct offer *offer, usec_t now)
{
    static const struct budget_limit limit = {.per_second = 1, .burst = 16};
    if (!offer->is_fresh || budget_take(&offer->connection->made, &limit, 1, now))
        return true;
    return refusal_set(offer->error, "target-busy",
                       "too many connections in a short time: wait a second, then try again");
}

static bool process(struct offer *offer, char *answer, size_t *length)
{
    struct router_connection *connection = offer->connection;
    if (!check_generation(offer) || !read_sends(offer) || !read_receives(offer))
        return false;
    offer->viewer_count = router_connection_viewers(connection, &offer->viewers);
    plan_lines(offer);
    choose_own_end(offer);
    if (!may_connect(offer, clock_now()) || !negotiate(offer, answer, length))
        return false;
    if (offer->is_fresh) {
        router_connection_close(offer->router, connection);
        router_connection_open(offer->router, connection, offer->worker);
        memcpy(connection->session_id, offer->session_id, sizeof connection->session_id);
        memcpy(connection->tls_id, offer->tls_id, sizeof connection->tls_id);
    }
    connection->version = offer->version;
    connection->generation = offer->given->generation;
    remember_remote(connection, offer->sdp);
    keep_received(offer);
    configure(offer);
    return true;
}

void router_participant_offer(struct router_participant *router, struct room_participant *participant,
                              const struct router_offer *given, struct refusal *error)
{
    struct offer offer = {
        .router = router, .connection = router_connection_of(participant), .given = given, .error = error};
    char *answer = mem_alloc(ANSWER_SIZE);
    size_t length = 0;
    if (sdp_parse(&offer.sdp, given->sdp, strlen(given->sdp), error) == 0 && process(&offer, answer, &length)) {
        router_connection_publish(offer.connection);
        router->listener->answered(participant, &(struct router_answer){.generation = given->generation,
                                                                        .sdp = answer,
                                                                        .length = length,
                                                                        .negotiated = &offer.connection->negotiated});
    }
    sdp_free(offer.sdp);
    free(offer.lines);
    free(offer.viewers);
    free(offer.sends);
    free(offer.receives);
    free(answer);
}
