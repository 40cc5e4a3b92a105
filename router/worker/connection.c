#include "router/worker/connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/worker/packet_trace.h"
#include "router/worker/ring.h"
#include "transport/base/budget.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/map.h"
#include "transport/base/memory.h"
#include "transport/net/candidate.h"
#include "transport/net/clock.h"
#include "transport/net/ice_agent.h"
#include "transport/net/ice_lite.h"
#include "transport/peer/aead.h"
#include "transport/peer/peer.h"

#define CANDIDATES_MAX 32
#define FALLBACK_AFTER (300 * USEC_PER_MSEC)

/* RTCP in bytes, since one packet may ask for hundreds of others: enough for a thousand small packets a second, or 170
 * full ones. A viewer with reports on thirty streams and transport-wide feedback on 10 Mbit/s needs a fifth of it. */
static const struct budget_limit rtcp_limit = {.per_second = 250000, .burst = 250000};
#define RTCP_COST_MIN 250

struct connection {
    struct egress_outlet outlet; /* the first field, so that a pointer to it is one to the connection */
    connection_id id;
    struct connection_host *host;
    struct participant *participant;
    struct ice *ice;   /* NULL until configured */
    struct peer *peer; /* likewise */
    struct ice_credentials remote;
    struct map protect_streams; /* sent SSRC -> struct packet_window */
    bool is_connected, is_dead;
    bool has_peer_timer; /* the peer waits for something */
    bool is_due;
    unsigned data_openings;
    struct budget rtcp;
    int64_t cpu_ns;
    struct connection *next_dead;
    struct connection *next_pending, **previous_pending; /* NULL: nothing pending */
    struct connection *next_due, *previous_due;
    usec_t fallback_at; /* when TCP is offered if UDP does not work by then; USEC_NEVER: that is decided */
    char room[ROOM_NAME_MAX + 1];
    char name[PARTICIPANT_ID_MAX + 1];
    char log_context[ROOM_NAME_MAX + PARTICIPANT_ID_MAX + 2];
};

/* The outlet */

static struct packet_window *protect_stream(struct connection *connection, uint32_t ssrc)
{
    struct packet_window *stream = map_get(&connection->protect_streams, ssrc);
    if (stream == NULL) {
        stream = mem_alloc(sizeof *stream);
        map_put(&connection->protect_streams, ssrc, stream);
    }
    return stream;
}

static int outlet_protect_rtp(struct egress_outlet *outlet, const struct packet_image *image, uint8_t *out,
                              size_t capacity, size_t *length)
{
    struct connection *connection = (struct connection *)outlet;
    struct packet_window *stream = protect_stream(connection, get_u32(image->header + 8));
    return peer_protect_parts(connection->peer, stream, image->header, image->header_length, image->parts,
                              image->part_count, out, capacity, length);
}

static int outlet_protect_rtcp(struct egress_outlet *outlet, uint8_t *data, size_t *length)
{
    return peer_protect_rtcp(((struct connection *)outlet)->peer, data, length);
}

static void outlet_send(struct egress_outlet *outlet, const struct ice_message *messages, size_t count)
{
    struct connection *connection = (struct connection *)outlet;
    if (connection->ice != NULL)
        (void)ice_send(connection->ice, messages, count); /* the path counts its drops */
}

static const struct egress_outlet_ops outlet_ops = {
    .protect_rtp = outlet_protect_rtp,
    .protect_rtcp = outlet_protect_rtcp,
    .send = outlet_send,
};

int connection_new(struct connection **out, struct connection_host *host, connection_id id, const char *room,
                   const char *participant, usec_t now)
{
    struct connection *connection = mem_alloc(sizeof *connection);
    connection->outlet.ops = &outlet_ops;
    connection->id = id;
    connection->host = host;
    connection->fallback_at = USEC_NEVER;
    map_init(&connection->protect_streams);
    snprintf(connection->room, sizeof connection->room, "%s", room);
    snprintf(connection->name, sizeof connection->name, "%s", participant);
    snprintf(connection->log_context, sizeof connection->log_context, "%s/%s", connection->room, connection->name);
    int error = router_join(host->router, &connection->participant, room, participant, id, now);
    if (error != 0) {
        map_fini(&connection->protect_streams);
        free(connection);
        return error;
    }
    participant_set_user(connection->participant, connection);
    *out = connection;
    return 0;
}

