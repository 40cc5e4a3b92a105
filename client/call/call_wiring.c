#include "client/call/call_wiring.h"

#include <stdlib.h>
#include <string.h>

#include "client/call/call_data.h"
#include "transport/base/log.h"
#include "transport/net/clock.h"

#define UNNAMED "self" /* in names of streams to the router, which does not read them, before we have an id */
#define DOWN_GRACE (2 * USEC_PER_SEC) /* signaling may come back before people need to be told */

struct call_status call_current_status(const struct call *call)
{
    bool is_down = call->down_since != 0 && clock_now() - call->down_since > DOWN_GRACE;
    return call_connections_status(&call->connections,
                                   (struct status_input){.has_joined = call->joined,
                                                         .is_signaling_down = is_down,
                                                         .was_well = call->status.is_well,
                                                         .max_restarts = call->config.reconnect.max_restarts});
}

void call_tell_status(struct call *call)
{
    struct call_status before = call->status;
    call->status = call_current_status(call);
    if (call->status.state != before.state || call->status.attempt != before.attempt)
        call->listener.status(call->listener.user, &call->status);
}

static void on_connection_message(void *user, json_t *message)
{
    struct call *call = user;
    if (call->first.is_open) {
        first_offer_hold(&call->first, message);
        return;
    }
    if (strcmp(json_string_value(json_object_get(message, "type")), "offer") == 0)
        joining_reached(&call->joining, HEDDLE_CLIENT_STEP_OFFER, clock_now());
    signaler_send(call->signaler, message);
}

#define LAYOUT_HOLD (1 * USEC_PER_SEC) /* until the mix has what was beside it */

/* In a grid screens and second cameras come beside the mix; else they are in it, and the mixer alone needs them. */
static bool needs_beside(const struct call *call, usec_t now)
{
    bool is_mixer = call->service != NULL && strcmp(call->service, "mixer") == 0,
         are_mixed = client_room_mixes_all(&call->room),
         is_new = mixed_view_needs_others(&call->view) || now - call->layout_at < LAYOUT_HOLD;
    return !call->config.no_screens && (is_mixer ? are_mixed : !are_mixed || is_new);
}

/* What the router is asked to send us: everything that others publish, or nothing. */
static void set_requested(struct call *call, struct peer_connection *pc)
{
    usec_t now = clock_now();
    const struct client_room_request request = {.mix = mixed_view_needs_mix(&call->view, now),
                                                .others = mixed_view_needs_others(&call->view),
                                                .beside = needs_beside(call, now)};
    struct client_room_choice choice = {.count = 0};
    if (call->config.receive)
        choice = client_room_choose(&call->room, &request);
    if (choice.left_out > 0 && call->left_out == 0)
        log_warning("call", "%zu publications of this room are not received: the router sends %d of each kind at most",
                    choice.left_out, ROOM_RECEIVED_MAX);
    call->left_out = choice.left_out;
    peer_connection_set_requested(pc, choice.publications, choice.kinds, choice.count);
}

/* What the access token does not allow is left out: an offer with it would be refused as a whole. */
static void set_sources(const struct call *call, struct peer_connection *pc, bool is_probe)
{
    struct negotiation_source permitted[NEGOTIATION_SOURCES_MAX];
    size_t count = 0;
    for (size_t i = 0; !is_probe && i < call->source_count; i++)
        if (!client_room_forbids(&call->room, call->sources[i].source))
            permitted[count++] = call->sources[i];
    peer_connection_set_sources(pc, permitted, count);
}

void call_configure(struct call *call, struct call_connection *connection)
{
    struct peer_connection *pc = call_connection_pc(connection);
    if (pc == NULL)
        return;
    set_sources(call, pc, call_connection_is_probe(connection));
    if (call_connection_is_to_router(connection))
        set_requested(call, pc);
}

static void configure(void *user, struct call_connection *connection)
{
    call_configure(user, connection);
}

void call_configure_all(struct call *call)
{
    for (size_t i = 0; i < call->connections.count; i++)
        call_configure(call, call->connections.at[i]);
}

void call_follow_view(struct call *call, usec_t now)
{
    bool mix = mixed_view_needs_mix(&call->view, now), others = mixed_view_needs_others(&call->view),
         beside = needs_beside(call, now);
    if (mix == call->received_mix && others == call->received_others && beside == call->received_beside)
        return;
    call->received_mix = mix;
    call->received_others = others;
    call->received_beside = beside;
    call_configure_all(call);
    if (!mix) {
        client_room_forget_mixers(&call->room);
        call->listener.participants(call->listener.user);
    }
}

#define MIX_PRIORITY 200 /* what is shown is not to be paused for what is to take its place */

/* `key`: beside the slots, what else makes them news: an m-line may have come to another publication. */
static void add_sizes(json_t *slots, json_t *key, const struct peer_connection *pc,
                      const struct client_participant *participant)
{
    for (size_t i = 0; i < participant->publication_count; i++) {
        const struct client_publication *publication = &participant->publications[i];
        const char *mid = peer_connection_mid_of(pc, publication->id);
        int source = message_source_index(publication->source);
        const struct client_size *size = source >= 0 ? &participant->sizes[source] : NULL;
        if (publication->kind != MEDIA_VIDEO || mid == NULL || size == NULL || !size->is_told)
            continue;
        json_array_append_new(slots,
                              json_pack("{s:s,s:i,s:i,s:i}", "mid", mid, "width", (int)size->width, "height",
                                        (int)size->height, "priority", participant->is_mixer ? MIX_PRIORITY : 0));
        json_array_append_new(key, json_string(publication->id));
    }
}

void call_forget_sizes(struct call *call)
{
    free(call->told_sizes);
    call->told_sizes = NULL;
}

