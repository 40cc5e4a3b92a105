#include "signaling/router/router_relays.h"

#include <string.h>

#include "signaling/router/placement.h"

static const struct router_connection *open_connection(const struct room_participant *participant)
{
    const struct router_connection *connection = participant->router_connection;
    return connection != NULL && connection->id != 0 ? connection : NULL;
}

static void count_room(size_t *counts, const struct room *room)
{
    memset(counts, 0, CONFIG_WORKERS_MAX * sizeof *counts);
    for (const struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next)
        if (open_connection(participant) != NULL)
            counts[open_connection(participant)->worker]++;
}

static void count_all(size_t *counts, const struct router_participant *router)
{
    size_t at = 0;
    memset(counts, 0, CONFIG_WORKERS_MAX * sizeof *counts);
    for (const struct router_connection *connection; (connection = map_next(&router->connections, &at)) != NULL;)
        counts[connection->worker]++;
}

unsigned router_choose_worker(const struct router_participant *router, const struct room *room)
{
    size_t all[CONFIG_WORKERS_MAX], here[CONFIG_WORKERS_MAX];
    count_all(all, router);
    count_room(here, room);
    struct placement placement = {.worker_count = workers_count(router->workers),
                                  .room_share = router->config->room_share,
                                  .connections = all,
                                  .room_connections = here};
    return placement_choose(&placement);
}

unsigned router_first_worker(const struct router_participant *router, const struct room *room)
{
    size_t here[CONFIG_WORKERS_MAX];
    count_room(here, room);
    return placement_first(
        &(struct placement){.worker_count = workers_count(router->workers), .room_connections = here});
}

static bool has_data(const struct router_connection *connection)
{
    return connection->has_negotiated && connection->negotiated.data.remote_port != 0;
}

static bool is_same(const struct relay_endpoints *a, const struct relay_endpoints *b)
{
    return a->count == b->count && memcmp(a->numbers, b->numbers, a->count * sizeof a->numbers[0]) == 0;
}

void router_review_relays(const struct router_participant *router, const struct room *room)
{
    size_t here[CONFIG_WORKERS_MAX];
    count_room(here, room);
    struct placement placement = {.worker_count = workers_count(router->workers), .room_connections = here};
    for (struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        struct relay_endpoints relays;
        if (open_connection(participant) == NULL)
            continue;
        struct router_connection *connection = participant->router_connection;
        placement_relays(&placement, connection->worker, connection->send_count > 0 || has_data(connection), &relays);
        if (is_same(&relays, &connection->relays))
            continue;
        connection->relays = relays;
        worker_relay_to(router_connection_worker(router, connection), connection->id, &relays);
    }
}