static void leave_pending(struct connection *connection)
{
    if (connection->previous_pending == NULL)
        return;
    *connection->previous_pending = connection->next_pending;
    if (connection->next_pending != NULL)
        connection->next_pending->previous_pending = connection->previous_pending;
    connection->previous_pending = NULL;
}

static void enter_pending(struct connection *connection)
{
    struct connection_host *host = connection->host;
    if (connection->previous_pending != NULL)
        return;
    connection->next_pending = host->pending;
    connection->previous_pending = &host->pending;
    if (host->pending != NULL)
        host->pending->previous_pending = &connection->next_pending;
    host->pending = connection;
}

static void become_due(struct connection *connection)
{
    struct connection_list *due = &connection->host->due;
    if (connection->is_due)
        return;
    connection->is_due = true;
    connection->next_due = NULL;
    connection->previous_due = due->last;
    *(due->last != NULL ? &due->last->next_due : &due->first) = connection;
    due->last = connection;
}

static void leave_due(struct connection *connection)
{
    struct connection_list *due = &connection->host->due;
    struct connection *next = connection->next_due, *previous = connection->previous_due;
    if (!connection->is_due)
        return;
    connection->is_due = false;
    *(previous != NULL ? &previous->next_due : &due->first) = next;
    *(next != NULL ? &next->previous_due : &due->last) = previous;
}

static usec_t next_timer(const struct connection *connection)
{
    usec_t peer = connection->has_peer_timer ? peer_next(connection->peer) : USEC_NEVER;
    return usec_min(peer, connection->fallback_at);
}

static void free_protect_streams(struct connection *connection)
{
    size_t at = 0;
    for (void *stream; (stream = map_next(&connection->protect_streams, &at)) != NULL;)
        free(stream);
    map_fini(&connection->protect_streams);
}

void connection_free(struct connection *connection, usec_t now)
{
    leave_pending(connection);
    leave_due(connection);
    router_leave(connection->host->router, connection->participant, now);
    ice_free(connection->ice);
    peer_free(connection->peer);
    free_protect_streams(connection);
    free(connection);
}

/* Ends the connection and reports it, once. The object is freed when the worker reaps it, outside of any listener
 * call. */
static void die(struct connection *connection, int error, const char *why)
{
    struct connection_host *host = connection->host;
    if (connection->is_dead)
        return;
    connection->is_dead = true;
    connection->next_dead = host->dead;
    host->dead = connection;
    log_info(connection->log_context, "connection ended: %s (%s)", why, error_text(error));
    host->tell(host, connection->id, WORKER_DISCONNECTED, error, why);
}

struct connection *connections_take_dead(struct connection_host *host)
{
    struct connection *connection = host->dead;
    if (connection != NULL)
        host->dead = connection->next_dead;
    return connection;
}

/* What of a handshake is sent to a path that is not proven yet goes by its own: all of it in one message would be more
 * than such a path may get. */
static void flush_dtls(struct connection *connection)
{
    uint8_t datagram[1500];
    size_t length;
    while ((length = peer_poll(connection->peer, datagram, sizeof datagram)) > 0) {
        egress_datagram(connection->host->egress, &connection->outlet, datagram, length);
        if (!connection->is_connected)
            egress_datagrams_end(connection->host->egress, &connection->outlet);
    }
    egress_datagrams_end(connection->host->egress, &connection->outlet);
}

static void connected(struct connection *connection, usec_t now)
{
    char text[64];
    connection->is_connected = true;
    participant_set_ready(connection->participant, true, now);
    snprintf(text, sizeof text, "%s %s", srtp_profile_name(peer_profile(connection->peer)),
             ice_path_kind(connection->ice));
    log_info(connection->log_context, "connected: %s", text);
    connection->host->tell(connection->host, connection->id, WORKER_CONNECTED, 0, text);
}

static void look_at_peer(struct connection *connection, usec_t now)
{
    switch (peer_state(connection->peer)) {
    case PEER_CONNECTED:
        connection->has_peer_timer = peer_next(connection->peer) != USEC_NEVER;
        if (connection->has_peer_timer)
            enter_pending(connection);
        if (!connection->is_connected && ice_get_state(connection->ice) == ICE_CONNECTED)
            connected(connection, now);
        break;
    case PEER_CLOSED:
        die(connection, 0, "DTLS closed by the remote peer");
        break;
    case PEER_FAILED:
        die(connection, peer_error(connection->peer), "DTLS failed");
        break;
    case PEER_NEW:
    case PEER_HANDSHAKE:
        break;
    }
}

