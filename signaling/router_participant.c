#include "signaling/router_participant.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/worker/relay_rings.h"
#include "signaling/router_codecs.h"
#include "signaling/router_connections.h"
#include "signaling/router_participant_state.h"
#include "signaling/router_relays.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/peer/identity.h"

_Static_assert(CONFIG_WORKERS_MAX <= RELAY_ENDPOINTS_MAX, "a room may be on every worker");

void router_participant_candidate(struct router_participant *router, struct room_participant *participant,
                                  uint64_t generation, const char *candidate)
{
    const struct router_connection *connection = participant->router_connection;
    /* An older generation belongs to a connection or to credentials that are gone. A newer one is wrong, since its
     * offer would have come before it on the same socket. */
    if (connection != NULL && connection->id != 0 && generation == connection->generation)
        worker_candidate(router->workers[connection->worker], connection->id, candidate);
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
        worker_receive(router->workers[connection->worker], connection->id, requests, count);
    else
        free(requests);
}

void router_participant_mute(struct router_participant *router, struct room_participant *participant,
                             const char *source, bool muted)
{
    const struct router_connection *connection = participant->router_connection;
    if (connection == NULL || connection->id == 0)
        return;
    worker_mute(router->workers[connection->worker], connection->id, source, muted);
}

void router_participant_resumed(struct router_participant *router, const struct room_participant *participant)
{
    const struct router_connection *connection = participant->router_connection;
    if (connection != NULL && connection->id != 0)
        worker_tell_again(router->workers[connection->worker], connection->id);
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
    return stats_round_start(&router->round, router->workers, router->worker_count, done, user, now);
}

void router_participant_timeout(struct router_participant *router, usec_t now)
{
    stats_round_timeout(&router->round, now);
    for (struct room *room = rooms_next(router->rooms, NULL); room != NULL; room = rooms_next(router->rooms, room)) {
        if (room->topology.topology == TOPOLOGY_SFU || now < room->topology_since + ROOM_LINGER)
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
    if (was_connected && room_participant_uses_router(participant))
        router->listener->lost(participant, connection->generation + 1);
}

static void on_connected(struct router_connection *connection, const struct worker_event *event)
{
    connection->was_connected = true;
    connection->participant->has_had_media = true;
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
        /* Every worker of the room has all its audio, so only one of them tells who speaks. */
        struct room *room = rooms_find(router->rooms, event->room);
        if (room != NULL && worker == first_worker(router, room))
            router->listener->speakers(room, event->text);
    } else if (connection != NULL && event->type == ROUTER_EVENT_SLOTS) {
        router->listener->slot(connection->participant, event);
        if (slot_state_is_unsupported(event->slot_state))
            codecs_request(router, connection->participant->room, event);
    } else if (connection != NULL && event->type == ROUTER_EVENT_ENCODINGS) {
        router->listener->encodings(connection->participant, event);
    }
}

static void on_event(struct router_participant *router, struct worker_event *event)
{
    struct router_connection *connection =
        event->connection != 0 ? map_get(&router->connections, event->connection) : NULL;
    switch (event->type) {
    case WORKER_STATS:
        stats_round_take(&router->round, event->stats);
        break;
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
    }
}

static void on_wake(uv_async_t *handle)
{
    struct router_participant *router = handle->data;
    struct worker_event event;
    for (size_t i = 0; i < router->worker_count; i++)
        while (router->workers[i] != NULL && worker_poll(router->workers[i], &event))
            on_event(router, &event);
}

static void wake(void *user)
{
    struct router_participant *router = user;
    uv_async_send(&router->wake);
}

