#include "client/links.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

struct link *links_find(const struct links *links, const char *remote)
{
    for (size_t i = 0; i < links->count; i++)
        if (strcmp(link_remote(links->at[i].link), remote) == 0)
            return links->at[i].link;
    return NULL;
}

void links_add(struct links *links, struct link *link)
{
    links->at = mem_resize(links->at, links->count + 1, sizeof *links->at);
    links->at[links->count++].link = link;
}

void links_close(struct links *links, struct link *link)
{
    size_t index = 0;
    while (links->at[index].link != link)
        index++;
    memmove(&links->at[index], &links->at[index + 1], (links->count - index - 1) * sizeof *links->at);
    links->count--;
    link_free(link);
}

void links_close_all(struct links *links)
{
    while (links->count > 0)
        links_close(links, links->at[links->count - 1].link);
    free(links->at);
    links->at = NULL;
}

void links_tell(const struct links *links, enum reconnect_event event)
{
    for (size_t i = 0; i < links->count; i++)
        link_tell(links->at[i].link, event);
}

bool links_has_retired(const struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (link_is_retired(links->at[i].link))
            return true;
    return false;
}

bool links_has_router(const struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (link_is_current(links->at[i].link) && link_is_to_router(links->at[i].link))
            return true;
    return false;
}

bool links_has_current(const struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (link_is_current(links->at[i].link))
            return true;
    return false;
}

struct call_status links_status(const struct links *links, struct status_input input)
{
    struct status_link *views = mem_array(links->count + 1, sizeof *views);
    for (size_t i = 0; i < links->count; i++) {
        const struct link *link = links->at[i].link;
        const struct reconnect *manager = link_manager(link);
        if (link_is_current(link))
            views[input.count++] = (struct status_link){manager->state, manager->attempt, link_has_loss(link)};
        else if (link_is_retired(link) && link_is_up(link))
            input.is_covered = true;
    }
    input.links = views;
    struct call_status status = status_of(&input);
    free(views);
    return status;
}
