#include "client/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ice_urls.h"
#include "client/websocket.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define ICE_SERVERS_MAX 8
#define POOL_PACKETS 16384
#define TICK_MS 100
#define RETIRE_AFTER (10 * USEC_PER_SEC)   /* the new connections are up: the old ones go at the latest */
#define SWITCH_TIMEOUT (15 * USEC_PER_SEC) /* the new connections are not up: tell the server */
#define REOPEN_FIRST_MS 300
#define REOPEN_MAX_MS 5000
#define REOPEN_TRIES 20
#define LEAVE_TIMEOUT_MS 500
#define ADDRESSES_MAX 7

struct member { /* one connection and its place in the call */
    struct connection *connection;
    bool is_retiring;
    usec_t created;
    bool reported; /* that it does not come up */
};

struct call {
    struct call_config config;
    struct call_listener listener;
    char room_name[65], name[PARTICIPANT_NAME_MAX + 1];
    char *token;
    struct websocket *socket;
    struct room room;
    struct glib_bridge *bridge;
    struct identity *identity;
    struct packet_pool *pool;
    struct member *members;
    size_t member_count;
    struct ice_server ice_servers[ICE_SERVERS_MAX];
    size_t ice_server_count;
    struct negotiation_source sources[NEGOTIATION_SOURCES_MAX];
    size_t source_count;
    const char *addresses[ADDRESSES_MAX + 1];
    char address_texts[ADDRESSES_MAX][INET6_ADDRSTRLEN];
    bool joined, is_over, is_leaving;
    unsigned reopen_tries, serial;
    uv_timer_t tick, reopen;
    int open_handles;
};

static void send_message(struct call *call, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);
    if (text != NULL)
        websocket_send(call->socket, text);
    free(text);
    json_decref(message);
}

static struct member *find_member(struct call *call, const struct connection *connection)
{
    for (size_t i = 0; i < call->member_count; i++)
        if (call->members[i].connection == connection)
            return &call->members[i];
    return NULL;
}

/* The connection to an id that is in use or to be used; a retiring one is passed over where there is a newer one. */
static struct member *find_remote(struct call *call, const char *id)
{
    struct member *found = NULL;
    for (size_t i = 0; i < call->member_count; i++)
        if (strcmp(connection_remote_id(call->members[i].connection), id) == 0 &&
            (found == NULL || !call->members[i].is_retiring))
            found = &call->members[i];
    return found;
}

static void close_member(struct call *call, size_t index)
{
    struct connection *connection = call->members[index].connection;
    call->listener.closing(call->listener.user, connection);
    memmove(&call->members[index], &call->members[index + 1],
            (call->member_count - index - 1) * sizeof(*call->members));
    call->member_count--;
    connection_free(connection);
}

static void close_all(struct call *call)
{
    while (call->member_count > 0)
        close_member(call, call->member_count - 1);
}

static void on_connection_message(void *user, struct connection *connection, json_t *message)
{
    struct call *call = user;
    json_object_set_new(message, "target", json_string(connection_remote_id(connection)));
    send_message(call, message);
}

static void on_connection_state(void *user, struct connection *connection, enum connection_state state, usec_t now)
{
    struct call *call = user;
    call->listener.connection(call->listener.user, connection, state, now);
}

static void on_frame(void *user, struct connection *connection, const struct session_frame *frame, usec_t now)
{
    struct call *call = user;
    call->listener.frame(call->listener.user, connection, frame, now);
}

static void on_keyframe(void *user, struct connection *connection, const char *source, unsigned encoding)
{
    struct call *call = user;
    (void)connection;
    call->listener.keyframe(call->listener.user, source, encoding);
}

static bool is_router(const char *id)
{
    return strcmp(id, MESSAGE_ROUTER) == 0;
}

/* What the router shall send us: everything others publish, or nothing. */
static void set_wanted(struct call *call, struct connection *connection)
{
    if (!is_router(connection_remote_id(connection)))
        return;
    const struct room *room = &call->room;
    const char **ids = mem_array(room->participant_count * MESSAGE_SOURCES + 1, sizeof(*ids));
    enum media_kind *kinds = mem_array(room->participant_count * MESSAGE_SOURCES + 1, sizeof(*kinds));
    size_t count = 0;
    for (size_t i = 0; call->config.receive && i < room->participant_count; i++)
        for (size_t k = 0; k < room->participants[i].publication_count; k++) {
            ids[count] = room->participants[i].publications[k].id;
            kinds[count++] = room->participants[i].publications[k].kind;
        }
    connection_set_wanted(connection, ids, kinds, count);
    free(ids);
    free(kinds);
}

