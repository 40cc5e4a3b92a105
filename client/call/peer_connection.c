#include "client/call/peer_connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/rtp/frame_queue.h"
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

struct peer_connection {
    struct peer_connection_config config;
    struct peer_connection_listener listener;
    char local_id[32], remote_id[32];
    enum peer_connection_state state;
    unsigned generation;
    usec_t connected_at;
    struct ice_credentials credentials;
    struct ice *ice;
    struct peer *peer;
    struct negotiation *negotiation;
    struct rtp_session *session;
    struct frame_queue data; /* frames that SCTP has no room for yet */
    unsigned data_openings;
    char remote_ufrag[ICE_UFRAG_MAX + 1]; /* in use; "" before the first description */
    unsigned remote_generation;           /* of the description it came with */
    struct held_candidate held[HELD_CANDIDATES_MAX];
    size_t held_count;
    uv_timer_t timer;
};

const char *peer_connection_state_name(enum peer_connection_state state)
{
    static const char *const names[] = {"new", "connecting", "connected", "disconnected", "failed"};
    return names[state];
}

static void reached(struct peer_connection *pc, enum heddle_client_step step, usec_t now)
{
    joining_reached(pc->config.joining, step, now);
}

static void set_state(struct peer_connection *pc, enum peer_connection_state state, usec_t now)
{
    if (pc->state == state)
        return;
    pc->state = state;
    log_info(pc->remote_id, "connection %s", peer_connection_state_name(state));
    if (state == PEER_CONNECTION_CONNECTED && pc->connected_at == 0)
        pc->connected_at = now;
    pc->listener.state(pc->listener.user, state, now);
}

static void transmit(struct peer_connection *pc, const uint8_t *data, size_t length)
{
    struct ice_message message = {.data = data, .length = length};
    ice_send(pc->ice, &message, 1);
}

/* Sends what DTLS has to send and, once DTLS is connected, what the session has. */
static void flush(struct peer_connection *pc, usec_t now)
{
    uint8_t data[DATAGRAM_MAX + SRTP_OVERHEAD_MAX];
    size_t length;
    if (pc->peer == NULL)
        return;
    while ((length = peer_poll(pc->peer, data, sizeof data)) > 0)
        transmit(pc, data, length);
    if (peer_state(pc->peer) != PEER_CONNECTED)
        return;
    bool is_rtcp;
    int64_t wall = clock_ntp_us();
    while ((length = rtp_session_poll(pc->session, data, DATAGRAM_MAX, &is_rtcp, now, wall)) > 0) {
        int error = is_rtcp ? peer_protect_rtcp(pc->peer, data, &length) : peer_protect_rtp(pc->peer, data, &length);
        if (error == 0)
            transmit(pc, data, length);
    }
}

static void pass_data(struct peer_connection *pc)
{
    const struct queued_frame *frame;
    while ((frame = frame_queue_first(&pc->data)) != NULL) {
        int error = peer_data_send(pc->peer, frame->data, frame->length, (enum association_policy)frame->policy);
        if (error == ERR_AGAIN)
            return;
        frame_queue_pop(&pc->data); /* with another error it is lost, and sent again on the next channel */
    }
}

/* What came on the data channel, and what waits for it. */
static void follow_data(struct peer_connection *pc)
{
    uint8_t frame[ASSOCIATION_MESSAGE_MAX];
    size_t length;
    while ((length = peer_data_receive(pc->peer, frame)) > 0)
        pc->listener.data(pc->listener.user, (struct span){frame, length});
    if (peer_data_openings(pc->peer) != pc->data_openings) {
        pc->data_openings = peer_data_openings(pc->peer);
        frame_queue_clear(&pc->data);
        pc->listener.data_opened(pc->listener.user);
    }
    pass_data(pc);
}

bool peer_connection_data_is_open(const struct peer_connection *pc)
{
    return pc->peer != NULL && peer_data_is_open(pc->peer);
}

bool peer_connection_send_data(struct peer_connection *pc, enum envelope_policy policy, const uint8_t *data,
                               size_t length)
{
    if (!peer_connection_data_is_open(pc))
        return false;
    frame_queue_push(&pc->data, policy, data, length);
    pass_data(pc);
    flush(pc, clock_now());
    return true;
}

