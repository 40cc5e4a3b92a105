#include "signaling/router/router_connections.h"

#include <stdlib.h>

#include "signaling/router/router_relays.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/net/clock.h"

struct router_connection *router_connection_of(struct room_participant *participant)
{
    if (participant->router_connection == NULL) {
        struct router_connection *connection = mem_alloc(sizeof *connection);
        connection->participant = participant;
        participant->router_connection = connection;
    }
    return participant->router_connection;
}

/* No two connections of a room have the same id, on whichever machine they are: 64 random bits. */
static connection_id draw_id(const struct router_participant *router)
{
    connection_id id;
    do
        random_secure(&id, sizeof id);
    while (id == 0 || map_get(&router->connections, id) != NULL);
    return id;
}

void router_connection_open(struct router_participant *router, struct router_connection *connection, unsigned worker)
{
    struct room *room = connection->participant->room;
    connection->worker = worker;
    connection->id = draw_id(router);
    connection->is_lost = false;
    map_put(&router->connections, connection->id, connection);
    worker_open(router_connection_worker(router, connection), connection->id, room->name, connection->participant->id);
    router_review_relays(router, room);
}

void router_connection_reset(struct router_participant *router, struct router_connection *connection)
{
    free(connection->sends);
    connection->sends = NULL;
    connection->send_count = 0;
    connection->relays.count = 0;
    (void)map_remove(&router->connections, connection->id);
    connection->id = 0;
    while (connection->candidate_count > 0)
        free(connection->candidates[--connection->candidate_count]);
    connection->gathered = false;
    connection->was_connected = false;
    if (connection->has_negotiated)
        negotiated_fini(&connection->negotiated);
    connection->has_negotiated = false;
    router_review_relays(router, connection->participant->room);
}

void router_connection_close(struct router_participant *router, struct router_connection *connection)
{
    connection->is_lost = false;
    if (connection->id == 0)
        return;
    worker_close(router_connection_worker(router, connection), connection->id);
    router_connection_reset(router, connection);
}

bool router_connection_is_published_later(const struct router_connection *connection)
{
    const struct reach_kind *kind = connection->participant->reach.kind;
    return kind != NULL && kind->lives_with_media && !connection->was_connected;
}

void router_connection_publish(const struct router_connection *connection)
{
    unsigned sources = 0, muted = 0;
    for (size_t i = 0; i < connection->send_count; i++) {
        unsigned bit = 1u << message_source_index(connection->sends[i].source);
        sources |= bit;
        muted |= connection->sends[i].muted ? bit : 0;
    }
    room_participant_set_sources(connection->participant, NULL, sources, muted, clock_now());
}