static struct connection *open_connection(struct call *call, const char *id, unsigned generation, bool offers_first)
{
    struct connection_config config = {
        .loop = call->config.loop,
        .bridge = call->bridge,
        .identity = call->identity,
        .pool = call->pool,
        .local_id = call->room.self,
        .remote_id = id,
        .serial = ++call->serial,
        .generation = generation,
        .offers_first = offers_first,
        .servers = call->ice_servers,
        .addresses = call->addresses,
        .server_count = call->ice_server_count,
        .relay_only = (call->config.relay_only || call->room.relay_only) && !is_router(id),
    };
    struct connection_listener listener = {.message = on_connection_message,
                                           .state = on_connection_state,
                                           .frame = on_frame,
                                           .keyframe = on_keyframe,
                                           .user = call};
    struct connection *connection = connection_new(&config, &listener);
    if (connection == NULL) {
        log_error(id, "ICE does not start");
        return NULL;
    }
    call->members = mem_resize(call->members, call->member_count + 1, sizeof(*call->members));
    call->members[call->member_count++] = (struct member){.connection = connection, .created = clock_now()};
    connection_set_sources(connection, call->sources, call->source_count);
    set_wanted(call, connection);
    return connection;
}

static bool offers_first(const struct call *call, const char *id)
{
    return is_router(id) || negotiation_is_impolite_id(call->room.self, id);
}

/* Makes the connections that the room asks for, and marks those that it no longer does. */
static void follow_room(struct call *call)
{
    for (size_t i = 0; i < call->member_count;) {
        struct member *member = &call->members[i];
        const char *id = connection_remote_id(member->connection);
        if (!is_router(id) && room_find(&call->room, id) == NULL) {
            close_member(call, i);
            continue;
        }
        member->is_retiring = !room_should_connect(&call->room, id);
        if (!member->is_retiring)
            set_wanted(call, member->connection);
        i++;
    }
    for (size_t i = 0; i < call->room.connect_count; i++) {
        const char *id = call->room.connect[i];
        if (find_remote(call, id) == NULL)
            open_connection(call, id, 1, offers_first(call, id));
    }
}

/* Names are resolved here, as ICE wants addresses; a server is asked for once a call, so waiting is bearable. */
static void resolve(struct call *call, struct ice_server *server)
{
    uv_getaddrinfo_t request;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM};
    if (uv_getaddrinfo(call->config.loop, &request, NULL, server->host, NULL, &hints) != 0)
        return;
    char address[INET6_ADDRSTRLEN] = "";
    if (request.addrinfo->ai_family == AF_INET)
        uv_ip4_name((const struct sockaddr_in *)(const void *)request.addrinfo->ai_addr, address, sizeof(address));
    else
        uv_ip6_name((const struct sockaddr_in6 *)(const void *)request.addrinfo->ai_addr, address, sizeof(address));
    uv_freeaddrinfo(request.addrinfo);
    snprintf(server->host, sizeof(server->host), "%s", address);
}

static void on_joined(struct call *call, const json_t *message)
{
    char before[sizeof(call->room.self)];
    memcpy(before, call->room.self, sizeof(before));
    bool resumed = json_is_true(json_object_get(message, "resumed"));
    room_apply(&call->room, MESSAGE_JOINED, message);
    if (strcmp(before, call->room.self) != 0)
        close_all(call); /* the server knows us anew: nothing of before goes on */
    call->joined = true;
    call->reopen_tries = 0;
    call->ice_server_count = ice_servers_read(call->room.ice_servers, call->ice_servers, ICE_SERVERS_MAX);
    for (size_t i = 0; i < call->ice_server_count; i++)
        resolve(call, &call->ice_servers[i]);
    call->listener.joined(call->listener.user, resumed);
    follow_room(call);
}

/* The connection an offer is for; a participant may offer before we were told to connect. */
static struct connection *connection_for(struct call *call, const char *from, bool is_offer)
{
    struct member *member = find_remote(call, from);
    if (member != NULL)
        return member->connection;
    return is_offer && room_find(&call->room, from) != NULL ? open_connection(call, from, 1, false) : NULL;
}

