#include "client/call/call_topology.h"

#include <string.h>

#include "client/call/call_wiring.h"
#include "transport/net/clock.h"

/* Each costs an ICE agent and its gathering. More than any Mesh has (heddle --mesh-max goes up to 32), and as many
 * again that are retired. */
#define CONNECTIONS_MAX 64

#define SWITCH_LIMIT (10 * USEC_PER_SEC) /* after the new connections are up, the old ones are closed at the latest */
#define SWITCH_GRACE (2 * USEC_PER_SEC)  /* we have moved; others may still receive us by the old connections */

static bool is_switch(const struct call *call)
{
    return call_connections_has_current(&call->connections) && call->room.connect_count > 0 &&
           client_room_should_connect(&call->room, MESSAGE_ROUTER) != call_connections_has_router(&call->connections);
}

static void need(struct call *call, struct call_connection *connection)
{
    if (call_connection_is_retired(connection)) {
        call_connection_revive(connection);
    } else if (call_connection_is_probe(connection)) {
        call_connection_start(connection);
        call->listener.connection(call->listener.user, connection);
    }
}

/* The room does not ask for a connection any more: it is kept as a probe, or closed. */
static void let_go(struct call *call, struct call_connection *connection)
{
    struct call_connection *router = call_connections_find(&call->connections, MESSAGE_ROUTER);
    if (router != NULL && router != connection)
        call_connection_inherit_loss(router, connection);
    if (!client_room_should_probe(&call->room, call_connection_remote(connection))) {
        call_connections_close(&call->connections, connection);
        return;
    }
    call_connection_probe(connection);
    call_tell_paths(call);
    call_configure(call, connection);
}

static void open_connections(struct call *call)
{
    const struct client_room *room = &call->room;
    for (size_t i = 0; i < room->connect_count && call->connections.count < CONNECTIONS_MAX; i++)
        if (call_connections_find(&call->connections, room->connect[i]) == NULL)
            call_connection_start(call_make_connection(call, room->connect[i]));
    for (size_t i = 0; i < room->probe_count && call->connections.count < CONNECTIONS_MAX; i++)
        if (call_connections_find(&call->connections, room->probe[i]) == NULL)
            call_connection_probe(call_make_connection(call, room->probe[i]));
}

void call_follow_topology(struct call *call)
{
    bool is_moving = is_switch(call);
    usec_t now = clock_now();
    if (strcmp(call->room_layout, call->room.layout) != 0) {
        memcpy(call->room_layout, call->room.layout, sizeof call->room_layout);
        call->layout_at = now;
    }
    mixed_view_request(&call->view, call->room.mixer[0] != '\0', now);
    call_follow_view(call, now);
    open_connections(call);
    for (size_t i = call->connections.count; i-- > 0;) {
        struct call_connection *connection = call->connections.at[i];
        if (client_room_should_connect(&call->room, call_connection_remote(connection)))
            need(call, connection);
        else if (call_connection_is_current(connection) && is_moving && call_connection_is_up(connection))
            call_connection_retire(connection);
        else if (call_connection_is_current(connection) ||
                 (call_connection_is_probe(connection) &&
                  !client_room_should_probe(&call->room, call_connection_remote(connection))))
            let_go(call, connection);
    }
    call->up_since = call->moved_since = 0;
    call_tell_status(call);
}

void call_forget(struct call *call, const char *id)
{
    struct call_connection *connection = call_connections_find(&call->connections, id);
    if (connection != NULL)
        call_connections_close(&call->connections, connection);
    call_tell_status(call);
}

bool call_is_away(const struct call *call, const char *id)
{
    const struct client_participant *participant = client_room_participant(&call->room, id);
    return participant != NULL && participant->reconnecting;
}

static bool are_connections_up(const struct call *call)
{
    for (size_t i = 0; i < call->connections.count; i++)
        if (call_connection_is_current(call->connections.at[i]) && !call_connection_is_up(call->connections.at[i]) &&
            !call_is_away(call, call_connection_remote(call->connections.at[i])))
            return false;
    return true;
}

void call_follow_switch(struct call *call, usec_t now)
{
    for (size_t i = call->connections.count; i-- > 0;) {
        struct call_connection *connection = call->connections.at[i];
        struct peer_connection *pc = call_connection_pc(connection);
        if (call_connection_is_retired(connection) &&
            (pc == NULL || peer_connection_state(pc) == PEER_CONNECTION_FAILED))
            let_go(call, connection); /* the remote peer has closed it */
    }
    if (!call_connections_has_retired(&call->connections))
        return;
    if (!are_connections_up(call)) {
        call->up_since = call->moved_since = 0;
        return;
    }
    if (call->up_since == 0)
        call->up_since = now;
    if (!call->listener.has_moved(call->listener.user))
        call->moved_since = 0;
    else if (call->moved_since == 0)
        call->moved_since = now;
    if (now - call->up_since >= SWITCH_LIMIT || (call->moved_since != 0 && now - call->moved_since >= SWITCH_GRACE)) {
        for (size_t i = call->connections.count; i-- > 0;)
            if (call_connection_is_retired(call->connections.at[i]))
                let_go(call, call->connections.at[i]);
        call_tell_status(call);
    }
}