/* Whether they are other sizes than were told last; from now on these are. */
static bool are_news(struct call *call, const json_t *key)
{
    char *text = json_dumps(key, JSON_COMPACT);
    bool is_same = text == NULL || (call->told_sizes != NULL && strcmp(call->told_sizes, text) == 0);
    if (is_same) {
        free(text);
        return false;
    }
    call_forget_sizes(call);
    call->told_sizes = text;
    return true;
}

void call_tell_sizes(struct call *call, usec_t now)
{
    if (!spacing_take(&call->telling_sizes, now))
        return;
    struct call_connection *connection = call_connections_find(&call->connections, MESSAGE_ROUTER);
    struct peer_connection *pc = connection != NULL ? call_connection_pc(connection) : NULL;
    json_t *slots = json_array(), *key = json_array();
    for (size_t i = 0; pc != NULL && i < call->room.participant_count; i++)
        add_sizes(slots, key, pc, &call->room.participants[i]);
    if (pc != NULL)
        json_array_append_new(key, json_integer(peer_connection_generation(pc)));
    json_array_append(key, slots);
    if (are_news(call, key) && json_array_size(slots) > 0)
        signaler_send(call->signaler, json_pack("{s:s,s:O}", "type", "receive", "slots", slots));
    json_decref(key);
    json_decref(slots);
}

void call_tell_paths(struct call *call)
{
    usec_t now = clock_now();
    for (size_t i = 0; i < call->connections.count; i++) {
        struct call_connection *connection = call->connections.at[i];
        const char *path = call_connection_path_news(connection, now);
        if (path != NULL)
            signaler_send(call->signaler, json_pack("{s:s,s:s,s:s}", "type", "path", "target",
                                                    call_connection_remote(connection), "state", path));
    }
}

static void on_connection_changed(void *user, struct call_connection *connection)
{
    struct call *call = user;
    call_tell_paths(call);
    if (call_connection_is_probe(connection) || call->first.is_open) /* before we are in, nobody is told of it */
        return;
    call->listener.connection(call->listener.user, connection);
    call_tell_status(call);
}

void call_send_event(struct call *call, json_t *event)
{
    signaler_send(call->signaler, json_pack("{s:s,s:[o]}", "type", "report", "events", event));
}

void call_tell_recovery(struct call *call, const struct call_recovery *recovery)
{
    json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", "recovery", "target", recovery->target, "cause",
                              recovery->cause, "path", recovery->path, "ms", (json_int_t)(recovery->duration / 1000));
    if (recovery->gap >= 0)
        json_object_set_new(event, "gap_ms", json_integer((json_int_t)(recovery->gap / 1000)));
    call_send_event(call, event);
    call->listener.recovered(call->listener.user, recovery);
}

static void on_recovered(void *user, struct call_connection *connection,
                         const struct call_connection_recovery *recovery)
{
    struct call_recovery told = {.target = call_connection_remote(connection),
                                 .cause = recovery->cause,
                                 .path = recovery->path,
                                 .duration = recovery->duration,
                                 .gap = recovery->gap};
    call_tell_recovery(user, &told);
}

static void on_frame(void *user, struct call_connection *connection, const struct session_frame *frame, usec_t now)
{
    struct call *call = user;
    call->last_frame = now;
    if (frame->kind == MEDIA_VIDEO)
        joining_reached(&call->joining, HEDDLE_CLIENT_STEP_FRAME, now);
    call->listener.frame(call->listener.user, connection, frame, now);
}

unsigned call_encodings(const struct call *call, const char *source)
{
    for (size_t i = 0; i < call->source_count; i++)
        if (strcmp(call->sources[i].source, source) == 0 && call->sources[i].rid_count > 0)
            return (unsigned)call->sources[i].rid_count;
    return 1;
}

/* Simulcast is for the router; another participant gets the best encoding, as its only one. */
static void on_keyframe(void *user, struct call_connection *connection, const char *source, unsigned encoding)
{
    struct call *call = user;
    unsigned best = call_encodings(call, source) - 1;
    call->listener.keyframe(call->listener.user, source, call_connection_is_to_router(connection) ? encoding : best);
}

static void on_data_opened(void *user, struct call_connection *connection)
{
    call_data_opened(user, connection);
}

static void on_data(void *user, struct call_connection *connection, struct span frame)
{
    call_data_received(user, connection, frame);
}

static void on_connection_closing(void *user, struct call_connection *connection)
{
    struct call *call = user;
    call->listener.closing(call->listener.user, connection);
}

struct call_connection *call_make_connection(struct call *call, const char *id)
{
    struct call_connection_config config = {
        .pc = {.loop = call->config.loop,
               .bridge = call->bridge,
               .identity = call->identity,
               .pool = call->pool,
               .joining = &call->joining,
               .local_id = call->room.self[0] != '\0' ? call->room.self : UNNAMED,
               .has_data = call->config.data,
               .has_all_codecs = call->config.all_codecs,
               .remote_id = id,
               .servers = call->ice_servers,
               .server_count = call->ice_server_count,
               .addresses = call->addresses.list,
               .relay_only = call->config.relay_only || call->room.relay_only},
        .serial = &call->serial,
        .constants = call->config.reconnect,
    };
    struct call_connection_listener listener = {.message = on_connection_message,
                                                .configure = configure,
                                                .changed = on_connection_changed,
                                                .recovered = on_recovered,
                                                .frame = on_frame,
                                                .keyframe = on_keyframe,
                                                .data_opened = on_data_opened,
                                                .data = on_data,
                                                .closing = on_connection_closing,
                                                .user = call};
    struct call_connection *connection = call_connection_new(&config, &listener);
    if (call_connection_is_to_router(connection))
        call_forget_sizes(call);
    call_connections_add(&call->connections, connection);
    return connection;
}