static void on_description(struct call *call, enum message_type type, const json_t *message)
{
    const char *from = json_string_value(json_object_get(message, "from"));
    const char *sdp = json_string_value(json_object_get(message, "sdp"));
    unsigned generation = (unsigned)json_integer_value(json_object_get(message, "generation"));
    const json_t *sends = json_object_get(message, "sends");
    struct connection *connection = connection_for(call, from, type == MESSAGE_OFFER);
    struct sdp_error reason = {0};
    if (connection == NULL)
        return;
    int error = type == MESSAGE_OFFER ? connection_offered(connection, generation, sdp, sends, &reason)
                                      : connection_answered(connection, generation, sdp, sends, &reason);
    if (error != 0)
        log_info(from, "%s of generation %u dropped: %s %s (line %u)", message_type_name(type), generation,
                 error_text(error), reason.text, reason.line);
}

static void on_candidate(struct call *call, const json_t *message)
{
    struct member *member = find_remote(call, json_string_value(json_object_get(message, "from")));
    if (member != NULL)
        connection_candidate(member->connection, (unsigned)json_integer_value(json_object_get(message, "generation")),
                             json_string_value(json_object_get(message, "candidate")));
}

/* The other end wants a fresh connection: the old one is closed, and we offer. */
static void on_connection_request(struct call *call, const json_t *message)
{
    const char *from = json_string_value(json_object_get(message, "from"));
    unsigned generation = (unsigned)json_integer_value(json_object_get(message, "generation"));
    struct member *member = find_remote(call, from);
    if (member != NULL && generation <= connection_generation(member->connection))
        return; /* an old wish, fulfilled since */
    if (member != NULL)
        close_member(call, (size_t)(member - call->members));
    if (room_should_connect(&call->room, from))
        open_connection(call, from, generation, true);
}

static void on_slots(struct call *call, const json_t *message)
{
    struct member *member = find_remote(call, MESSAGE_ROUTER);
    size_t index;
    json_t *slot;
    if (member == NULL)
        return;
    json_array_foreach(json_object_get(message, "slots"), index, slot)
        connection_set_publication(member->connection, json_string_value(json_object_get(slot, "mid")),
                                   json_string_value(json_object_get(slot, "publication")));
}

static void on_error(struct call *call, const json_t *message)
{
    static const char *const fatal[] = {"room-full", "too-many-rooms", "bad-token",
                                        "replaced",  "too-large",      "too-fast"};
    const char *code = json_string_value(json_object_get(message, "code"));
    const char *text = json_string_value(json_object_get(message, "message"));
    log_warning(call->room_name, "the server says %s: %s", code, text);
    if (strcmp(code, "resume-failed") == 0) {
        call->room.resume[0] = '\0';
        websocket_close(call->socket); /* opened again, it joins anew */
        return;
    }
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        if (strcmp(code, fatal[i]) == 0 && !call->is_over) {
            call->is_over = true;
            call->listener.ended(call->listener.user, code, text);
            return;
        }
    if (!call->joined && !call->is_over) {
        call->is_over = true;
        call->listener.ended(call->listener.user, code, text);
    }
}

static void handle(struct call *call, enum message_type type, const json_t *message)
{
    switch (type) {
    case MESSAGE_JOINED:
        on_joined(call, message);
        break;
    case MESSAGE_OFFER:
    case MESSAGE_ANSWER:
        on_description(call, type, message);
        return;
    case MESSAGE_ICE_CANDIDATE:
        on_candidate(call, message);
        return;
    case MESSAGE_CONNECTION_REQUEST:
        on_connection_request(call, message);
        return;
    case MESSAGE_ERROR:
        on_error(call, message);
        break;
    case MESSAGE_SLOTS:
        on_slots(call, message);
        break;
    case MESSAGE_PARTICIPANT_JOINED:
    case MESSAGE_PARTICIPANT_LEFT:
    case MESSAGE_PARTICIPANT_STATE:
    case MESSAGE_PUBLICATIONS:
    case MESSAGE_CONNECT:
        room_apply(&call->room, type, message);
        follow_room(call);
        break;
    default:
        break;
    }
    call->listener.message(call->listener.user, type, message);
}

static void on_message(void *user, const char *text, size_t length)
{
    struct call *call = user;
    json_t *message;
    enum message_type type;
    struct message_error error;
    if (call->is_over)
        return;
    if (message_parse(&message, &type, MESSAGE_TO_CLIENT, text, length, &error) != 0) {
        log_warning(call->room_name, "a message of the server is dropped: %s %s, expected %s", error.request,
                    error.field, error.expected);
        return;
    }
    handle(call, type, message);
    json_decref(message);
}

