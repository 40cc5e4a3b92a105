#include "signaling/router_connections.h"

#include <stdlib.h>

#include "signaling/router_relays.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

struct link *link_of(struct member *member)
{
    if (member->link == NULL) {
        struct link *link = mem_alloc(sizeof *link);
        link->member = member;
        member->link = link;
    }
    return member->link;
}

/* Of all connections that share a room, on whichever machine, no two have one. */
static connection_id draw_id(const struct router_link *router)
{
    connection_id id;
    do
        random_secure(&id, sizeof id);
    while (id == 0 || map_get(&router->links, id) != NULL);
    return id;
}

void link_open(struct router_link *router, struct link *link, unsigned worker)
{
    struct room *room = link->member->room;
    link->worker = worker;
    link->id = draw_id(router);
    link->is_lost = false;
    map_put(&router->links, link->id, link);
    worker_open(router->workers[link->worker], link->id, room->name, link->member->id);
    relays_review(router, room);
}

void link_reset(struct router_link *router, struct link *link)
{
    free(link->sends);
    link->sends = NULL;
    link->send_count = 0;
    link->relays.count = 0;
    (void)map_remove(&router->links, link->id);
    link->id = 0;
    while (link->candidate_count > 0)
        free(link->candidates[--link->candidate_count]);
    link->gathered = false;
    link->was_connected = false;
    if (link->has_negotiated)
        negotiated_fini(&link->negotiated);
    link->has_negotiated = false;
    relays_review(router, link->member->room);
}

void link_close(struct router_link *router, struct link *link)
{
    link->is_lost = false;
    if (link->id == 0)
        return;
    worker_close(router->workers[link->worker], link->id);
    link_reset(router, link);
}
