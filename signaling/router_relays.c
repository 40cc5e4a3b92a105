#include "signaling/router_relays.h"

#include <string.h>

#include "signaling/placement.h"

static const struct link *open_link(const struct member *member)
{
    const struct link *link = member->link;
    return link != NULL && link->id != 0 ? link : NULL;
}

static void count_room(size_t *counts, const struct room *room)
{
    memset(counts, 0, CONFIG_WORKERS_MAX * sizeof *counts);
    for (const struct member *member = room->members; member != NULL; member = member->next)
        if (open_link(member) != NULL)
            counts[open_link(member)->worker]++;
}

static void count_all(size_t *counts, const struct router_link *router)
{
    size_t at = 0;
    memset(counts, 0, CONFIG_WORKERS_MAX * sizeof *counts);
    for (const struct link *link; (link = map_next(&router->links, &at)) != NULL;)
        counts[link->worker]++;
}

unsigned choose_worker(const struct router_link *router, const struct room *room)
{
    size_t all[CONFIG_WORKERS_MAX], here[CONFIG_WORKERS_MAX];
    count_all(all, router);
    count_room(here, room);
    struct placement placement = {.worker_count = router->worker_count,
                                  .room_share = router->config->room_share,
                                  .connections = all,
                                  .room_connections = here};
    return placement_choose(&placement);
}

unsigned first_worker(const struct router_link *router, const struct room *room)
{
    size_t here[CONFIG_WORKERS_MAX];
    count_room(here, room);
    return placement_first(&(struct placement){.worker_count = router->worker_count, .room_connections = here});
}

static bool is_same(const struct relay_endpoints *a, const struct relay_endpoints *b)
{
    return a->count == b->count && memcmp(a->numbers, b->numbers, a->count * sizeof a->numbers[0]) == 0;
}

void relays_review(const struct router_link *router, const struct room *room)
{
    size_t here[CONFIG_WORKERS_MAX];
    count_room(here, room);
    struct placement placement = {.worker_count = router->worker_count, .room_connections = here};
    for (struct member *member = room->members; member != NULL; member = member->next) {
        struct relay_endpoints relays;
        if (open_link(member) == NULL)
            continue;
        struct link *link = member->link;
        placement_relays(&placement, link->worker, link->send_count > 0, &relays);
        if (is_same(&relays, &link->relays))
            continue;
        link->relays = relays;
        worker_relay_to(router->workers[link->worker], link->id, &relays);
    }
}
