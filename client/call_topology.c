#include "client/call_topology.h"

#include "client/call_links.h"

/* Each costs an ICE agent and its gathering. More than any Mesh has (heddle --mesh-max goes up to 32), and as many
 * links again that are on their way out. */
#define LINKS_MAX 64

#define SWITCH_LIMIT (10 * USEC_PER_SEC) /* the new links are up: the old ones go at the latest */
#define SWITCH_GRACE (2 * USEC_PER_SEC)  /* we have moved; others may still see us by the old links */

static bool is_switch(const struct call *call)
{
    return links_has_current(&call->links) && call->room.connect_count > 0 &&
           room_should_connect(&call->room, MESSAGE_ROUTER) != links_has_router(&call->links);
}

static void need(struct call *call, struct link *link)
{
    if (link_is_retired(link)) {
        link_revive(link);
    } else if (link_is_probe(link)) {
        link_start(link);
        call->listener.link(call->listener.user, link);
    }
}

/* The room does not ask for a link any more: it is kept as a probe, or closed. */
static void let_go(struct call *call, struct link *link)
{
    struct link *router = links_find(&call->links, MESSAGE_ROUTER);
    if (router != NULL && router != link)
        link_inherit_loss(router, link);
    if (!room_should_probe(&call->room, link_remote(link))) {
        links_close(&call->links, link);
        return;
    }
    link_probe(link);
    call_tell_paths(call);
    call_configure(call, link);
}

static void open_links(struct call *call)
{
    const struct room *room = &call->room;
    for (size_t i = 0; i < room->connect_count && call->links.count < LINKS_MAX; i++)
        if (links_find(&call->links, room->connect[i]) == NULL)
            link_start(call_make_link(call, room->connect[i]));
    for (size_t i = 0; i < room->probe_count && call->links.count < LINKS_MAX; i++)
        if (links_find(&call->links, room->probe[i]) == NULL)
            link_probe(call_make_link(call, room->probe[i]));
}

void call_follow_topology(struct call *call)
{
    bool is_moving = is_switch(call);
    open_links(call);
    for (size_t i = call->links.count; i-- > 0;) {
        struct link *link = call->links.at[i].link;
        if (room_should_connect(&call->room, link_remote(link)))
            need(call, link);
        else if (link_is_current(link) && is_moving && link_is_up(link))
            link_retire(link);
        else if (link_is_current(link) || (link_is_probe(link) && !room_should_probe(&call->room, link_remote(link))))
            let_go(call, link);
    }
    call->up_since = call->moved_since = 0;
    call_tell_status(call);
}

void call_forget(struct call *call, const char *id)
{
    struct link *link = links_find(&call->links, id);
    if (link != NULL)
        links_close(&call->links, link);
    call_tell_status(call);
}

bool call_is_away(const struct call *call, const char *id)
{
    const struct participant *participant = room_find(&call->room, id);
    return participant != NULL && participant->reconnecting;
}

static bool are_links_up(const struct call *call)
{
    for (size_t i = 0; i < call->links.count; i++)
        if (link_is_current(call->links.at[i].link) && !link_is_up(call->links.at[i].link) &&
            !call_is_away(call, link_remote(call->links.at[i].link)))
            return false;
    return true;
}

void call_follow_switch(struct call *call, usec_t now)
{
    for (size_t i = call->links.count; i-- > 0;) {
        struct link *link = call->links.at[i].link;
        struct connection *connection = link_connection(link);
        if (link_is_retired(link) && (connection == NULL || connection_state(connection) == CONNECTION_FAILED))
            let_go(call, link); /* the remote peer has closed it */
    }
    if (!links_has_retired(&call->links))
        return;
    if (!are_links_up(call)) {
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
        for (size_t i = call->links.count; i-- > 0;)
            if (link_is_retired(call->links.at[i].link))
                let_go(call, call->links.at[i].link);
        call_tell_status(call);
    }
}