static void follow_peer(struct connection *connection, usec_t now)
{
    flush_dtls(connection);
    look_at_peer(connection, now);
}

/* Hands over what the core has for its data channel, as far as SCTP takes it; the rest goes when there is room. */
static void pass_data(struct connection *connection)
{
    struct span frame;
    enum envelope_policy policy;
    while (participant_data_next(connection->participant, &frame, &policy) &&
           peer_data_send(connection->peer, frame.data, frame.length, (enum association_policy)policy) == 0)
        participant_data_sent(connection->participant);
}

/* What a participant that is over its budget sends stays in SCTP's window: it is looked at with SCTP's next timer. */
static void take_data(struct connection *connection, usec_t now)
{
    uint8_t frame[ASSOCIATION_MESSAGE_MAX];
    size_t length;
    do {
        bool may_send = participant_data_when(connection->participant, now) <= now;
        length = may_send ? peer_data_receive(connection->peer, frame) : 0;
        if (peer_data_openings(connection->peer) != connection->data_openings) {
            connection->data_openings = peer_data_openings(connection->peer);
            participant_set_data(connection->participant, true);
        }
        if (length > 0 && participant_data(connection->participant, frame, length, now) != 0)
            connection->host->data_errors++;
    } while (length > 0);
    if (peer_data_is_closed(connection->peer))
        participant_set_data(connection->participant, false);
}

static void take_dtls(struct connection *connection, const uint8_t *data, size_t length, usec_t now)
{
    if (peer_input(connection->peer, data, length, now) != 0)
        connection->host->dtls_errors++;
    take_data(connection, now);
    become_due(connection);
}

/* After the handshake DTLS carries data channels, which wait until media has had its turn. */
static void receive_dtls(struct connection *connection, const uint8_t *data, size_t length, usec_t now)
{
    struct ring *waiting = connection->host->dtls_waiting;
    if (peer_state(connection->peer) != PEER_CONNECTED) {
        take_dtls(connection, data, length, now);
        follow_peer(connection, now);
        return;
    }
    uint8_t *record = ring_reserve(waiting, sizeof connection->id + length);
    if (record == NULL) {
        connection->host->dtls_dropped++;
        return;
    }
    memcpy(record, &connection->id, sizeof connection->id);
    memcpy(record + sizeof connection->id, data, length);
    ring_put(waiting);
}

void connection_serve(struct connection_host *host, const uint8_t *record, size_t length, usec_t now)
{
    int64_t before = clock_now_ns();
    connection_id id;
    memcpy(&id, record, sizeof id);
    struct connection *connection = map_get(&host->connections, id);
    if (connection == NULL || connection->is_dead)
        return;
    take_dtls(connection, record + sizeof id, length - sizeof id, now);
    look_at_peer(connection, now);
    connection_charge(connection, clock_now_ns() - before);
}

void connection_want_data(struct connection *connection)
{
    struct span frame;
    enum envelope_policy policy;
    if (connection->peer != NULL && participant_data_next(connection->participant, &frame, &policy))
        become_due(connection);
}

void connection_send_data(struct connection *connection)
{
    int64_t before = clock_now_ns();
    leave_due(connection);
    pass_data(connection);
    flush_dtls(connection);
    connection_charge(connection, clock_now_ns() - before);
}

static void receive_rtp(struct connection *connection, uint8_t *data, size_t length, usec_t now)
{
    if (peer_unprotect_rtp(connection->peer, data, &length) != 0) {
        connection->host->srtp_errors++;
        return;
    }
    packet_trace_packet(connection->host->packet_trace, participant_id(connection->participant), data, length, now);
    (void)participant_rtp(connection->participant, data, length, now); /* the core counts errors */
}

static void receive_rtcp(struct connection *connection, uint8_t *data, size_t length, usec_t now)
{
    size_t cost = length > RTCP_COST_MIN ? length : RTCP_COST_MIN;
    if (!budget_take(&connection->rtcp, &rtcp_limit, cost, now)) {
        connection->host->rtcp_over_budget++;
        return;
    }
    if (peer_unprotect_rtcp(connection->peer, data, &length) != 0)
        connection->host->srtp_errors++;
    else
        (void)participant_rtcp(connection->participant, data, length, now, clock_ntp_us());
}

