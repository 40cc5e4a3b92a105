#include "client/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define UFRAG_LENGTH 8
#define PWD_LENGTH 24
#define TICK_MS 10
#define DATAGRAM_MAX 1500
#define HELD_CANDIDATES_MAX 64

struct held_candidate {
    unsigned generation;
    char text[ICE_CANDIDATE_MAX];
};

struct connection {
    struct connection_config config;
    struct connection_listener listener;
    char local_id[32], remote_id[32];
    enum connection_state state;
    unsigned generation;
    usec_t connected_at;
    struct ice_credentials credentials;
    struct ice *ice;
    struct peer *peer;
    struct negotiation *negotiation;
    struct rtp_session *session;
    char remote_ufrag[ICE_UFRAG_MAX + 1]; /* in use; "" before the first description */
    unsigned remote_generation;           /* of the description it came with */
    struct held_candidate held[HELD_CANDIDATES_MAX];
    size_t held_count;
    uv_timer_t timer;
};

const char *connection_state_name(enum connection_state state)
{
    static const char *const names[] = {"new", "connecting", "connected", "disconnected", "failed"};
    return names[state];
}

static void set_state(struct connection *connection, enum connection_state state, usec_t now)
{
    if (connection->state == state)
        return;
    connection->state = state;
    log_info(connection->remote_id, "connection %s", connection_state_name(state));
    if (state == CONNECTION_CONNECTED && connection->connected_at == 0)
        connection->connected_at = now;
    connection->listener.state(connection->listener.user, connection, state, now);
}

static void transmit(struct connection *connection, const uint8_t *data, size_t length)
{
    struct ice_message message = {.data = data, .length = length};
    ice_send(connection->ice, &message, 1);
}

/* DTLS first, then, once it is up, everything the session has. */
static void flush(struct connection *connection, usec_t now)
{
    uint8_t data[DATAGRAM_MAX + SRTP_OVERHEAD_MAX];
    size_t length;
    if (connection->peer == NULL)
        return;
    while ((length = peer_poll(connection->peer, data, sizeof data)) > 0)
        transmit(connection, data, length);
    if (peer_state(connection->peer) != PEER_CONNECTED)
        return;
    bool is_rtcp;
    int64_t wall = clock_ntp_us();
    while ((length = rtp_session_poll(connection->session, data, DATAGRAM_MAX, &is_rtcp, now, wall)) > 0) {
        int error = is_rtcp ? peer_protect_rtcp(connection->peer, data, &length)
                            : peer_protect_rtp(connection->peer, data, &length);
        if (error == 0)
            transmit(connection, data, length);
    }
}

static void update_state(struct connection *connection, usec_t now)
{
    enum peer_state peer = connection->peer != NULL ? peer_state(connection->peer) : PEER_NEW;
    enum ice_state ice = ice_get_state(connection->ice);
    if (peer == PEER_FAILED || peer == PEER_CLOSED || ice == ICE_FAILED)
        set_state(connection, CONNECTION_FAILED, now);
    else if (ice == ICE_DISCONNECTED)
        set_state(connection, CONNECTION_DISCONNECTED, now);
    else if (ice == ICE_CONNECTED && peer == PEER_CONNECTED)
        set_state(connection, CONNECTION_CONNECTED, now);
}

/* Hands on what came out of the session. */
static void drain(struct connection *connection, usec_t now)
{
    struct session_frame frame;
    char source[SOURCE_MAX + 1];
    unsigned encoding;
    while (rtp_session_frame(connection->session, &frame, now))
        connection->listener.frame(connection->listener.user, connection, &frame, now);
    /* A request is kept until a keyframe can be sent. */
    while (connection->connected_at != 0 &&
           rtp_session_take_keyframe_request(connection->session, source, &encoding, connection->config.keyframes, now))
        connection->listener.keyframe(connection->listener.user, connection, source, encoding);
}

static void on_dtls(struct connection *connection, const uint8_t *data, size_t length, usec_t now)
{
    enum peer_state before = peer_state(connection->peer);
    peer_input(connection->peer, data, length, now);
    enum peer_state after = peer_state(connection->peer);
    if (before != after && after == PEER_FAILED)
        log_warning(connection->remote_id, "DTLS failed: %s", error_text(peer_error(connection->peer)));
    flush(connection, now);
    update_state(connection, now);
}

