#include "signaling/router/router_participant.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/router/router_codecs.h"
#include "signaling/router/router_connections.h"
#include "signaling/router/router_participant_state.h"
#include "signaling/router/router_relays.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

void router_participant_candidate(struct router_participant *router, struct room_participant *participant,
                                  uint64_t generation, const char *candidate)
{
    const struct router_connection *connection = participant->router_connection;
    /* An older generation belongs to a connection or to credentials that are gone. A newer one is wrong, since its
     * offer would have come before it on the same socket. */
    if (connection != NULL && connection->id != 0 && generation == connection->generation)
        worker_candidate(router_connection_worker(router, connection), connection->id, candidate);
}

void router_participant_renew(struct router_participant *router, struct room_participant *participant,
                              uint64_t generation, struct refusal *error)
{
    struct router_connection *connection = router_connection_of(participant);
    if (generation < connection->generation) {
        refusal_set(error, "wrong-generation", "the connection is at generation %" PRIu64, connection->generation);
        return;
    }
    if (generation > connection->generation) /* else the request is repeated, and the old one is closed already */
        router_connection_close(router, connection);
    connection->generation = generation;
    router->listener->lost(participant, generation);
}

void router_participant_receive(struct router_participant *router, struct room_participant *participant,
                                struct router_request *requests, size_t count)
{
    const struct router_connection *connection = participant->router_connection;
    if (connection != NULL && connection->id != 0)
        worker_receive(router_connection_worker(router, connection), connection->id, requests, count);
    else
        free(requests);
}

void router_participant_mute(struct router_participant *router, struct room_participant *participant,
                             const char *source, bool muted)
{
    struct router_connection *connection = participant->router_connection;
    if (connection == NULL || connection->id == 0)
        return;
    for (size_t i = 0; i < connection->send_count; i++) /* it may not be published yet */
        if (strcmp(connection->sends[i].source, source) == 0)
            connection->sends[i].muted = muted;
    worker_mute(router_connection_worker(router, connection), connection->id, source, muted);
}

void router_participant_resumed(struct router_participant *router, const struct room_participant *participant)
{
    const struct router_connection *connection = participant->router_connection;
    if (connection != NULL && connection->id != 0)
        worker_tell_again(router_connection_worker(router, connection), connection->id);
}

void router_participant_left(struct router_participant *router, struct room_participant *participant)
{
    struct router_connection *connection = participant->router_connection;
    if (connection == NULL)
        return;
    router_connection_close(router, connection);
    free(connection);
    participant->router_connection = NULL;
}

const struct negotiated *router_participant_negotiated(const struct room_participant *participant)
{
    const struct router_connection *connection = participant->router_connection;
    return connection != NULL && connection->has_negotiated ? &connection->negotiated : NULL;
}

connection_id router_participant_connection(const struct room_participant *participant)
{
    const struct router_connection *connection = participant->router_connection;
    return connection != NULL ? connection->id : 0;
}

bool router_participant_request_stats(struct router_participant *router, stats_round_done *done, void *user, usec_t now)
{
    return workers_request_stats(router->workers, done, user, now);
}

void router_participant_timeout(struct router_participant *router, usec_t now)
{
    workers_timeout(router->workers, now);
    for (struct room *room = rooms_next(router->rooms, NULL); room != NULL; room = rooms_next(router->rooms, room)) {
        if (room->topology.topology != TOPOLOGY_MESH || now < room->topology_since + ROOM_FORMER_TOPOLOGY_MAX)
            continue;
        for (struct room_participant *participant = room->participants; participant != NULL;
             participant = participant->next) {
            struct router_connection *connection = participant->router_connection;
            if (connection == NULL || connection->id == 0)
                continue;
            router_connection_close(router, connection);
            room_participant_clear_sends(participant, NULL, now);
        }
    }
}

/* If a connection never worked, the client is not asked for a new one at once: that would be repeated as fast as it
 * fails. The client tries again by its own schedule. */