static void update_state(struct peer_connection *pc, usec_t now)
{
    enum peer_state peer = pc->peer != NULL ? peer_state(pc->peer) : PEER_NEW;
    enum ice_state ice = ice_get_state(pc->ice);
    if (peer == PEER_FAILED || peer == PEER_CLOSED || ice == ICE_FAILED)
        set_state(pc, PEER_CONNECTION_FAILED, now);
    else if (ice == ICE_DISCONNECTED)
        set_state(pc, PEER_CONNECTION_DISCONNECTED, now);
    else if (ice == ICE_CONNECTED && peer == PEER_CONNECTED)
        set_state(pc, PEER_CONNECTION_CONNECTED, now);
}

/* Passes on the frames and keyframe requests that the session has. */
static void drain(struct peer_connection *pc, usec_t now)
{
    struct session_frame frame;
    char source[SOURCE_MAX + 1];
    unsigned encoding;
    while (rtp_session_frame(pc->session, &frame, now))
        pc->listener.frame(pc->listener.user, &frame, now);
    /* A request is kept until a keyframe can be sent. */
    while (pc->connected_at != 0 &&
           rtp_session_take_keyframe_request(pc->session, source, &encoding, pc->config.keyframes, now))
        pc->listener.keyframe(pc->listener.user, source, encoding);
}

static void on_dtls(struct peer_connection *pc, const uint8_t *data, size_t length, usec_t now)
{
    enum peer_state before = peer_state(pc->peer);
    peer_input(pc->peer, data, length, now);
    enum peer_state after = peer_state(pc->peer);
    if (after == PEER_CONNECTED)
        reached(pc, HEDDLE_CLIENT_STEP_DTLS, now);
    if (before != after && after == PEER_FAILED)
        log_warning(pc->remote_id, "DTLS failed: %s", error_text(peer_error(pc->peer)));
    follow_data(pc);
    flush(pc, now);
    update_state(pc, now);
}

static void on_datagram(void *user, uint8_t *data, size_t length, usec_t now)
{
    struct peer_connection *pc = user;
    if (pc->peer == NULL)
        return;
    enum packet_class class = packet_classify(data, length);
    if (class == PACKET_DTLS) {
        on_dtls(pc, data, length, now);
        return;
    }
    if (class == PACKET_RTP && peer_unprotect_rtp(pc->peer, data, &length) == 0) {
        reached(pc, HEDDLE_CLIENT_STEP_PACKET, now);
        rtp_session_rtp(pc->session, data, length, now);
    } else if (class == PACKET_RTCP && peer_unprotect_rtcp(pc->peer, data, &length) == 0) {
        rtp_session_rtcp(pc->session, data, length, now, clock_ntp_us());
    }
    drain(pc, now);
    flush(pc, now);
}

static void on_ice_state(void *user, enum ice_state state, usec_t now)
{
    struct peer_connection *pc = user;
    log_debug(pc->remote_id, "ICE %s", ice_state_name(state));
    if (state == ICE_CONNECTED)
        reached(pc, HEDDLE_CLIENT_STEP_ICE, now);
    if (state == ICE_CONNECTED && pc->peer != NULL) {
        peer_start(pc->peer, now);
        flush(pc, now);
    }
    update_state(pc, now);
}

static void send_message(struct peer_connection *pc, json_t *message)
{
    pc->listener.message(pc->listener.user, message);
}

static void on_candidate(void *user, const char *candidate)
{
    struct peer_connection *pc = user;
    send_message(pc, json_pack("{s:s,s:i,s:s}", "type", "ice-candidate", "generation", (int)pc->generation, "candidate",
                               candidate != NULL ? candidate : ""));
}

static void make_offer(struct peer_connection *pc)
{
    if (!negotiation_needs_offer(pc->negotiation))
        return;
    json_t *message = json_pack("{s:s,s:i}", "type", "offer", "generation", (int)pc->generation);
    char *sdp = mem_alloc(SDP_SIZE_MAX);
    int error = negotiation_offer(pc->negotiation, &pc->credentials, sdp, message);
    if (error == 0) {
        json_object_set_new(message, "sdp", json_string(sdp));
        send_message(pc, message);
        if (pc->state == PEER_CONNECTION_NEW || pc->state == PEER_CONNECTION_FAILED)
            set_state(pc, PEER_CONNECTION_CONNECTING, clock_now());
    } else {
        log_error(pc->remote_id, "cannot write an offer: %s", error_text(error));
        json_decref(message);
    }
    free(sdp);
}

