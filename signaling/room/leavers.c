#include "signaling/room/leavers.h"

void leavers_add(struct leavers *leavers, uint64_t key, bool was_host, usec_t now)
{
    leavers->list[leavers->next] = (struct leaver){.key = key, .until = now + LEAVERS_TIME, .was_host = was_host};
    leavers->next = (leavers->next + 1) % LEAVERS_MAX;
}

bool leavers_take(struct leavers *leavers, uint64_t key, usec_t now, bool *was_host)
{
    for (struct leaver *leaver = leavers->list; leaver < leavers->list + LEAVERS_MAX; leaver++) {
        if (leaver->key != key || now >= leaver->until)
            continue;
        *was_host = leaver->was_host;
        *leaver = (struct leaver){0};
        return true;
    }
    return false;
}
