#include "transport/net/nice_attempt.h"

#include <errno.h>
#include <nice/agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/candidate.h"
#include "transport/net/turn_filter.h"

#define COMPONENT 1
#define BATCH 32
#define RECEIVE_BUFFER (1 << 20)
#define TURN_UDP_PREFERENCE 30 /* libnice's type preference of a relay over UDP; those over TCP and TLS have less */

struct attempt {
    struct glib_bridge *bridge;
    struct attempt_owner owner;
    NiceAgent *agent;
    guint stream;
    struct ice_credentials local, remote;
    bool has_remote, is_gathering, is_closed, is_connected, has_failed;
    bool takes_tcp, takes_udp, relay_only;
    GSList *waiting; /* NiceCandidate, in order: remote candidates that came before their credentials */
    unsigned candidate_count;
    bool remote_done;
};

/* From libnice */

static void on_state(NiceAgent *agent, guint stream, guint component, guint state, gpointer user)
{
    struct attempt *attempt = user;
    NiceCandidate *local, *remote;
    switch (state) {
    case NICE_COMPONENT_STATE_CONNECTED:
    case NICE_COMPONENT_STATE_READY:
        attempt->has_failed = false;
        if (nice_agent_get_selected_pair(agent, stream, component, &local, &remote))
            attempt->is_connected = true;
        break;
    case NICE_COMPONENT_STATE_FAILED:
        attempt->has_failed = true;
        attempt->is_connected = false;
        break;
    default: /* other states while a pair works change nothing */
        attempt->has_failed = false;
        break;
    }
    attempt->owner.changed(attempt->owner.user);
}

#define HIDDEN_BASE " raddr 0.0.0.0 rport 0"

/* A relayed candidate must not tell our own address. */
static void hide_base(char *text)
{
    char *at = strstr(text, " raddr ");
    if (at == NULL)
        return;
    bool is_relay = strstr(text, " typ relay") != NULL;
    *at = '\0';
    if (is_relay)
        memcpy(at, HIDDEN_BASE, sizeof HIDDEN_BASE);
}

static void on_candidate(NiceAgent *agent, NiceCandidate *candidate, gpointer user)
{
    struct attempt *attempt = user;
    char text[ICE_CANDIDATE_MAX + sizeof HIDDEN_BASE];
    if (attempt->relay_only && candidate->type != NICE_CANDIDATE_TYPE_RELAYED)
        return;
    gchar *line = nice_agent_generate_local_candidate_sdp(agent, candidate);
    if (line != NULL && g_str_has_prefix(line, "a=") && strlen(line) < ICE_CANDIDATE_MAX) {
        snprintf(text, sizeof text, "%s", line + 2);
        if (attempt->relay_only)
            hide_base(text);
        attempt->owner.candidate(attempt->owner.user, attempt, text);
    }
    g_free(line);
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer user)
{
    (void)agent, (void)stream;
    struct attempt *attempt = user;
    attempt->owner.candidate(attempt->owner.user, attempt, NULL);
}

static void on_datagram(NiceAgent *agent, guint stream, guint component, guint length, gchar *data, gpointer user)
{
    (void)agent, (void)stream, (void)component;
    struct attempt *attempt = user;
    if (!attempt->is_closed)
        attempt->owner.datagram(attempt->owner.user, (uint8_t *)data, length);
}

/* Life */

static NiceAgent *make_agent(struct glib_bridge *bridge, const struct ice_agent_config *config)
{
    NiceAgentOption nomination = config->nominates_at_once ? 0 : NICE_AGENT_OPTION_REGULAR_NOMINATION;
    NiceAgent *agent = nice_agent_new_full(glib_bridge_context(bridge), NICE_COMPATIBILITY_RFC5245,
                                           nomination | NICE_AGENT_OPTION_ICE_TRICKLE);
    /* Checks keep the path alive, but libnice's consent is not used: it checks every 5 s without repeating, and gives
     * up after 10 s. A path that loses a tenth of the packets each way would soon be given up. ice_agent.c watches for
     * silence instead. */
    /* clang-format off */
    g_object_set(agent, "upnp", FALSE, "ice-udp", (gboolean)!config->no_udp, "ice-tcp", (gboolean)config->tcp,
                 "controlling-mode", (gboolean)config->is_controlling,
                 "force-relay", (gboolean)config->relay_only, "keepalive-conncheck", TRUE, NULL);
    /* clang-format on */
    size_t capacity = sizeof config->bind_addresses / sizeof config->bind_addresses[0];
    for (size_t i = 0; i < capacity && config->bind_addresses[i] != NULL; i++) {
        NiceAddress address;
        nice_address_init(&address);
        if (nice_address_set_from_string(&address, config->bind_addresses[i]))
            nice_agent_add_local_address(agent, &address);
    }
    return agent;
}