/* The addresses of this machine's interfaces but those of loopback. */
static size_t find_addresses(char out[][64], size_t capacity)
{
    struct ifaddrs *list = NULL;
    size_t count = 0;
    if (getifaddrs(&list) == 0) {
        for (const struct ifaddrs *i = list; i != NULL && count < capacity; i = i->ifa_next) {
            if (i->ifa_addr == NULL || (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0)
                continue;
            if (i->ifa_addr->sa_family == AF_INET) {
                struct sockaddr_in v4;
                memcpy(&v4, i->ifa_addr, sizeof v4);
                inet_ntop(AF_INET, &v4.sin_addr, out[count++], 64);
            } else if (i->ifa_addr->sa_family == AF_INET6) {
                struct sockaddr_in6 v6;
                memcpy(&v6, i->ifa_addr, sizeof v6);
                if (!IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
                    inet_ntop(AF_INET6, &v6.sin6_addr, out[count++], 64);
            }
        }
        freeifaddrs(list);
    }
    return count;
}

/* The addresses of our candidates. ICE agents (browsers, and ours as a full agent) leave out the loopback interface.
 * When the machine has no other, its address is used all the same, for programs on this machine. */
static void choose_addresses(struct router_participant *router, struct worker_config *worker)
{
    const struct config *config = router->config;
    size_t given = config->public_ip_count, found = find_addresses(router->addresses, CONFIG_PUBLIC_IP_MAX);
    bool needs_found = config->ice_full || given == 0;
    if (config->ice_full && given > 0)
        log_warning("router",
                    "--public-ip means nothing with --ice full: each connection finds its addresses by itself");
    if (needs_found && found == 0) {
        log_warning("router",
                    "this machine has no network but loopback: only programs on it can connect, and browsers cannot%s",
                    config->ice_full ? "" : "; if clients reach it at another address, give --public-ip");
        snprintf(router->addresses[found++], sizeof router->addresses[0], "127.0.0.1");
        worker->bind_address = config->ice_full ? router->addresses[0] : NULL;
    }
    for (size_t i = 0; i < (given > 0 ? given : found); i++)
        worker->public_ips[i] = given > 0 ? config->public_ips[i] : router->addresses[i];
}

static int start_workers(struct router_participant *router)
{
    const struct config *config = router->config;
    struct worker_config worker = {.ice = config->ice_full ? WORKER_ICE_FULL : WORKER_ICE_LITE,
                                   .udp = !config->no_udp,
                                   .tcp = !config->no_tcp,
                                   .egress_window = config->egress_window,
                                   .packet_trace = config->packet_trace,
                                   .relay_rings = router->relay_rings,
                                   .srtp_profiles = config->srtp_profiles};
    choose_addresses(router, &worker);
    for (size_t i = 0; i < router->worker_count; i++) {
        worker.index = (unsigned)i;
        worker.port = (uint16_t)(config->media_port + i);
        int result = worker_start(&router->workers[i], &worker, router->identity, wake, router);
        if (result < 0) {
            log_error("router", "worker %zu of %zu does not start; the reason is above", i, router->worker_count);
            return result;
        }
    }
    return 0;
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
    router->worker_count = config_workers(config);
    router->relay_rings = relay_rings_new((unsigned)router->worker_count);
    router->workers = mem_array(router->worker_count, sizeof *router->workers);
    (void)uv_async_init(loop, &router->wake, on_wake); /* never fails: the loop has its descriptor already */
    router->wake.data = router;
    *out = router;
    router->identity = identity_new(clock_wall_us());
    return router->identity == NULL ? ERR_INVALID : start_workers(router);
}

void router_participant_stop(struct router_participant *router)
{
    for (size_t i = 0; i < router->worker_count; i++)
        worker_stop(router->workers[i]);
    for (size_t i = 0; i < router->worker_count; i++) {
        worker_free(router->workers[i]);
        router->workers[i] = NULL;
    }
    stats_round_finish(&router->round);
    uv_close((uv_handle_t *)&router->wake, NULL);
}

void router_participant_free(struct router_participant *router)
{
    identity_release(router->identity);
    map_fini(&router->connections);
    free(router->workers);
    relay_rings_free(router->relay_rings);
    free(router);
}