static void on_lost(struct router_participant *router, struct router_connection *connection,
                    const struct worker_event *event)
{
    struct room_participant *participant = connection->participant;
    bool was_connected = connection->was_connected;
    log_debug(participant->room->name, "%s: connection lost: %s (%s)", participant->id, event->text,
              error_text(event->error));
    router_connection_reset(router, connection);
    connection->is_lost = true;
    connection->renewal = 0;
    if (room_participant_lost_media(participant, clock_now()))
        return;
    if (was_connected && room_participant_uses_router(participant))
        router->listener->lost(participant, connection->generation + 1);
}

static void on_connected(struct router_connection *connection, const struct worker_event *event)
{
    connection->was_connected = true;
    connection->participant->has_had_media = true;
    if (connection->is_early)
        budget_give_back(&connection->participant->room->early, &ROOM_EARLY, 1, clock_now());
    connection->is_early = false;
    router_connection_publish(connection);
    log_debug(connection->participant->room->name, "%s: connected to the router: %s", connection->participant->id,
              event->text);
}

static bool is_known_candidate(const struct router_connection *connection, const char *candidate)
{
    for (size_t i = 0; i < connection->candidate_count; i++)
        if (strcmp(connection->candidates[i], candidate) == 0)
            return true;
    return false;
}

static void on_candidate(const struct router_participant *router, struct router_connection *connection,
                         const char *candidate)
{
    if (candidate[0] == '\0')
        connection->gathered = true;
    else if (!is_known_candidate(connection, candidate) && connection->candidate_count < ROUTER_CANDIDATES_MAX)
        connection->candidates[connection->candidate_count++] = mem_text(candidate);
    router->listener->candidate(connection->participant, connection->generation, candidate);
}

static void on_router(struct router_participant *router, struct router_connection *connection, unsigned worker,
                      const struct router_event *event)
{
    if (event->type == ROUTER_EVENT_SPEAKERS) {
        /* Every worker of the room has all its audio, so only one of them tells the speakers. */
        struct room *room = rooms_find(router->rooms, event->room);
        if (room != NULL && worker == router_first_worker(router, room))
            router->listener->speakers(room, event->text);
    } else if (connection != NULL && event->type == ROUTER_EVENT_SLOTS) {
        router->listener->slot(connection->participant, event);
        if (slot_state_is_unsupported(event->slot_state))
            router_request_codecs(router, connection->participant->room, event);
    } else if (connection != NULL && event->type == ROUTER_EVENT_ENCODINGS) {
        router->listener->encodings(connection->participant, event);
    }
}

static void on_event(void *user, const struct worker_event *event)
{
    struct router_participant *router = user;
    struct router_connection *connection =
        event->connection != 0 ? map_get(&router->connections, event->connection) : NULL;
    switch (event->type) {
    case WORKER_ROUTER:
        on_router(router, connection, event->worker, &event->router);
        break;
    case WORKER_CONNECTED:
        if (connection != NULL)
            on_connected(connection, event);
        break;
    case WORKER_DISCONNECTED:
        if (connection != NULL)
            on_lost(router, connection, event);
        break;
    case WORKER_CANDIDATE:
        if (connection != NULL)
            on_candidate(router, connection, event->text);
        break;
    case WORKER_READY:
    case WORKER_STATS: /* workers.c keeps them */
        break;
    }
}

int router_participant_new(struct router_participant **out, const struct config *config, uv_loop_t *loop,
                           struct rooms *rooms, const struct router_listener *listener)
{
    struct router_participant *router = mem_alloc(sizeof *router);
    uint64_t seed;
    router->config = config;
    router->rooms = rooms;
    router->listener = listener;
    random_secure(&seed, sizeof seed);
    rng_init(&router->rng, seed);
    map_init(&router->connections);
    *out = router;
    return workers_new(&router->workers, config, loop, on_event, router);
}

void router_participant_stop(struct router_participant *router)
{
    workers_stop(router->workers);
}

void router_participant_free(struct router_participant *router)
{
    workers_free(router->workers);
    map_fini(&router->connections);
    free(router);
}