static void on_datagram(void *user, uint8_t *data, size_t length, usec_t now)
{
    struct connection *connection = user;
    int64_t before = clock_now_ns();
    if (connection->is_dead)
        return;
    switch (packet_classify(data, length)) {
    case PACKET_RTP:
        receive_rtp(connection, data, length, now);
        break;
    case PACKET_RTCP:
        receive_rtcp(connection, data, length, now);
        break;
    case PACKET_DTLS:
        receive_dtls(connection, data, length, now);
        break;
    case PACKET_STUN:
    case PACKET_UNKNOWN:
        connection->host->malformed++;
        break;
    }
    connection_charge(connection, clock_now_ns() - before);
}

static void on_ice_state(void *user, enum ice_state state, usec_t now)
{
    struct connection *connection = user;
    if (connection->is_dead)
        return;
    log_debug(connection->log_context, "ICE %s", ice_state_name(state));
    if (state == ICE_FAILED) {
        die(connection, ERR_TIMEOUT, "ICE consent expired");
    } else if (state == ICE_CONNECTED && !connection->is_connected) {
        peer_start(connection->peer, now);
        follow_peer(connection, now);
    }
}

/* DTLS does not wait for the proof of the path: its first flight goes with the answer to the first check. */
static void on_heard(void *user, usec_t now)
{
    struct connection *connection = user;
    if (connection->is_dead || peer_state(connection->peer) != PEER_NEW)
        return;
    peer_start(connection->peer, now);
    follow_peer(connection, now);
}

static void on_candidate(void *user, const char *candidate)
{
    struct connection *connection = user;
    struct connection_host *host = connection->host;
    host->tell(host, connection->id, WORKER_CANDIDATE, 0, candidate != NULL ? candidate : "");
}

static int open_ice(struct connection *connection, const struct connection_setup *setup, usec_t now)
{
    struct connection_host *host = connection->host;
    struct ice_listener listener = {.datagram = on_datagram,
                                    .state = on_ice_state,
                                    .heard = on_heard,
                                    .candidate = on_candidate,
                                    .user = connection};
    if (host->port != NULL)
        return ice_lite_new(&connection->ice, host->port, &setup->local, &listener, now);
    struct ice_agent_config config = {
        .is_controlling = false,
        .local = setup->local,
        .tcp = host->config->tcp,
        .no_udp = !host->config->udp,
    };
    if (host->config->bind_address != NULL)
        config.bind_addresses[0] = host->config->bind_address;
    connection->ice = ice_agent_new(host->bridge, &config, &listener);
    return connection->ice != NULL ? 0 : ERR_IO;
}

static int open_peer(struct connection *connection, const struct connection_setup *setup)
{
    struct peer_config config = {
        .identity = connection->host->identity,
        .is_dtls_client = setup->is_dtls_client,
        .srtp_profiles = setup->is_gcm_only ? PEER_PROFILE_GCM : connection->host->config->srtp_profiles,
    };
    snprintf(config.remote_fingerprint_algorithm, sizeof config.remote_fingerprint_algorithm, "%s",
             setup->fingerprint_algorithm);
    snprintf(config.remote_fingerprint, sizeof config.remote_fingerprint, "%s", setup->fingerprint);
    connection->peer = peer_new(&config);
    return connection->peer != NULL ? 0 : ERR_NO_MEMORY;
}

static int open_path(struct connection *connection, const struct connection_setup *setup, usec_t now)
{
    int error = open_peer(connection, setup);
    if (error == 0)
        error = open_ice(connection, setup, now);
    connection->has_peer_timer = error == 0;
    return error;
}

/* Browsers that find TCP first stay with it, even if UDP works a moment later. So they are told TCP candidates only
 * when UDP seems not to work. */
static void tell_fallback(struct connection *connection)
{
    struct connection_host *host = connection->host;
    char candidates[CANDIDATES_MAX][ICE_CANDIDATE_MAX];
    size_t count = ice_is_settled(connection->ice) ? 0 : ice_port_candidates(host->port, candidates, CANDIDATES_MAX);
    connection->fallback_at = USEC_NEVER;
    for (size_t i = 0; i < count; i++)
        if (candidate_is_tcp(candidates[i]))
            on_candidate(connection, candidates[i]);
    on_candidate(connection, NULL);
}

