#include "signaling/router_link.h"

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
#include "signaling/router_link_state.h"
#include "signaling/router_relays.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/peer/identity.h"

_Static_assert(CONFIG_WORKERS_MAX <= RELAY_ENDPOINTS_MAX, "a room may be on every worker");

void router_link_candidate(struct router_link *router, struct member *member, uint64_t generation,
                           const char *candidate)
{
    const struct link *link = member->link;
    /* Older: of a connection or credentials that are gone. Newer: an offer comes first on the same socket, so it is
     * wrong. */
    if (link != NULL && link->id != 0 && generation == link->generation)
        worker_candidate(router->workers[link->worker], link->id, candidate);
}

void router_link_renew(struct router_link *router, struct member *member, uint64_t generation, struct refusal *error)
{
    struct link *link = link_of(member);
    if (generation < link->generation) {
        error->code = "wrong-generation";
        snprintf(error->text, sizeof error->text, "the connection is at generation %" PRIu64, link->generation);
        return;
    }
    if (generation > link->generation) /* else it is a repetition, and the old one is closed already */
        link_close(router, link);
    link->generation = generation;
    router->listener->lost(member, generation);
}

void router_link_receive(struct router_link *router, struct member *member, struct router_request *requests,
                         size_t count)
{
    const struct link *link = member->link;
    if (link != NULL && link->id != 0)
        worker_receive(router->workers[link->worker], link->id, requests, count);
    else
        free(requests);
}

void router_link_mute(struct router_link *router, struct member *member, const char *source, bool muted)
{
    const struct link *link = member->link;
    if (link == NULL || link->id == 0)
        return;
    worker_mute(router->workers[link->worker], link->id, source, muted);
}

void router_link_resumed(struct router_link *router, const struct member *member)
{
    const struct link *link = member->link;
    if (link != NULL && link->id != 0)
        worker_tell_again(router->workers[link->worker], link->id);
}

void router_link_left(struct router_link *router, struct member *member)
{
    struct link *link = member->link;
    if (link == NULL)
        return;
    link_close(router, link);
    free(link);
    member->link = NULL;
}

connection_id router_link_connection(const struct member *member)
{
    const struct link *link = member->link;
    return link != NULL ? link->id : 0;
}

bool router_link_request_stats(struct router_link *router, stats_round_done *done, void *user, usec_t now)
{
    return stats_round_start(&router->round, router->workers, router->worker_count, done, user, now);
}

void router_link_timeout(struct router_link *router, usec_t now)
{
    stats_round_timeout(&router->round, now);
    for (struct room *room = rooms_next(router->rooms, NULL); room != NULL; room = rooms_next(router->rooms, room)) {
        if (room->topology.topology == TOPOLOGY_SFU || now < room->topology_since + ROUTER_LINK_LINGER)
            continue;
        for (struct member *member = room->members; member != NULL; member = member->next) {
            struct link *link = member->link;
            if (link == NULL || link->id == 0)
                continue;
            link_close(router, link);
            member_clear_sends(member, NULL, now);
        }
    }
}

/* A connection that never worked is not asked for again at once: that would go round as fast as it fails. The client's
 * own schedule brings its next try. */
static void on_lost(struct router_link *router, struct link *link, const struct worker_event *event)
{
    struct member *member = link->member;
    bool was_connected = link->was_connected;
    log_debug(member->room->name, "%s: connection lost: %s (%s)", member->id, event->text, error_text(event->error));
    link_reset(router, link);
    link->is_lost = true;
    link->renewal = 0;
    if (was_connected && member_wants_router(member))
        router->listener->lost(member, link->generation + 1);
}

static void on_connected(struct link *link, const struct worker_event *event)
{
    link->was_connected = true;
    link->member->has_had_media = true;
    log_debug(link->member->room->name, "%s: connected to the router: %s", link->member->id, event->text);
}

static bool is_known_candidate(const struct link *link, const char *candidate)
{
    for (size_t i = 0; i < link->candidate_count; i++)
        if (strcmp(link->candidates[i], candidate) == 0)
            return true;
    return false;
}

static void on_candidate(const struct router_link *router, struct link *link, const char *candidate)
{
    if (candidate[0] == '\0')
        link->gathered = true;
    else if (!is_known_candidate(link, candidate) && link->candidate_count < LINK_CANDIDATES_MAX)
        link->candidates[link->candidate_count++] = mem_text(candidate);
    router->listener->candidate(link->member, link->generation, candidate);
}

static void on_router(struct router_link *router, struct link *link, unsigned worker, const struct router_event *event)
{
    if (event->type == ROUTER_EVENT_SPEAKERS) {
        /* Every worker of the room hears everybody, so one of them tells. */
        struct room *room = rooms_find(router->rooms, event->room);
        if (room != NULL && worker == first_worker(router, room))
            router->listener->speakers(room, event->text);
    } else if (link != NULL && event->type == ROUTER_EVENT_SLOTS) {
        router->listener->slot(link->member, event);
        if (strcmp(event->text, "unsupported") == 0)
            codecs_ask(router, link->member->room, event);
    } else if (link != NULL && event->type == ROUTER_EVENT_ENCODINGS) {
        router->listener->encodings(link->member, event);
    }
}

static void on_event(struct router_link *router, struct worker_event *event)
{
    struct link *link = event->connection != 0 ? map_get(&router->links, event->connection) : NULL;
    switch (event->type) {
    case WORKER_STATS:
        stats_round_take(&router->round, event->stats);
        break;
    case WORKER_ROUTER:
        on_router(router, link, event->worker, &event->router);
        break;
    case WORKER_CONNECTED:
        if (link != NULL)
            on_connected(link, event);
        break;
    case WORKER_DISCONNECTED:
        if (link != NULL)
            on_lost(router, link, event);
        break;
    case WORKER_CANDIDATE:
        if (link != NULL)
            on_candidate(router, link, event->text);
        break;
    }
}

static void on_wake(uv_async_t *handle)
{
    struct router_link *router = handle->data;
    struct worker_event event;
    for (size_t i = 0; i < router->worker_count; i++)
        while (router->workers[i] != NULL && worker_poll(router->workers[i], &event))
            on_event(router, &event);
}

static void wake(void *user)
{
    struct router_link *router = user;
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

/* Where media can reach us. ICE, ours as a full agent and that of browsers, passes over the loopback interface; when
 * there is nothing else, it is what programs on this machine may still use. */
static void choose_addresses(struct router_link *router, struct worker_config *worker)
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

static int start_workers(struct router_link *router)
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

int router_link_new(struct router_link **out, const struct config *config, uv_loop_t *loop, struct rooms *rooms,
                    const struct router_listener *listener)
{
    struct router_link *router = mem_alloc(sizeof *router);
    uint64_t seed;
    router->config = config;
    router->rooms = rooms;
    router->listener = listener;
    random_secure(&seed, sizeof seed);
    rng_init(&router->rng, seed);
    map_init(&router->links);
    router->worker_count = config_workers(config);
    router->relay_rings = relay_rings_new((unsigned)router->worker_count);
    router->workers = mem_array(router->worker_count, sizeof(struct worker *));
    (void)uv_async_init(loop, &router->wake, on_wake); /* never fails: a loop has the descriptor of its async handles */
    router->wake.data = router;
    *out = router;
    router->identity = identity_new(clock_wall_us());
    return router->identity == NULL ? ERR_INVALID : start_workers(router);
}

void router_link_stop(struct router_link *router)
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

void router_link_free(struct router_link *router)
{
    identity_release(router->identity);
    map_fini(&router->links);
    free(router->workers);
    relay_rings_free(router->relay_rings);
    free(router);
}
