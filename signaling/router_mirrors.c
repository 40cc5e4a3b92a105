#include "signaling/router_mirrors.h"

#include <stdlib.h>
#include <string.h>

#include "signaling/placement.h"
#include "transport/base/memory.h"

static uint64_t bit_of(unsigned worker)
{
    return UINT64_C(1) << worker;
}

static const struct link *open_link(const struct member *member)
{
    const struct link *link = member->link;
    return link != NULL && link->id != 0 ? link : NULL;
}

_Static_assert(ROUTER_WORKERS_MAX <= PLACEMENT_WORKERS_MAX, "a set of workers has a bit for each");

static void count_room(size_t *counts, const struct room *room)
{
    memset(counts, 0, ROUTER_WORKERS_MAX * sizeof *counts);
    for (const struct member *member = room->members; member != NULL; member = member->next)
        if (open_link(member) != NULL)
            counts[open_link(member)->worker]++;
}

static void count_all(size_t *counts, const struct router_link *router)
{
    size_t at = 0;
    memset(counts, 0, ROUTER_WORKERS_MAX * sizeof *counts);
    for (const struct link *link; (link = map_next(&router->links, &at)) != NULL;)
        counts[link->worker]++;
}

unsigned choose_worker(const struct router_link *router, const struct room *room)
{
    size_t all[ROUTER_WORKERS_MAX], here[ROUTER_WORKERS_MAX];
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
    size_t here[ROUTER_WORKERS_MAX];
    count_room(here, room);
    return placement_first(&(struct placement){.worker_count = router->worker_count, .room_connections = here});
}

static bool is_named(const struct link *link, const char *mid)
{
    for (size_t i = 0; i < link->send_count; i++)
        if (strcmp(link->sends[i].mid, mid) == 0)
            return true;
    return false;
}

/* A mirror has what its participant sends, and no m-line to send on. */
static void configure_mirror(const struct router_link *router, const struct link *link, unsigned worker)
{
    const struct negotiated *negotiated = &link->negotiated;
    struct connection_setup setup = {.send_count = link->send_count,
                                     .sends = mem_array(link->send_count, sizeof *setup.sends),
                                     .media = mem_array(link->send_count, sizeof *setup.media)};
    memcpy(setup.sends, link->sends, link->send_count * sizeof *setup.sends);
    for (size_t i = 0; i < negotiated->media_count && setup.media_count < link->send_count; i++) {
        struct media *media = &setup.media[setup.media_count];
        if (!is_named(link, negotiated->media[i].mid))
            continue;
        *media = negotiated->media[i];
        media->send = false;
        media->send_ssrc = media->send_rtx_ssrc = 0;
        setup.media_count++;
    }
    worker_configure(router->workers[worker], link->id, &setup);
}

static void set_mirrors(const struct router_link *router, struct link *link, uint64_t wanted)
{
    const struct member *member = link->member;
    uint64_t added = wanted & ~link->mirrors, dropped = link->mirrors & ~wanted;
    for (unsigned i = 0; i < router->worker_count; i++) {
        if ((added & bit_of(i)) != 0) {
            worker_open_mirror(router->workers[i], link->id, member->room->name, member->id, link->worker);
            configure_mirror(router, link, i);
        } else if ((dropped & bit_of(i)) != 0) {
            worker_close(router->workers[i], link->id);
        }
    }
    if (added != 0 || dropped != 0)
        worker_set_mirrors(router->workers[link->worker], link->id, wanted);
    link->mirrors = wanted;
}

void mirrors_review(const struct router_link *router, const struct room *room)
{
    size_t here[ROUTER_WORKERS_MAX];
    count_room(here, room);
    struct placement placement = {.worker_count = router->worker_count, .room_connections = here};
    for (struct member *member = room->members; member != NULL; member = member->next) {
        if (open_link(member) == NULL)
            continue;
        struct link *link = member->link;
        set_mirrors(router, link, placement_mirrors(&placement, link->worker, link->send_count > 0));
    }
}

void mirrors_configure(const struct router_link *router, const struct link *link)
{
    for (unsigned i = 0; i < router->worker_count; i++)
        if ((link->mirrors & bit_of(i)) != 0)
            configure_mirror(router, link, i);
}

void mirrors_mute(const struct router_link *router, struct link *link, const char *source, bool muted)
{
    for (size_t i = 0; i < link->send_count; i++)
        if (strcmp(link->sends[i].source, source) == 0)
            link->sends[i].muted = muted;
    for (unsigned i = 0; i < router->worker_count; i++)
        if ((link->mirrors & bit_of(i)) != 0)
            worker_mute(router->workers[i], link->id, source, muted);
}

void mirrors_close(const struct router_link *router, struct link *link)
{
    set_mirrors(router, link, 0);
    free(link->sends);
    link->sends = NULL;
    link->send_count = 0;
}
