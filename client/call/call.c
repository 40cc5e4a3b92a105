#include "client/call/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call/call_data.h"
#include "client/call/call_state.h"
#include "client/call/call_topology.h"
#include "client/call/call_wiring.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/glib_bridge.h"
#include "transport/net/ticker.h"

#define POOL_PACKETS 16384
#define TICK_MS 50
#define SLEEP_LIMIT (5 * USEC_PER_SEC)
#define SIZES_INTERVAL (100 * USEC_PER_MSEC) /* a fifth of the messages that the server takes, at most */
#define REPEAT_DELAY (500 * USEC_PER_MSEC)   /* answers that the server kept for us while we were away come first */

/* NULL: there is none. */
static json_t *make_first_offer(struct call *call)
{
    struct call_connection *router = call_connections_find(&call->connections, MESSAGE_ROUTER);
    if (!call->first.is_open || router == NULL || call_connection_pc(router) == NULL)
        return NULL;
    peer_connection_offer_now(call_connection_pc(router));
    return first_offer_for_join(&call->first);
}

static json_t *make_join(void *user)
{
    struct call *call = user;
    usec_t now = clock_now();
    joining_reached(&call->joining, HEDDLE_CLIENT_STEP_SOCKET, now);
    json_t *capabilities = json_pack("{s:b,s:b}", "mesh", call->config.mesh, "sfu", call->config.sfu);
    if (call->config.uplink_bps != 0)
        json_object_set_new(capabilities, "uplink_bps", json_integer((json_int_t)call->config.uplink_bps));
    json_t *join = json_pack("{s:s,s:s,s:s,s:o}", "type", "join", "room", call->room_name, "name", call->name,
                             "capabilities", capabilities);
    if (call->token != NULL)
        json_object_set_new(join, "token", json_string(call->token));
    if (call->service != NULL)
        json_object_set_new(join, "service", json_string(call->service));
    if (call->layout[0] != '\0')
        json_object_set_new(join, "layout", json_string(call->layout));
    if (call->mix[0] != '\0')
        json_object_set_new(join, "mix", json_string(call->mix));
    if (call->config.topology != NULL)
        json_object_set_new(join, "topology", json_string(call->config.topology));
    if (call->config.encrypted)
        json_object_set_new(join, "encrypted", json_true());
    json_t *offer = make_first_offer(call);
    if (offer != NULL) {
        joining_reached(&call->joining, HEDDLE_CLIENT_STEP_OFFER, now);
        json_object_set_new(join, "offer", offer);
    }
    return join;
}

static void on_sizes(uv_timer_t *timer)
{
    struct call *call = timer->data;
    call_tell_sizes(call, clock_now());
    if (call->telling_sizes.is_wanted)
        timer_arm(timer, on_sizes, spacing_due(&call->telling_sizes));
}

/* They are told in the next turn of the loop, together with those that change until then. */
static void sizes_changed(struct call *call)
{
    spacing_want(&call->telling_sizes);
    timer_arm(&call->sizes_timer, on_sizes, spacing_due(&call->telling_sizes));
}

static json_t *mute_message(const struct negotiation_source *source)
{
    return json_pack("{s:s,s:s,s:b}", "type", "mute", "source", source->source, "muted", source->muted);
}

/* What was sent before the socket broke may be lost: sends again what is still true. */
static void say_again(struct call *call, usec_t now)
{
    call_connections_tell(&call->connections, RECONNECT_SIGNALING_UP);
    call->repeat_at = now + REPEAT_DELAY;
    for (size_t i = 0; i < call->source_count; i++)
        signaler_send(call->signaler, mute_message(&call->sources[i]));
    for (size_t i = 0; i < call->connections.count; i++)
        call_connection_forget_told(call->connections.at[i]);
    call_tell_paths(call);
    call_forget_sizes(call);
    sizes_changed(call);
}

