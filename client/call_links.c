#include "client/call_links.h"

#include <string.h>

#include "transport/base/log.h"
#include "transport/net/clock.h"

#define DOWN_GRACE (2 * USEC_PER_SEC) /* signaling may come back before anybody needs to know */

struct call_status call_current_status(const struct call *call)
{
    bool is_down = call->down_since != 0 && clock_now() - call->down_since > DOWN_GRACE;
    return links_status(&call->links, (struct status_input){.has_joined = call->joined,
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

static void on_link_message(void *user, json_t *message)
{
    struct call *call = user;
    signaler_send(call->signaler, message);
}

/* What the router shall send us: everything others publish, or nothing. */
static void set_wanted(struct call *call, struct connection *connection)
{
    struct room_choice choice = {.count = 0};
    if (call->config.receive)
        choice = room_choose(&call->room);
    if (choice.left_out > 0 && call->left_out == 0)
        log_warning("call", "%zu publications of this room are not received: the router sends %d of each kind at most",
                    choice.left_out, ROOM_RECEIVED_MAX);
    call->left_out = choice.left_out;
    connection_set_wanted(connection, choice.publications, choice.kinds, choice.count);
}

void call_configure(struct call *call, struct link *link)
{
    struct connection *connection = link_connection(link);
    if (connection == NULL)
        return;
    connection_set_sources(connection, call->sources, link_is_probe(link) ? 0 : call->source_count);
    if (link_is_to_router(link))
        set_wanted(call, connection);
}

static void configure(void *user, struct link *link)
{
    call_configure(user, link);
}

void call_configure_all(struct call *call)
{
    for (size_t i = 0; i < call->links.count; i++)
        call_configure(call, call->links.at[i].link);
}

void call_tell_paths(struct call *call)
{
    usec_t now = clock_now();
    for (size_t i = 0; i < call->links.count; i++) {
        struct link *link = call->links.at[i].link;
        const char *path = link_path_news(link, now);
        if (path != NULL)
            signaler_send(call->signaler,
                          json_pack("{s:s,s:s,s:s}", "type", "path", "target", link_remote(link), "state", path));
    }
}

static void on_link_changed(void *user, struct link *link)
{
    struct call *call = user;
    call_tell_paths(call);
    if (link_is_probe(link))
        return;
    call->listener.link(call->listener.user, link);
    call_tell_status(call);
}

void call_send_report(struct call *call, json_t *event)
{
    signaler_send(call->signaler, json_pack("{s:s,s:[o]}", "type", "report", "events", event));
}

void call_tell_recovery(struct call *call, const struct call_recovery *recovery)
{
    json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:I}", "kind", "recovery", "target", recovery->target, "cause",
                              recovery->cause, "path", recovery->path, "ms", (json_int_t)(recovery->duration / 1000));
    if (recovery->gap >= 0)
        json_object_set_new(event, "gap_ms", json_integer((json_int_t)(recovery->gap / 1000)));
    call_send_report(call, event);
    call->listener.recovered(call->listener.user, recovery);
}

static void on_recovered(void *user, struct link *link, const struct link_recovery *recovery)
{
    struct call_recovery told = {.target = link_remote(link),
                                 .cause = recovery->cause,
                                 .path = recovery->path,
                                 .duration = recovery->duration,
                                 .gap = recovery->gap};
    call_tell_recovery(user, &told);
}

static void on_frame(void *user, struct link *link, const struct session_frame *frame, usec_t now)
{
    struct call *call = user;
    call->last_frame = now;
    call->listener.frame(call->listener.user, link, frame, now);
}

unsigned call_encodings(const struct call *call, const char *source)
{
    for (size_t i = 0; i < call->source_count; i++)
        if (strcmp(call->sources[i].source, source) == 0 && call->sources[i].rid_count > 0)
            return (unsigned)call->sources[i].rid_count;
    return 1;
}

/* Simulcast is for the router; another participant gets the best encoding, as its only one. */
static void on_keyframe(void *user, struct link *link, const char *source, unsigned encoding)
{
    struct call *call = user;
    unsigned best = call_encodings(call, source) - 1;
    call->listener.keyframe(call->listener.user, source, link_is_to_router(link) ? encoding : best);
}

static void on_link_closing(void *user, struct link *link)
{
    struct call *call = user;
    call->listener.closing(call->listener.user, link);
}

struct link *call_make_link(struct call *call, const char *id)
{
    struct link_config config = {
        .connection = {.loop = call->config.loop,
                       .bridge = call->bridge,
                       .identity = call->identity,
                       .pool = call->pool,
                       .local_id = call->room.self,
                       .remote_id = id,
                       .servers = call->ice_servers,
                       .server_count = call->ice_server_count,
                       .addresses = call->addresses.list,
                       .relay_only = call->config.relay_only || call->room.relay_only},
        .serial = &call->serial,
        .constants = call->config.reconnect,
    };
    struct link_listener listener = {.message = on_link_message,
                                     .configure = configure,
                                     .changed = on_link_changed,
                                     .recovered = on_recovered,
                                     .frame = on_frame,
                                     .keyframe = on_keyframe,
                                     .closing = on_link_closing,
                                     .user = call};
    struct link *link = link_new(&config, &listener);
    links_add(&call->links, link);
    return link;
}