static void on_opened(void *user)
{
    struct call *call = user;
    json_t *capabilities = json_pack("{s:b,s:b}", "mesh", call->config.mesh, "sfu", call->config.sfu);
    if (call->config.uplink_bps != 0)
        json_object_set_new(capabilities, "uplink_bps", json_integer((json_int_t)call->config.uplink_bps));
    json_t *join = json_pack("{s:s,s:s,s:s,s:o}", "type", "join", "room", call->room_name, "name", call->name,
                             "capabilities", capabilities);
    if (call->room.resume[0] != '\0')
        json_object_set_new(join, "resume", json_string(call->room.resume));
    if (call->token != NULL)
        json_object_set_new(join, "token", json_string(call->token));
    if (call->config.shape != NULL)
        json_object_set_new(join, "shape", json_string(call->config.shape));
    send_message(call, join);
    call->listener.signaling(call->listener.user, true, "");
}

static void on_reopen(uv_timer_t *timer)
{
    struct call *call = timer->data;
    websocket_open(call->socket);
}

static void on_closed(void *user, const char *reason)
{
    struct call *call = user;
    call->listener.signaling(call->listener.user, false, reason);
    if (call->is_leaving) {
        call->is_leaving = false;
        call->listener.ended(call->listener.user, "left", "");
    }
    if (call->is_over)
        return;
    if (!call->joined || call->reopen_tries >= REOPEN_TRIES) {
        call->is_over = true;
        call->listener.ended(call->listener.user, "unreachable", reason);
        return;
    }
    uint64_t wait = (uint64_t)REOPEN_FIRST_MS << (call->reopen_tries < 8 ? call->reopen_tries : 8);
    call->reopen_tries++;
    uv_timer_start(&call->reopen, on_reopen, wait < REOPEN_MAX_MS ? wait : REOPEN_MAX_MS, 0);
}

static void report_failed_switch(struct call *call, struct member *member)
{
    member->reported = true;
    json_t *event = json_pack("{s:s,s:I,s:s}", "kind", "switch-failed", "epoch", (json_int_t)call->room.epoch, "target",
                              connection_remote_id(member->connection));
    send_message(call, json_pack("{s:s,s:[o]}", "type", "report", "events", event));
}

/* Closes the old connections once the new ones carry the call. */
static void on_tick(uv_timer_t *timer)
{
    struct call *call = timer->data;
    usec_t now = clock_now(), up_since = 0;
    bool is_up = true, has_retiring = false;
    for (size_t i = 0; i < call->member_count; i++) {
        struct member *member = &call->members[i];
        if (member->is_retiring) {
            has_retiring = true;
            continue;
        }
        usec_t connected = connection_connected_at(member->connection);
        is_up = is_up && connected != 0;
        up_since = usec_max(up_since, connected);
        if (connected == 0 && !member->reported && now - member->created > SWITCH_TIMEOUT)
            report_failed_switch(call, member);
    }
    if (!has_retiring || !is_up)
        return;
    if (now - up_since < RETIRE_AFTER && !call->listener.has_moved(call->listener.user))
        return;
    for (size_t i = call->member_count; i-- > 0;)
        if (call->members[i].is_retiring)
            close_member(call, i);
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

static void add_address(struct call *call, size_t *count, const uv_interface_address_t *interface)
{
    const struct sockaddr_in6 *v6 = &interface->address.address6;
    if (*count == ADDRESSES_MAX || (v6->sin6_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)))
        return;
    char *text = call->address_texts[*count];
    if (v6->sin6_family == AF_INET6)
        uv_ip6_name(v6, text, INET6_ADDRSTRLEN);
    else
        uv_ip4_name(&interface->address.address4, text, INET6_ADDRSTRLEN);
    call->addresses[(*count)++] = text;
}

/* ICE gathers from every interface but the loopback one; with a server on this machine that is the way to it. */
static void gather_loopback(struct call *call)
{
    uv_interface_address_t *interfaces;
    int interface_count;
    size_t count = 0;
    if (!is_loopback(call->config.url.host) || uv_interface_addresses(&interfaces, &interface_count) != 0)
        return;
    for (int internal = 1; internal >= 0; internal--) /* loopback first: there is room for a few only */
        for (int i = 0; i < interface_count; i++)
            if (interfaces[i].is_internal == internal)
                add_address(call, &count, &interfaces[i]);
    uv_free_interface_addresses(interfaces, interface_count);
}