static void on_datagram(void *user, uint8_t *data, size_t length, usec_t now)
{
    struct connection *connection = user;
    if (connection->peer == NULL)
        return;
    enum packet_class class = packet_classify(data, length);
    if (class == PACKET_DTLS) {
        on_dtls(connection, data, length, now);
        return;
    }
    if (class == PACKET_RTP && peer_unprotect_rtp(connection->peer, data, &length) == 0)
        rtp_session_rtp(connection->session, data, length, now);
    else if (class == PACKET_RTCP && peer_unprotect_rtcp(connection->peer, data, &length) == 0)
        rtp_session_rtcp(connection->session, data, length, now, clock_ntp_us());
    drain(connection, now);
    flush(connection, now);
}

static void on_ice_state(void *user, enum ice_state state, usec_t now)
{
    struct connection *connection = user;
    log_debug(connection->remote_id, "ICE %s", ice_state_name(state));
    if (state == ICE_CONNECTED && connection->peer != NULL) {
        peer_start(connection->peer, now);
        flush(connection, now);
    }
    update_state(connection, now);
}

static void send_message(struct connection *connection, json_t *message)
{
    connection->listener.message(connection->listener.user, connection, message);
}

static void on_candidate(void *user, const char *candidate)
{
    struct connection *connection = user;
    send_message(connection, json_pack("{s:s,s:i,s:s}", "type", "ice-candidate", "generation",
                                       (int)connection->generation, "candidate", candidate != NULL ? candidate : ""));
}

static void make_offer(struct connection *connection)
{
    if (!negotiation_wants_offer(connection->negotiation))
        return;
    json_t *message = json_pack("{s:s,s:i}", "type", "offer", "generation", (int)connection->generation);
    char *sdp = mem_alloc(SDP_SIZE_MAX);
    int error = negotiation_offer(connection->negotiation, &connection->credentials, sdp, message);
    if (error == 0) {
        json_object_set_new(message, "sdp", json_string(sdp));
        send_message(connection, message);
        if (connection->state == CONNECTION_NEW || connection->state == CONNECTION_FAILED)
            set_state(connection, CONNECTION_CONNECTING, clock_now());
    } else {
        log_error(connection->remote_id, "cannot write an offer: %s", error_text(error));
        json_decref(message);
    }
    free(sdp);
}

static void on_tick(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    usec_t now = clock_now();
    if (connection->peer != NULL && now >= peer_next(connection->peer))
        peer_timeout(connection->peer, now);
    drain(connection, now);
    flush(connection, now);
    update_state(connection, now);
    make_offer(connection);
}

static void draw_credentials(struct ice_credentials *credentials)
{
    random_secure_text(credentials->ufrag, UFRAG_LENGTH);
    random_secure_text(credentials->pwd, PWD_LENGTH);
}

static uint64_t draw_seed(void)
{
    uint64_t seed;
    random_secure(&seed, sizeof seed);
    return seed;
}

static struct ice *open_ice(struct connection *connection)
{
    struct ice_agent_config config = {
        .is_controlling = !negotiation_is_polite(connection->negotiation),
        .relay_only = connection->config.relay_only,
        .local = connection->credentials,
        .servers = connection->config.servers,
        .server_count = connection->config.server_count,
        .tcp = true,
    };
    size_t room = sizeof config.bind_addresses / sizeof config.bind_addresses[0] - 1;
    for (size_t i = 0; i < room && connection->config.addresses[i] != NULL; i++)
        config.bind_addresses[i] = connection->config.addresses[i];
    struct ice_listener listener = {
        .datagram = on_datagram, .state = on_ice_state, .candidate = on_candidate, .user = connection};
    return ice_agent_new(connection->config.bridge, &config, &listener);
}

struct connection *connection_new(const struct connection_config *config, const struct connection_listener *listener)
{
    struct connection *connection = mem_alloc(sizeof *connection);
    connection->config = *config;
    connection->listener = *listener;
    connection->generation = config->generation;
    snprintf(connection->local_id, sizeof connection->local_id, "%s", config->local_id);
    snprintf(connection->remote_id, sizeof connection->remote_id, "%s", config->remote_id);
    struct negotiation_config negotiation = {
        .local_id = config->local_id,
        .remote_id = config->remote_id,
        .is_router = strcmp(config->remote_id, "router") == 0,
        .offers_first = config->offers_first,
        .fingerprint = identity_fingerprint(config->identity),
        .seed = draw_seed(),
        .session_id = draw_seed(),
    };
    connection->negotiation = negotiation_new(&negotiation);
    connection->session = rtp_session_new(config->pool, config->local_id, draw_seed(), clock_now());
    draw_credentials(&connection->credentials);
    connection->ice = open_ice(connection);
    if (connection->ice == NULL) {
        negotiation_free(connection->negotiation);
        rtp_session_free(connection->session);
        free(connection);
        return NULL;
    }
    uv_timer_init(config->loop, &connection->timer);
    connection->timer.data = connection;
    uv_timer_start(&connection->timer, on_tick, TICK_MS, TICK_MS);
    return connection;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void connection_free(struct connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->peer != NULL) {
        peer_close(connection->peer); /* the remote peer need not wait for its consent to expire */
        flush(connection, clock_now());
    }
    ice_free(connection->ice);
    peer_free(connection->peer);
    rtp_session_free(connection->session);
    negotiation_free(connection->negotiation);
    uv_close((uv_handle_t *)&connection->timer, on_closed);
}