static void end_outage(struct call *call, bool resumed, usec_t now)
{
    struct call_recovery recovery = {.target = "server",
                                     .cause = reconnect_event_name(RECONNECT_SIGNALING_DOWN),
                                     .path = resumed ? "resumed" : "joined anew",
                                     .duration = now - call->down_since,
                                     .gap = -1};
    for (size_t i = 0; !resumed && i < call->connections.count; i++)
        if (call_connection_is_current(call->connections.at[i]))
            call_connection_note_loss(call->connections.at[i], call->down_since, call->last_frame);
    call->down_since = 0;
    call_tell_recovery(call, &recovery);
}

/* The array stays where it is: future connections read it, too. */
static void renew_servers(struct call *call, bool must_move)
{
    call->ice_server_count = ice_servers_read(call->room.ice_servers, call->ice_servers, ICE_SERVERS_MAX);
    for (size_t i = 0; i < call->connections.count; i++)
        if (call_connection_pc(call->connections.at[i]) != NULL && !call_connection_is_retired(call->connections.at[i]))
            peer_connection_renew_servers(call_connection_pc(call->connections.at[i]), call->ice_server_count,
                                          must_move);
}

/* The connection whose offer came with `join`. */
static void admit(struct call *call)
{
    struct call_connection *router = call_connections_find(&call->connections, MESSAGE_ROUTER);
    bool is_outdated = call->ice_server_count > 0 || call->room.relay_only;
    size_t index;
    json_t *message;
    call->first.is_open = false;
    if (is_outdated)
        call_connection_remake(router, call->ice_server_count, call->room.relay_only);
    call_connection_joined(router);
    json_array_foreach(call->first.held, index, message) if (!is_outdated)
        signaler_send(call->signaler, json_incref(message));
    for (size_t i = 0; i < call->source_count; i++) { /* what was muted meanwhile */
        const struct negotiation_source *source = &call->sources[i];
        if (!is_outdated && first_offer_is_muted(&call->first, source->source, source->muted) != source->muted)
            signaler_send(call->signaler, mute_message(source));
    }
    first_offer_fini(&call->first);
}

static void on_joined(void *user, const json_t *message)
{
    struct call *call = user;
    usec_t now = clock_now();
    joining_reached(&call->joining, HEDDLE_CLIENT_STEP_JOINED, now);
    const char *id = json_string_value(json_object_get(message, "participant"));
    bool resumed = json_is_true(json_object_get(message, "resumed")) && strcmp(id, call->room.self) == 0;
    if (!resumed) { /* a new place in the room: nobody knows our old connections */
        if (!call->first.is_open)
            call_connections_close_all(&call->connections);
        call->status.is_well = false;
        call_data_begin(call);
        call->view = (struct mixed_view){0};
    }
    client_room_apply(&call->room, MESSAGE_JOINED, message);
    call_data_set_others(call);
    call->joined = true;
    renew_servers(call, false);
    if (call->first.is_open)
        admit(call);
    for (size_t i = call->connections.count; i-- > 0;) { /* to participants who left meanwhile */
        struct call_connection *connection = call->connections.at[i];
        if (!call_connection_is_to_router(connection) &&
            client_room_participant(&call->room, call_connection_remote(connection)) == NULL)
            call_connections_close(&call->connections, connection);
    }
    call->listener.signaling(call->listener.user, true, "");
    call->listener.joined(call->listener.user, resumed);
    call_follow_topology(call);
    call_configure_all(call);
    if (call->down_since != 0)
        end_outage(call, resumed, now);
    if (resumed)
        say_again(call, now);
    call_tell_status(call);
}

static void on_description(struct call *call, enum message_type type, const json_t *message)
{
    const char *from = json_string_value(json_object_get(message, "from"));
    const char *sdp = json_string_value(json_object_get(message, "sdp"));
    unsigned generation = (unsigned)json_integer_value(json_object_get(message, "generation"));
    const json_t *sends = json_object_get(message, "sends");
    struct call_connection *connection = call_connections_find(&call->connections, from);
    struct peer_connection *pc = connection != NULL ? call_connection_pc(connection) : NULL;
    struct refusal refusal = {.code = NULL};
    if (pc == NULL)
        return;
    int error = type == MESSAGE_OFFER ? peer_connection_offered(pc, generation, sdp, sends, &refusal)
                                      : peer_connection_answered(pc, generation, sdp, sends, &refusal);
    if (error != 0)
        log_info(from, "%s of generation %u dropped: %s", message_type_name(type), generation,
                 refusal.code != NULL ? refusal.text : error_text(error));
    else if (type == MESSAGE_ANSWER && call_connection_is_to_router(connection))
        sizes_changed(call);
}