static void listen_to(struct attempt *attempt)
{
    g_signal_connect(attempt->agent, "component-state-changed", G_CALLBACK(on_state), attempt);
    g_signal_connect(attempt->agent, "new-candidate-full", G_CALLBACK(on_candidate), attempt);
    g_signal_connect(attempt->agent, "candidate-gathering-done", G_CALLBACK(on_gathered), attempt);
}

struct attempt *attempt_new(struct glib_bridge *bridge, const struct ice_agent_config *config,
                            const struct ice_credentials *local, const struct attempt_owner *owner)
{
    struct attempt *attempt = mem_alloc(sizeof *attempt);
    attempt->bridge = bridge;
    attempt->owner = *owner;
    attempt->local = *local;
    attempt->takes_tcp = config->tcp;
    attempt->takes_udp = !config->no_udp;
    attempt->relay_only = config->relay_only;
    glib_bridge_hold(bridge);
    attempt->agent = make_agent(bridge, config);
    attempt->stream = nice_agent_add_stream(attempt->agent, 1);
    if (attempt->stream == 0 ||
        !nice_agent_set_local_credentials(attempt->agent, attempt->stream, local->ufrag, local->pwd) ||
        !nice_agent_attach_recv(attempt->agent, attempt->stream, COMPONENT, glib_bridge_context(bridge), on_datagram,
                                attempt)) {
        attempt_close(attempt);
        return NULL;
    }
    listen_to(attempt);
    return attempt;
}

static void on_closed(GObject *agent, GAsyncResult *result, gpointer user)
{
    (void)agent, (void)result;
    struct attempt *attempt = user;
    g_object_unref(attempt->agent);
    glib_bridge_release(attempt->bridge);
    free(attempt);
}

static void free_candidate(gpointer candidate)
{
    nice_candidate_free(candidate);
}

void attempt_close(struct attempt *attempt)
{
    if (attempt == NULL)
        return;
    attempt->is_closed = true;
    g_slist_free_full(attempt->waiting, free_candidate);
    attempt->waiting = NULL;
    g_signal_handlers_disconnect_by_data(attempt->agent, attempt);
    if (attempt->stream != 0)
        nice_agent_attach_recv(attempt->agent, attempt->stream, COMPONENT, glib_bridge_context(attempt->bridge), NULL,
                               NULL);
    glib_bridge_enter(attempt->bridge);
    nice_agent_close_async(attempt->agent, on_closed, attempt);
    glib_bridge_leave(attempt->bridge);
}

static void add_server(struct attempt *attempt, const struct ice_server *server)
{
    if (!server->is_turn) {
        g_object_set(attempt->agent, "stun-server", server->host, "stun-server-port", (guint)server->port, NULL);
        return;
    }
    CHECK(server->transport != ICE_SERVER_TLS); /* libnice has no standard TLS for TURN: turn_tunnel.h */
    NiceRelayType type = server->transport == ICE_SERVER_UDP ? NICE_RELAY_TYPE_TURN_UDP : NICE_RELAY_TYPE_TURN_TCP;
    if (!nice_agent_set_relay_info(attempt->agent, attempt->stream, COMPONENT, server->host, server->port,
                                   server->username, server->password, type))
        log_warning("ice", "libnice refused a TURN server");
}

/* Passes remote candidates to libnice, as soon as gathering has begun and the remote credentials are known. */
static void pass_candidates(struct attempt *attempt)
{
    if (!attempt->has_remote || !attempt->is_gathering)
        return;
    if (attempt->waiting != NULL) {
        GSList *waiting = attempt->waiting;
        attempt->waiting = NULL;
        nice_agent_set_remote_candidates(attempt->agent, attempt->stream, COMPONENT, waiting);
        g_slist_free_full(waiting, free_candidate);
    }
    if (attempt->remote_done)
        nice_agent_peer_candidate_gathering_done(attempt->agent, attempt->stream);
}

/* The default buffer holds some 200 packets, so a moment without CPU would lose some; the system may allow less. What
 * libnice does not survive from a TURN server stays away from it. */
static void prepare_sockets(struct attempt *attempt)
{
    GPtrArray *sockets = nice_agent_get_sockets(attempt->agent, attempt->stream, COMPONENT);
    for (guint i = 0; sockets != NULL && i < sockets->len; i++) {
        GSocket *each = g_ptr_array_index(sockets, i);
        if (g_socket_get_socket_type(each) != G_SOCKET_TYPE_DATAGRAM)
            continue;
        (void)g_socket_set_option(each, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER, NULL);
        if (turn_filter_attach(g_socket_get_fd(each)) != 0)
            log_warning("ice", "a socket cannot have a filter: %s", strerror(errno));
    }
    if (sockets != NULL)
        g_ptr_array_unref(sockets);
}