const char *connection_remote_id(const struct connection *connection)
{
    return connection->remote_id;
}

unsigned connection_serial(const struct connection *connection)
{
    return connection->config.serial;
}

enum connection_state connection_state(const struct connection *connection)
{
    return connection->state;
}

unsigned connection_generation(const struct connection *connection)
{
    return connection->generation;
}

const char *connection_path(const struct connection *connection)
{
    return ice_path_kind(connection->ice);
}

bool connection_is_described(const struct connection *connection)
{
    return connection->remote_ufrag[0] != '\0';
}

bool connection_is_dead(const struct connection *connection)
{
    enum peer_state peer = connection->peer != NULL ? peer_state(connection->peer) : PEER_NEW;
    return peer == PEER_FAILED || peer == PEER_CLOSED;
}

bool connection_is_settled(const struct connection *connection)
{
    return connection->state == CONNECTION_CONNECTED && ice_is_settled(connection->ice);
}

void connection_set_sources(struct connection *connection, const struct negotiation_source *sources, size_t count)
{
    negotiation_set_sources(connection->negotiation, sources, count);
}

void connection_set_wanted(struct connection *connection, const char *const *publications, const enum media_kind *kinds,
                           size_t count)
{
    negotiation_set_wanted(connection->negotiation, publications, kinds, count);
}

void connection_set_publication(struct connection *connection, const char *mid, const char *publication)
{
    negotiation_set_publication(connection->negotiation, mid, publication);
    rtp_session_set_publication(connection->session, mid, publication);
}

static int open_peer(struct connection *connection, const struct negotiated *agreed, usec_t now)
{
    struct peer_config config = {.identity = connection->config.identity, .is_dtls_client = agreed->is_dtls_client};
    snprintf(config.remote_fingerprint_algorithm, sizeof config.remote_fingerprint_algorithm, "%s",
             agreed->fingerprint_algorithm);
    snprintf(config.remote_fingerprint, sizeof config.remote_fingerprint, "%s", agreed->fingerprint);
    connection->peer = peer_new(&config, now);
    return connection->peer != NULL ? 0 : ERR_INVALID;
}

static void add_candidate(struct connection *connection, const char *candidate)
{
    int error = ice_add_candidate(connection->ice, candidate);
    if (error != 0 && error != ERR_UNSUPPORTED)
        log_debug(connection->remote_id, "a candidate was refused: %s", error_text(error));
}

/* Those that came before their description. */
static void use_held_candidates(struct connection *connection)
{
    size_t kept = 0;
    for (size_t i = 0; i < connection->held_count; i++) {
        struct held_candidate *held = &connection->held[i];
        if (held->generation == connection->remote_generation)
            add_candidate(connection, held->text);
        else if (held->generation > connection->remote_generation)
            connection->held[kept++] = *held;
    }
    connection->held_count = kept;
}

/* Makes true what both ends have just agreed. */
static int apply(struct connection *connection, unsigned generation)
{
    const struct negotiated *agreed = negotiation_current(connection->negotiation);
    usec_t now = clock_now();
    rtp_session_configure(connection->session, connection->negotiation);
    connection->remote_generation = generation;
    if (strcmp(agreed->remote_ufrag, connection->remote_ufrag) != 0) {
        struct ice_credentials remote;
        snprintf(remote.ufrag, sizeof remote.ufrag, "%s", agreed->remote_ufrag);
        snprintf(remote.pwd, sizeof remote.pwd, "%s", agreed->remote_pwd);
        memcpy(connection->remote_ufrag, remote.ufrag, sizeof connection->remote_ufrag);
        int error = ice_set_remote(connection->ice, &remote);
        if (error != 0)
            return error;
        for (size_t i = 0; i < agreed->candidate_count; i++)
            add_candidate(connection, agreed->candidates[i]);
    }
    use_held_candidates(connection);
    if (connection->peer == NULL && open_peer(connection, agreed, now) != 0)
        return ERR_INVALID;
    if (connection->state == CONNECTION_NEW || connection->state == CONNECTION_FAILED)
        set_state(connection, CONNECTION_CONNECTING, now);
    if (ice_get_state(connection->ice) == ICE_CONNECTED)
        peer_start(connection->peer, now);
    flush(connection, now);
    return 0;
}