static void on_connection_signal(struct call *call, enum message_type type, const json_t *message)
{
    struct call_connection *connection =
        call_connections_find(&call->connections, json_string_value(json_object_get(message, "from")));
    unsigned generation = (unsigned)json_integer_value(json_object_get(message, "generation"));
    if (connection == NULL)
        return;
    if (type == MESSAGE_CONNECTION_REQUEST)
        call_connection_requested(connection, generation);
    else if (call_connection_pc(connection) != NULL)
        peer_connection_candidate(call_connection_pc(connection), generation,
                                  json_string_value(json_object_get(message, "candidate")));
}

/* We are in, but the offer that came with `join` was refused. */
static void on_error(struct call *call, const json_t *message)
{
    const char *request = json_string_value(json_object_get(message, "request"));
    struct call_connection *router = call_connections_find(&call->connections, MESSAGE_ROUTER);
    if (request != NULL && strcmp(request, "join") == 0 && router != NULL && call_connection_pc(router) != NULL)
        peer_connection_repeat_offer(call_connection_pc(router));
}

/* A participant is back: its answer to our offer may be lost. */
static void on_participant_state(struct call *call, const json_t *message)
{
    const char *id = json_string_value(json_object_get(message, "participant"));
    struct call_connection *connection = call_connections_find(&call->connections, id);
    if (connection != NULL && call_connection_pc(connection) != NULL && !call_is_away(call, id))
        peer_connection_repeat_offer(call_connection_pc(connection));
}

/* The offer that `join` carried is not taken, or we never were in. */
static void drop_first_offer(struct call *call)
{
    if (!call->first.is_open)
        return;
    call->first.is_open = false;
    call_connections_close_all(&call->connections);
    first_offer_fini(&call->first);
}

static void on_message(void *user, enum message_type type, const json_t *message)
{
    struct call *call = user;
    switch (type) {
    case MESSAGE_OFFER:
    case MESSAGE_ANSWER:
        on_description(call, type, message);
        return;
    case MESSAGE_ICE_CANDIDATE:
    case MESSAGE_CONNECTION_REQUEST:
        on_connection_signal(call, type, message);
        return;
    case MESSAGE_WAITING:
        drop_first_offer(call);
        break;
    default:
        break;
    }
    client_room_apply(&call->room, type, message);
    if (type == MESSAGE_PARTICIPANT_LEFT || type == MESSAGE_PARTICIPANT_JOINED)
        call_data_set_others(call);
    if (type == MESSAGE_PARTICIPANT_LEFT)
        call_forget(call, json_string_value(json_object_get(message, "participant")));
    else if (type == MESSAGE_CONNECT)
        call_follow_topology(call);
    else if (type == MESSAGE_ICE_SERVERS)
        renew_servers(call, true);
    else if (type == MESSAGE_ERROR)
        on_error(call, message);
    else if (type == MESSAGE_PARTICIPANT_STATE)
        on_participant_state(call, message);
    call_configure_all(call);
    call->listener.message(call->listener.user, type, message);
}

static void on_down(void *user, const char *reason)
{
    struct call *call = user;
    if (call->down_since == 0)
        call->down_since = clock_now();
    call_connections_tell(&call->connections, RECONNECT_SIGNALING_DOWN);
    call->listener.signaling(call->listener.user, false, reason);
}

static void on_ended(void *user, const char *code, const char *reason)
{
    struct call *call = user;
    drop_first_offer(call);
    if (strcmp(code, "left") != 0)
        call_connections_tell(&call->connections, RECONNECT_REFUSED);
    call->listener.ended(call->listener.user, code, reason);
}

