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
    links->at = mem_resize(links->at, links->count + 1, sizeof(*links->at));
    links->at[links->count++].link = link;
}

void links_close(struct links *links, struct link *link)
{
    size_t index = 0;
    while (links->at[index].link != link)
        index++;
    memmove(&links->at[index], &links->at[index + 1], (links->count - index - 1) * sizeof(*links->at));
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

void links_close_retired(struct links *links)
{
    for (size_t i = links->count; i-- > 0;)
        if (link_is_retired(links->at[i].link))
            links_close(links, links->at[i].link);
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
        if (!link_is_retired(links->at[i].link) && link_is_to_router(links->at[i].link))
            return true;
    return false;
}

bool links_has_current(const struct links *links)
{
    for (size_t i = 0; i < links->count; i++)
        if (!link_is_retired(links->at[i].link))
            return true;
    return false;
}

static const struct reconnect *in_state(const struct links *links, enum reconnect_state a, enum reconnect_state b)
{
    for (size_t i = 0; i < links->count; i++) {
        const struct reconnect *manager = link_manager(links->at[i].link);
        if (!link_is_retired(links->at[i].link) && (manager->state == a || manager->state == b))
            return manager;
    }
    return NULL;
}

struct call_status links_status(const struct links *links, bool has_joined, bool is_signaling_down,
                                unsigned max_restarts)
{
    struct call_status status = {.state = CALL_CONNECTING, .max = max_restarts};
    bool is_switching = links_has_retired(links); /* what is coming up disturbs nobody yet */
    const struct reconnect *restarting = in_state(links, RECONNECT_RESTARTING, RECONNECT_REBUILDING);
    if (!is_switching && in_state(links, RECONNECT_GIVEN_UP, RECONNECT_GIVEN_UP) != NULL) {
        status.state = CALL_FAILED;
    } else if (!is_switching && restarting != NULL) {
        status.state = CALL_RECONNECTING;
        status.attempt = restarting->attempt != 0 ? restarting->attempt : max_restarts;
    } else if (is_signaling_down || in_state(links, RECONNECT_WAITING, RECONNECT_WAITING) != NULL) {
        status.state = CALL_DISCONNECTED;
    } else if (has_joined && (is_switching || in_state(links, RECONNECT_NEW, RECONNECT_CONNECTING) == NULL)) {
        status.state = CALL_CONNECTED;
    }
    return status;
}