static void on_tick(uv_timer_t *timer)
{
    struct peer_connection *pc = timer->data;
    usec_t now = clock_now();
    if (pc->peer != NULL && now >= peer_next(pc->peer))
        peer_timeout(pc->peer, now);
    if (pc->peer != NULL)
        follow_data(pc);
    drain(pc, now);
    flush(pc, now);
    update_state(pc, now);
    make_offer(pc);
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

static struct ice *open_ice(struct peer_connection *pc)
{
    struct ice_agent_config config = {
        .is_controlling = !negotiation_is_polite(pc->negotiation),
        .nominates_at_once = strcmp(pc->remote_id, "router") == 0,
        .relay_only = pc->config.relay_only,
        .local = pc->credentials,
        .servers = pc->config.servers,
        .server_count = pc->config.server_count,
        .tcp = true,
    };
    size_t room = sizeof config.bind_addresses / sizeof config.bind_addresses[0] - 1;
    for (size_t i = 0; i < room && pc->config.addresses[i] != NULL; i++)
        config.bind_addresses[i] = pc->config.addresses[i];
    struct ice_listener listener = {
        .datagram = on_datagram, .state = on_ice_state, .candidate = on_candidate, .user = pc};
    return ice_agent_new(pc->config.bridge, &config, &listener);
}

struct peer_connection *peer_connection_new(const struct peer_connection_config *config,
                                            const struct peer_connection_listener *listener)
{
    struct peer_connection *pc = mem_alloc(sizeof *pc);
    pc->config = *config;
    pc->listener = *listener;
    pc->generation = config->generation;
    snprintf(pc->local_id, sizeof pc->local_id, "%s", config->local_id);
    snprintf(pc->remote_id, sizeof pc->remote_id, "%s", config->remote_id);
    struct negotiation_config negotiation = {
        .local_id = config->local_id,
        .remote_id = config->remote_id,
        .is_router = strcmp(config->remote_id, "router") == 0,
        .offers_first = config->offers_first,
        .has_data = config->has_data,
        .has_all_codecs = config->has_all_codecs,
        .fingerprint = identity_fingerprint(config->identity),
        .seed = draw_seed(),
        .session_id = draw_seed(),
    };
    pc->negotiation = negotiation_new(&negotiation);
    pc->session = rtp_session_new(config->pool, config->local_id, draw_seed(), clock_now());
    draw_credentials(&pc->credentials);
    pc->ice = open_ice(pc);
    if (pc->ice == NULL) {
        negotiation_free(pc->negotiation);
        rtp_session_free(pc->session);
        free(pc);
        return NULL;
    }
    uv_timer_init(config->loop, &pc->timer);
    pc->timer.data = pc;
    uv_timer_start(&pc->timer, on_tick, TICK_MS, TICK_MS);
    return pc;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void peer_connection_free(struct peer_connection *pc)
{
    if (pc == NULL)
        return;
    if (pc->peer != NULL) {
        peer_close(pc->peer); /* the remote peer need not wait for its consent to expire */
        flush(pc, clock_now());
    }
    ice_free(pc->ice);
    peer_free(pc->peer);
    frame_queue_clear(&pc->data);
    rtp_session_free(pc->session);
    negotiation_free(pc->negotiation);
    uv_close((uv_handle_t *)&pc->timer, on_closed);
}

const char *peer_connection_remote_id(const struct peer_connection *pc)
{
    return pc->remote_id;
}

unsigned peer_connection_serial(const struct peer_connection *pc)
{
    return pc->config.serial;
}

enum peer_connection_state peer_connection_state(const struct peer_connection *pc)
{
    return pc->state;
}

unsigned peer_connection_generation(const struct peer_connection *pc)
{
    return pc->generation;
}

const char *peer_connection_path(const struct peer_connection *pc)
{
    return ice_path_kind(pc->ice);
}

bool peer_connection_is_described(const struct peer_connection *pc)
{
    return pc->remote_ufrag[0] != '\0';
}

bool peer_connection_is_dead(const struct peer_connection *pc)
{
    enum peer_state peer = pc->peer != NULL ? peer_state(pc->peer) : PEER_NEW;
    return peer == PEER_FAILED || peer == PEER_CLOSED;
}

bool peer_connection_is_settled(const struct peer_connection *pc)
{
    return pc->state == PEER_CONNECTION_CONNECTED && ice_is_settled(pc->ice);
}

void peer_connection_set_sources(struct peer_connection *pc, const struct negotiation_source *sources, size_t count)
{
    negotiation_set_sources(pc->negotiation, sources, count);
}

void peer_connection_set_requested(struct peer_connection *pc, const char *const *publications,
                                   const enum media_kind *kinds, size_t count)
{
    negotiation_set_requested(pc->negotiation, publications, kinds, count);
}

const char *peer_connection_mid_of(const struct peer_connection *pc, const char *publication)
{
    return negotiation_mid_of(pc->negotiation, publication);
}

static int open_peer(struct peer_connection *pc, const struct negotiated *agreed)
{
    struct peer_config config = {.identity = pc->config.identity, .is_dtls_client = agreed->is_dtls_client};
    snprintf(config.remote_fingerprint_algorithm, sizeof config.remote_fingerprint_algorithm, "%s",
             agreed->fingerprint_algorithm);
    snprintf(config.remote_fingerprint, sizeof config.remote_fingerprint, "%s", agreed->fingerprint);
    pc->peer = peer_new(&config);
    return pc->peer != NULL ? 0 : ERR_INVALID;
}

static void add_candidate(struct peer_connection *pc, const char *candidate)
{
    int error = ice_add_candidate(pc->ice, candidate);
    if (error != 0 && error != ERR_UNSUPPORTED)
        log_debug(pc->remote_id, "a candidate was refused: %s", error_text(error));
}

/* Those that came before their description. */
static void use_held_candidates(struct peer_connection *pc)
{
    size_t kept = 0;
    for (size_t i = 0; i < pc->held_count; i++) {
        struct held_candidate *held = &pc->held[i];
        if (held->generation == pc->remote_generation)
            add_candidate(pc, held->text);
        else if (held->generation > pc->remote_generation)
            pc->held[kept++] = *held;
    }
    pc->held_count = kept;
}

/* Applies what both ends have just agreed. */
static int apply(struct peer_connection *pc, unsigned generation)
{
    const struct negotiated *agreed = negotiation_current(pc->negotiation);
    usec_t now = clock_now();
    rtp_session_configure(pc->session, pc->negotiation);
    pc->remote_generation = generation;
    if (strcmp(agreed->remote_ufrag, pc->remote_ufrag) != 0) {
        struct ice_credentials remote;
        snprintf(remote.ufrag, sizeof remote.ufrag, "%s", agreed->remote_ufrag);
        snprintf(remote.pwd, sizeof remote.pwd, "%s", agreed->remote_pwd);
        memcpy(pc->remote_ufrag, remote.ufrag, sizeof pc->remote_ufrag);
        if (agreed->remote_ice_lite)
            ice_agent_set_remote_lite(pc->ice);
        int error = ice_set_remote(pc->ice, &remote);
        if (error != 0)
            return error;
        for (size_t i = 0; i < agreed->candidate_count; i++)
            add_candidate(pc, agreed->candidates[i]);
    }
    use_held_candidates(pc);
    if (pc->peer == NULL && open_peer(pc, agreed) != 0)
        return ERR_INVALID;
    if (agreed->data.remote_port != 0)
        peer_enable_data(pc->peer, agreed->data.remote_port, !negotiation_is_polite(pc->negotiation), now);
    if (pc->state == PEER_CONNECTION_NEW || pc->state == PEER_CONNECTION_FAILED)
        set_state(pc, PEER_CONNECTION_CONNECTING, now);
    if (ice_get_state(pc->ice) == ICE_CONNECTED)
        peer_start(pc->peer, now);
    flush(pc, now);
    return 0;
}

static int renew_credentials(struct peer_connection *pc, unsigned generation)
{
    pc->generation = generation;
    draw_credentials(&pc->credentials);
    return ice_set_local(pc->ice, &pc->credentials);
}

int peer_connection_offered(struct peer_connection *pc, unsigned generation, const char *sdp, const json_t *sends,
                            struct refusal *refusal)
{
    bool is_restart = generation > pc->generation;
    if (generation < pc->generation || (!is_restart && negotiation_ignores_offer(pc->negotiation)))
        return ERR_WRONG_STATE;
    if (is_restart)
        negotiation_yield(pc->negotiation);
    if (is_restart && peer_connection_is_described(pc)) {
        int error = renew_credentials(pc, generation);
        if (error != 0)
            return error;
    }
    pc->generation = generation;
    json_t *message = json_pack("{s:s,s:i}", "type", "answer", "generation", (int)generation);
    char *answer = mem_alloc(SDP_SIZE_MAX);
    int error = negotiation_offered(pc->negotiation, sdp, sends, &pc->credentials, answer, message, refusal);
    if (error == 0)
        error = apply(pc, generation);
    if (error == 0) {
        json_object_set_new(message, "sdp", json_string(answer));
        send_message(pc, message);
        make_offer(pc);
    } else {
        json_decref(message);
    }
    free(answer);
    return error;
}

int peer_connection_answered(struct peer_connection *pc, unsigned generation, const char *sdp, const json_t *sends,
                             struct refusal *refusal)
{
    if (generation != pc->generation)
        return ERR_WRONG_STATE;
    reached(pc, HEDDLE_CLIENT_STEP_ANSWER, clock_now());
    int error = negotiation_answered(pc->negotiation, sdp, sends, refusal);
    if (error == 0)
        error = apply(pc, generation);
    if (error == 0)
        make_offer(pc);
    return error;
}

void peer_connection_candidate(struct peer_connection *pc, unsigned generation, const char *candidate)
{
    if (peer_connection_is_described(pc) && generation == pc->remote_generation) {
        add_candidate(pc, candidate);
        return;
    }
    if (generation < pc->remote_generation || pc->held_count == HELD_CANDIDATES_MAX)
        return;
    struct held_candidate *held = &pc->held[pc->held_count++];
    held->generation = generation;
    snprintf(held->text, sizeof held->text, "%s", candidate);
}

void peer_connection_negotiate(struct peer_connection *pc)
{
    negotiation_may_offer(pc->negotiation);
}

void peer_connection_offer_now(struct peer_connection *pc)
{
    make_offer(pc);
}

void peer_connection_repeat_offer(struct peer_connection *pc)
{
    negotiation_repeat(pc->negotiation);
}

void peer_connection_restart(struct peer_connection *pc)
{
    int error = renew_credentials(pc, pc->generation + 1);
    if (error != 0)
        log_warning(pc->remote_id, "ICE does not restart: %s", error_text(error));
    negotiation_restart(pc->negotiation);
    make_offer(pc);
}

void peer_connection_renew_servers(struct peer_connection *pc, size_t count, bool must_move)
{
    pc->config.server_count = count;
    ice_agent_set_servers(pc->ice, pc->config.servers, count);
    if (must_move && pc->state == PEER_CONNECTION_CONNECTED && strncmp(peer_connection_path(pc), "turn", 4) == 0)
        peer_connection_restart(pc);
}

void peer_connection_video(struct peer_connection *pc, const char *source, unsigned encoding,
                           const struct coded_frame *frame, usec_t now)
{
    if (pc->connected_at == 0)
        return;
    rtp_session_video(pc->session, source, encoding, frame, now);
    flush(pc, now);
}

void peer_connection_audio(struct peer_connection *pc, const char *source, const struct coded_audio *audio, usec_t now)
{
    if (pc->connected_at == 0)
        return;
    rtp_session_audio(pc->session, source, audio, now);
    flush(pc, now);
}

void peer_connection_request_keyframe(struct peer_connection *pc, const char *mid)
{
    rtp_session_request_keyframe(pc->session, mid);
}

void peer_connection_set_target_bps(struct peer_connection *pc, uint64_t bitrate_bps)
{
    rtp_session_set_target(pc->session, bitrate_bps);
}

const struct rtp_session *peer_connection_session(const struct peer_connection *pc)
{
    return pc->session;
}

bool peer_connection_take_ended(struct peer_connection *pc, struct ended_track *ended)
{
    return rtp_session_take_ended(pc->session, ended);
}

const char *peer_connection_srtp_profile(const struct peer_connection *pc)
{
    return pc->peer != NULL ? srtp_profile_name(peer_profile(pc->peer)) : "";
}