int attempt_gather(struct attempt *attempt, const struct ice_server *servers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (servers[i].host[0] != '\0')
            add_server(attempt, &servers[i]);
    }
    glib_bridge_enter(attempt->bridge);
    bool is_started = nice_agent_gather_candidates(attempt->agent, attempt->stream);
    glib_bridge_leave(attempt->bridge);
    if (!is_started)
        return ERR_IO;
    attempt->is_gathering = true;
    prepare_sockets(attempt);
    pass_candidates(attempt);
    return 0;
}

int attempt_set_remote(struct attempt *attempt, const struct ice_credentials *remote)
{
    if (!nice_agent_set_remote_credentials(attempt->agent, attempt->stream, remote->ufrag, remote->pwd))
        return ERR_INVALID;
    attempt->remote = *remote;
    attempt->has_remote = true;
    pass_candidates(attempt);
    return 0;
}

/* Accepts those that we can use. */
static int check_candidate(const struct attempt *attempt, const char *text)
{
    struct candidate candidate;
    int error = candidate_parse(&candidate, text);
    if (error != 0)
        return error;
    bool is_taken = candidate.is_tcp ? attempt->takes_tcp : attempt->takes_udp;
    return candidate.component == COMPONENT && is_taken ? 0 : ERR_UNSUPPORTED;
}

int attempt_add_candidate(struct attempt *attempt, const char *candidate)
{
    char line[ICE_CANDIDATE_MAX + sizeof "a="];
    if (candidate[0] == '\0') {
        attempt->remote_done = true;
        pass_candidates(attempt);
        return 0;
    }
    int error = check_candidate(attempt, candidate);
    if (error != 0)
        return error;
    if (attempt->candidate_count >= NICE_AGENT_MAX_REMOTE_CANDIDATES)
        return ERR_LIMIT;
    snprintf(line, sizeof line, "a=%s", candidate);
    NiceCandidate *parsed = nice_agent_parse_remote_candidate_sdp(attempt->agent, attempt->stream, line);
    if (parsed == NULL)
        return ERR_INVALID;
    attempt->candidate_count++;
    attempt->waiting = g_slist_append(attempt->waiting, parsed);
    pass_candidates(attempt);
    return 0;
}

struct batch {
    GOutputVector vectors[BATCH];
    NiceOutputMessage messages[BATCH];
    unsigned count;
    size_t taken;
};

static void flush(struct attempt *attempt, struct batch *batch)
{
    gint sent = 0;
    if (batch->count > 0)
        sent = nice_agent_send_messages_nonblocking(attempt->agent, attempt->stream, COMPONENT, batch->messages,
                                                    batch->count, NULL, NULL);
    if (sent > 0)
        batch->taken += (size_t)sent;
    batch->count = 0;
}

static void append(struct attempt *attempt, struct batch *batch, const uint8_t *data, size_t length)
{
    unsigned i = batch->count++;
    batch->vectors[i] = (GOutputVector){data, length};
    batch->messages[i] = (NiceOutputMessage){&batch->vectors[i], 1};
    if (batch->count == BATCH)
        flush(attempt, batch);
}

/* Counts a message as taken if all of its datagrams were; what is refused is lost. */
size_t attempt_send(struct attempt *attempt, const struct ice_message *messages, size_t count)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        struct batch batch = {.count = 0};
        size_t size = messages[i].segment_size > 0 ? messages[i].segment_size : messages[i].length, datagrams = 0;
        for (size_t at = 0; at < messages[i].length; at += size, datagrams++)
            append(attempt, &batch, messages[i].data + at, MIN(size, messages[i].length - at));
        flush(attempt, &batch);
        taken += batch.taken == datagrams;
    }
    return taken;
}

const struct ice_credentials *attempt_local(const struct attempt *attempt)
{
    return &attempt->local;
}

const struct ice_credentials *attempt_remote(const struct attempt *attempt)
{
    return attempt->has_remote ? &attempt->remote : NULL;
}

bool attempt_is_connected(const struct attempt *attempt)
{
    return attempt->is_connected;
}

bool attempt_has_failed(const struct attempt *attempt)
{
    return attempt->has_failed;
}

const char *attempt_path_kind(const struct attempt *attempt)
{
    NiceCandidate *local, *remote;
    if (!attempt->is_connected ||
        !nice_agent_get_selected_pair(attempt->agent, attempt->stream, COMPONENT, &local, &remote))
        return "";
    if (local->type == NICE_CANDIDATE_TYPE_RELAYED)
        return local->priority >> 24 >= TURN_UDP_PREFERENCE ? "turn/udp" : "turn/tcp";
    return local->transport == NICE_CANDIDATE_TRANSPORT_UDP ? "udp" : "tcp";
}