/* New remote credentials are an ICE restart (RFC 8839 section 4.4.3); DTLS and media go on over it. */
static int update_path(struct connection *connection, const struct connection_setup *setup, usec_t now)
{
    if (strcmp(connection->remote.ufrag, setup->remote.ufrag) == 0 &&
        strcmp(connection->remote.pwd, setup->remote.pwd) == 0)
        return 0;
    connection->remote = setup->remote;
    if (connection->host->port != NULL)
        connection->fallback_at = now + FALLBACK_AFTER;
    enter_pending(connection);
    int error = ice_set_local(connection->ice, &setup->local);
    return error != 0 ? error : ice_set_remote(connection->ice, &setup->remote);
}

void connection_configure(struct connection *connection, const struct connection_setup *setup, usec_t now)
{
    int error = 0;
    if (connection->is_dead)
        return;
    if (connection->ice == NULL)
        error = open_path(connection, setup, now);
    if (error == 0)
        error = update_path(connection, setup, now);
    if (error != 0) {
        die(connection, error, "cannot set up the transport");
        return;
    }
    if (setup->sctp_port != 0)
        peer_enable_data(connection->peer, setup->sctp_port, false, now);
    packet_trace_media(connection->host->packet_trace, participant_id(connection->participant), setup->media,
                       setup->media_count);
    participant_configure(connection->participant, setup->media, setup->media_count, setup->sends, setup->send_count,
                          setup->receives, setup->receive_count, now);
}

void connection_candidate(struct connection *connection, const char *candidate)
{
    if (connection->ice != NULL && ice_add_candidate(connection->ice, candidate) != 0)
        log_debug(connection->log_context, "a remote candidate is not used");
}

void connection_receive(struct connection *connection, const struct router_request *requests, size_t count, usec_t now)
{
    participant_receive(connection->participant, requests, count, now);
}

int connection_mute(struct connection *connection, const char *source, bool muted, usec_t now)
{
    return participant_mute(connection->participant, source, muted, now);
}

struct participant *connection_participant(const struct connection *connection)
{
    return connection->participant;
}

struct egress_outlet *connection_outlet(struct connection *connection)
{
    return &connection->outlet;
}

struct connection *connection_of(const struct participant *participant)
{
    return participant_user(participant);
}

void connection_charge(struct connection *connection, int64_t ns)
{
    connection->cpu_ns += ns;
}

usec_t connections_next(const struct connection_host *host)
{
    usec_t next = USEC_NEVER;
    for (const struct connection *c = host->pending; c != NULL; c = c->next_pending)
        next = usec_min(next, next_timer(c));
    return next;
}

void connections_timeout(struct connection_host *host, usec_t now)
{
    struct connection *next;
    for (struct connection *c = host->pending; c != NULL; c = next) {
        next = c->next_pending;
        if (c->has_peer_timer && peer_next(c->peer) <= now) {
            peer_timeout(c->peer, now);
            take_data(c, now);
            become_due(c);
            follow_peer(c, now);
        }
        if (c->fallback_at <= now)
            tell_fallback(c);
        if (!c->has_peer_timer && c->fallback_at == USEC_NEVER)
            leave_pending(c);
    }
}

connection_id connection_get_id(const struct connection *connection)
{
    return connection->id;
}

void connection_add_stats(struct connection *connection, struct worker_stats *stats)
{
    struct connection_stats *out = &stats->connections[stats->connection_count++];
    *out = (struct connection_stats){.id = connection->id,
                                     .worker = connection->host->config->index,
                                     .cpu_ns = connection->cpu_ns,
                                     .publications = stats->publications + stats->publication_count,
                                     .slots = stats->slots + stats->slot_count};
    memcpy(out->room, connection->room, sizeof out->room);
    memcpy(out->participant, connection->name, sizeof out->participant);
    participant_get_stats(connection->participant, &out->totals);
    if (connection->ice != NULL)
        snprintf(out->path, sizeof out->path, "%s", ice_path_kind(connection->ice));
    if (connection->is_connected)
        snprintf(out->profile, sizeof out->profile, "%s", srtp_profile_name(peer_profile(connection->peer)));
    out->publication_count = participant_publications(connection->participant, out->publications,
                                                      stats->publication_capacity - stats->publication_count);
    out->slot_count = participant_slots(connection->participant, out->slots, stats->slot_capacity - stats->slot_count);
    stats->publication_count += out->publication_count;
    stats->slot_count += out->slot_count;
}