static void on_tick(uv_timer_t *timer)
{
    struct call *call = timer->data;
    usec_t now = clock_now();
    if (now - call->last_tick > SLEEP_LIMIT) /* the machine slept, and may be in another network now */
        call_network_changed(call);
    call->last_tick = now;
    if (now >= call->repeat_at) {
        call->repeat_at = USEC_NEVER;
        for (size_t i = 0; i < call->connections.count; i++)
            if (call_connection_pc(call->connections.at[i]) != NULL)
                peer_connection_repeat_offer(call_connection_pc(call->connections.at[i]));
    }
    call_follow_view(call, now);
    call_follow_switch(call, now);
    call_data_tick(call, now);
    call_tell_paths(call);
    call_tell_status(call);
}

struct call *call_new(const struct call_config *config, const struct call_listener *listener)
{
    struct call *call = mem_alloc(sizeof *call);
    call->config = *config;
    call->listener = *listener;
    snprintf(call->room_name, sizeof call->room_name, "%s", config->room);
    snprintf(call->name, sizeof call->name, "%s", config->name);
    call->token = mem_text(config->token);
    call->service = mem_text(config->service);
    call->repeat_at = USEC_NEVER;
    call->telling_sizes.interval = SIZES_INTERVAL;
    struct signaler_listener signaling = {.join = make_join,
                                          .joined = on_joined,
                                          .message = on_message,
                                          .down = on_down,
                                          .ended = on_ended,
                                          .user = call};
    call->signaler = signaler_new(config->loop, &config->url, config->accept_any_certificate, &signaling);
    call->identity = identity_new(clock_wall_us());
    call->bridge = glib_bridge_new(config->loop);
    if (call->signaler == NULL || call->identity == NULL || call->bridge == NULL) {
        glib_bridge_free(call->bridge);
        identity_release(call->identity);
        signaler_free(call->signaler);
        free(call->token);
        free(call->service);
        free(call);
        return NULL;
    }
    client_room_init(&call->room);
    call_data_begin(call);
    first_offer_init(&call->first);
    call->pool = packet_pool_new(POOL_PACKETS);
    local_addresses_for(&call->addresses, config->url.host);
    uv_timer_init(config->loop, &call->tick);
    uv_timer_init(config->loop, &call->sizes_timer);
    call->tick.data = call->sizes_timer.data = call;
    return call;
}

static void on_network_changed(void *user)
{
    call_network_changed(user);
}

void call_start(struct call *call)
{
    call->netlink = netlink_new(call->config.loop, on_network_changed, call);
    call->last_tick = call->joining.began = clock_now();
    uv_timer_start(&call->tick, on_tick, TICK_MS, TICK_MS);
    call->first.is_open =
        call->config.sfu && !call->config.relay_only; /* gathering for relays needs the servers first */
    if (call->first.is_open)
        call_connection_start(call_make_connection(call, MESSAGE_ROUTER));
    signaler_start(call->signaler);
}

void call_leave(struct call *call)
{
    signaler_leave(call->signaler);
}

static void on_tick_closed(uv_handle_t *handle)
{
    struct call *call = handle->data;
    packet_pool_free(call->pool);
    free(call);
}

static void on_sizes_closed(uv_handle_t *handle)
{
    struct call *call = handle->data;
    uv_close((uv_handle_t *)&call->tick, on_tick_closed);
}

void call_stop(struct call *call)
{
    uv_timer_stop(&call->tick);
    uv_timer_stop(&call->sizes_timer);
    call_connections_close_all(&call->connections);
    netlink_free(call->netlink);
    call->netlink = NULL;
    glib_bridge_free(call->bridge);
    call->bridge = NULL;
}

void call_free(struct call *call)
{
    if (call == NULL)
        return;
    call_stop(call);
    signaler_free(call->signaler);
    identity_release(call->identity);
    client_room_fini(&call->room);
    room_data_free(call->data);
    first_offer_fini(&call->first);
    free(call->token);
    free(call->service);
    call_forget_sizes(call);
    uv_close((uv_handle_t *)&call->sizes_timer, on_sizes_closed);
}

void call_set_sources(struct call *call, const struct negotiation_source *sources, size_t count)
{
    memcpy(call->sources, sources, count * sizeof *sources);
    call->source_count = count;
    call_configure_all(call);
}