static void timer_init(struct call *call, uv_timer_t *timer)
{
    uv_timer_init(call->config.loop, timer);
    timer->data = call;
    call->open_handles++;
}

struct call *call_new(const struct call_config *config, const struct call_listener *listener)
{
    struct call *call = mem_alloc(sizeof(*call));
    call->config = *config;
    call->listener = *listener;
    snprintf(call->room_name, sizeof(call->room_name), "%s", config->room);
    snprintf(call->name, sizeof(call->name), "%s", config->name);
    call->token = mem_text(config->token);
    room_init(&call->room);
    struct websocket_listener socket = {.opened = on_opened, .message = on_message, .closed = on_closed, .user = call};
    call->socket = websocket_new(config->loop, &config->url, config->accept_any_certificate, &socket);
    call->identity = identity_new(clock_wall_us());
    if (call->socket == NULL || call->identity == NULL) {
        websocket_free(call->socket);
        free(call->token);
        free(call);
        return NULL;
    }
    call->bridge = glib_bridge_new(config->loop);
    call->pool = packet_pool_new(POOL_PACKETS);
    gather_loopback(call);
    timer_init(call, &call->tick);
    timer_init(call, &call->reopen);
    return call;
}

void call_start(struct call *call)
{
    uv_timer_start(&call->tick, on_tick, TICK_MS, TICK_MS);
    websocket_open(call->socket);
}

static void on_leave_timeout(uv_timer_t *timer)
{
    struct call *call = timer->data;
    if (call->is_leaving) {
        call->is_leaving = false;
        call->listener.ended(call->listener.user, "left", "");
    }
}

void call_leave(struct call *call)
{
    call->is_over = call->is_leaving = true;
    send_message(call, json_pack("{s:s}", "type", "leave"));
    websocket_close(call->socket);
    uv_timer_start(&call->reopen, on_leave_timeout, LEAVE_TIMEOUT_MS, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct call *call = handle->data;
    if (--call->open_handles > 0)
        return;
    packet_pool_free(call->pool);
    free(call);
}

void call_free(struct call *call)
{
    if (call == NULL)
        return;
    close_all(call);
    free(call->members);
    websocket_free(call->socket);
    glib_bridge_free(call->bridge);
    identity_release(call->identity);
    room_fini(&call->room);
    free(call->token);
    uv_close((uv_handle_t *)&call->tick, on_handle_closed);
    uv_close((uv_handle_t *)&call->reopen, on_handle_closed);
}

void call_set_sources(struct call *call, const struct negotiation_source *sources, size_t count)
{
    memcpy(call->sources, sources, count * sizeof(*sources));
    call->source_count = count;
    for (size_t i = 0; i < call->member_count; i++)
        connection_set_sources(call->members[i].connection, sources, count);
}

void call_mute(struct call *call, const char *source, bool muted)
{
    for (size_t i = 0; i < call->source_count; i++)
        if (strcmp(call->sources[i].source, source) == 0)
            call->sources[i].muted = muted;
    send_message(call, json_pack("{s:s,s:s,s:b}", "type", "mute", "source", source, "muted", muted));
}

void call_send(struct call *call, json_t *message)
{
    send_message(call, message);
}

void call_video(struct call *call, const char *source, unsigned encoding, const struct coded_frame *frame, usec_t now)
{
    for (size_t i = 0; i < call->member_count; i++)
        connection_video(call->members[i].connection, source, encoding, frame, now);
}

void call_audio(struct call *call, const char *source, const struct coded_audio *audio, usec_t now)
{
    for (size_t i = 0; i < call->member_count; i++)
        connection_audio(call->members[i].connection, source, audio, now);
}

const struct room *call_room(const struct call *call)
{
    return &call->room;
}

size_t call_connection_count(const struct call *call)
{
    return call->member_count;
}

struct connection *call_connection(const struct call *call, size_t index)
{
    return call->members[index].connection;
}

bool call_is_retiring(const struct call *call, const struct connection *connection)
{
    const struct member *member = find_member((struct call *)call, connection);
    return member != NULL && member->is_retiring;
}

uint64_t call_signaling_bytes(const struct call *call)
{
    return websocket_bytes_sent(call->socket) + websocket_bytes_received(call->socket);
}
