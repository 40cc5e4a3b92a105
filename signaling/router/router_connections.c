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
    connection->is_early = false;
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

/* Whether the room may already prepare to receive what comes by a connection that is not up yet, which saves the time
 * that ICE and DTLS take. One request makes a participant that lives with its media: it waits. */
static bool may_publish_early(struct router_connection *connection, usec_t now)
{
    struct room_participant *participant = connection->participant;
    if (participant->reach.kind != NULL && participant->reach.kind->lives_with_media)
        return false;
    unsigned others = 0;
    for (const struct room_participant *other = participant->room->participants; other != NULL; other = other->next)
        others += other->router_connection != NULL && other->router_connection->is_early;
    if (!connection->is_early && others < ROOM_EARLY_MAX)
        connection->is_early = budget_take(&participant->room->early, &ROOM_EARLY, 1, now);
    return connection->is_early;
}

void router_connection_publish(struct router_connection *connection)
{
    struct room_participant *participant = connection->participant;
    usec_t now = clock_now();
    unsigned sources = 0, muted = 0;
    for (size_t i = 0; i < connection->send_count; i++) {
        unsigned bit = 1u << message_source_index(connection->sends[i].source);
        sources |= bit;
        muted |= connection->sends[i].muted ? bit : 0;
    }
    bool has_news = (sources & ~participant->published) != 0;
    if (!connection->was_connected && has_news && !may_publish_early(connection, now))
        sources &= participant->published;
    room_participant_set_sources(participant, NULL, sources, muted & sources, now);
}