void call_mute(struct call *call, const char *source, bool muted)
{
    for (size_t i = 0; i < call->source_count; i++) {
        if (strcmp(call->sources[i].source, source) != 0)
            continue;
        call->sources[i].muted = muted;
        signaler_send(call->signaler, mute_message(&call->sources[i]));
    }
    call_configure_all(call);
}

int call_send_data(struct call *call, const char *to, const char *topic, enum envelope_policy policy,
                   struct span payload)
{
    return call_data_send(call, to, topic, policy, payload);
}

void call_send(struct call *call, json_t *message)
{
    signaler_send(call->signaler, message);
}

void call_tell_event(struct call *call, json_t *event)
{
    call_send_event(call, event);
}

void call_network_changed(struct call *call)
{
    local_addresses_for(&call->addresses, call->config.url.host);
    signaler_network_changed(call->signaler);
    signaler_send(call->signaler, json_pack("{s:s}", "type", "network-changed"));
    call_connections_tell(&call->connections, RECONNECT_NETWORK_CHANGED);
}

void call_rejoin(struct call *call)
{
    call_connections_tell(&call->connections, RECONNECT_START);
}

void call_video(struct call *call, const char *source, unsigned encoding, const struct coded_frame *frame, usec_t now)
{
    bool is_best = encoding == call_encodings(call, source) - 1;
    for (size_t i = 0; i < call->connections.count; i++) {
        struct peer_connection *pc = call_connection_pc(call->connections.at[i]);
        if (pc == NULL || call_connection_is_probe(call->connections.at[i]))
            continue;
        if (call_connection_is_to_router(call->connections.at[i]))
            peer_connection_video(pc, source, encoding, frame, now);
        else if (is_best)
            peer_connection_video(pc, source, 0, frame, now);
    }
}

void call_audio(struct call *call, const char *source, const struct coded_audio *audio, usec_t now)
{
    for (size_t i = 0; i < call->connections.count; i++)
        if (call_connection_pc(call->connections.at[i]) != NULL)
            peer_connection_audio(call_connection_pc(call->connections.at[i]), source, audio, now);
}

void call_set_size(struct call *call, const char *participant, const char *source, unsigned width, unsigned height)
{
    const struct client_size size = {.is_told = true, .width = width, .height = height};
    client_room_set_size(&call->room, participant, source, &size);
    sizes_changed(call);
}

void call_set_layout(struct call *call, const char *layout)
{
    if (call->joined)
        call_send(call, json_pack("{s:s,s:s,s:s}", "type", "pin", "topology", call->room.pin, "layout", layout));
    else
        snprintf(call->layout, sizeof call->layout, "%s", layout);
}

void call_wish_mix(struct call *call, const char *wish)
{
    snprintf(call->mix, sizeof call->mix, "%s", wish);
    if (call->joined)
        call_send(call, json_pack("{s:s,s:s}", "type", "mix", "wish", call->mix));
}

struct mixed_view *call_view(struct call *call)
{
    return &call->view;
}

struct call_status call_get_status(const struct call *call)
{
    return call_current_status(call);
}

const struct client_room *call_room(const struct call *call)
{
    return &call->room;
}

const struct call_connections *call_connections(const struct call *call)
{
    return &call->connections;
}

uint64_t call_signaling_bytes(const struct call *call)
{
    return signaler_bytes(call->signaler);
}

const struct joining *call_joining(const struct call *call)
{
    return &call->joining;
}

bool call_lacks_turn(const struct call *call)
{
    bool has_turn = false;
    for (size_t i = 0; i < call->ice_server_count; i++)
        has_turn = has_turn || call->ice_servers[i].is_turn;
    bool needs_turn = call->config.relay_only || call->room.relay_only;
    return call->joined && needs_turn && !has_turn;
}

const char *call_obstacle(const struct call *call)
{
    if (call_lacks_turn(call))
        return "only TURN may be used, and the server names no TURN server";
    return call->room.is_loopback_only ? "the server's machine has no network but its own loopback" : "";
}

size_t call_left_out(const struct call *call)
{
    return call->left_out;
}