static int renew_credentials(struct connection *connection, unsigned generation)
{
    connection->generation = generation;
    draw_credentials(&connection->credentials);
    return ice_set_local(connection->ice, &connection->credentials);
}

int connection_offered(struct connection *connection, unsigned generation, const char *sdp, const json_t *sends,
                       struct sdp_error *reason)
{
    bool is_restart = generation > connection->generation;
    if (generation < connection->generation || (!is_restart && negotiation_ignores_offer(connection->negotiation)))
        return ERR_WRONG_STATE;
    if (is_restart)
        negotiation_yield(connection->negotiation);
    if (is_restart && connection_is_described(connection)) {
        int error = renew_credentials(connection, generation);
        if (error != 0)
            return error;
    }
    connection->generation = generation;
    json_t *message = json_pack("{s:s,s:i}", "type", "answer", "generation", (int)generation);
    char *answer = mem_alloc(SDP_SIZE_MAX);
    int error =
        negotiation_offered(connection->negotiation, sdp, sends, &connection->credentials, answer, message, reason);
    if (error == 0)
        error = apply(connection, generation);
    if (error == 0) {
        json_object_set_new(message, "sdp", json_string(answer));
        send_message(connection, message);
        make_offer(connection);
    } else {
        json_decref(message);
    }
    free(answer);
    return error;
}

int connection_answered(struct connection *connection, unsigned generation, const char *sdp, const json_t *sends,
                        struct sdp_error *reason)
{
    if (generation != connection->generation)
        return ERR_WRONG_STATE;
    int error = negotiation_answered(connection->negotiation, sdp, sends, reason);
    if (error == 0)
        error = apply(connection, generation);
    if (error == 0)
        make_offer(connection);
    return error;
}

void connection_candidate(struct connection *connection, unsigned generation, const char *candidate)
{
    if (connection_is_described(connection) && generation == connection->remote_generation) {
        add_candidate(connection, candidate);
        return;
    }
    if (generation < connection->remote_generation || connection->held_count == HELD_CANDIDATES_MAX)
        return;
    struct held_candidate *held = &connection->held[connection->held_count++];
    held->generation = generation;
    snprintf(held->text, sizeof held->text, "%s", candidate);
}

void connection_negotiate(struct connection *connection)
{
    negotiation_may_offer(connection->negotiation);
}

void connection_repeat_offer(struct connection *connection)
{
    negotiation_repeat(connection->negotiation);
}

void connection_restart(struct connection *connection)
{
    int error = renew_credentials(connection, connection->generation + 1);
    if (error != 0)
        log_warning(connection->remote_id, "ICE does not restart: %s", error_text(error));
    negotiation_restart(connection->negotiation);
    make_offer(connection);
}

void connection_renew_servers(struct connection *connection, size_t count, bool must_move)
{
    connection->config.server_count = count;
    ice_agent_set_servers(connection->ice, connection->config.servers, count);
    if (must_move && connection->state == CONNECTION_CONNECTED && strncmp(connection_path(connection), "turn", 4) == 0)
        connection_restart(connection);
}

void connection_video(struct connection *connection, const char *source, unsigned encoding,
                      const struct coded_frame *frame, usec_t now)
{
    if (connection->connected_at == 0)
        return;
    rtp_session_video(connection->session, source, encoding, frame, now);
    flush(connection, now);
}

void connection_audio(struct connection *connection, const char *source, const struct coded_audio *audio, usec_t now)
{
    if (connection->connected_at == 0)
        return;
    rtp_session_audio(connection->session, source, audio, now);
    flush(connection, now);
}

void connection_request_keyframe(struct connection *connection, const char *mid)
{
    rtp_session_request_keyframe(connection->session, mid);
}

void connection_set_wanted_bps(struct connection *connection, uint64_t bitrate_bps)
{
    rtp_session_set_wanted(connection->session, bitrate_bps);
}

const struct rtp_session *connection_session(const struct connection *connection)
{
    return connection->session;
}

bool connection_take_ended(struct connection *connection, struct ended_track *ended)
{
    return rtp_session_take_ended(connection->session, ended);
}

const char *connection_srtp_profile(const struct connection *connection)
{
    return connection->peer != NULL ? srtp_profile_name(peer_profile(connection->peer)) : "";
}
