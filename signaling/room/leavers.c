#include "signaling/room/leavers.h"

void leavers_add(struct leavers *leavers, uint64_t key, struct leaver_role role, usec_t now)
{
    leavers->list[leavers->next] = (struct leaver){.key = key, .until = now + LEAVERS_TIME, .role = role};
    leavers->next = (leavers->next + 1) % LEAVERS_MAX;
}

bool leavers_take(struct leavers *leavers, uint64_t key, usec_t now, struct leaver_role *role)
{
    for (struct leaver *leaver = leavers->list; leaver < leavers->list + LEAVERS_MAX; leaver++) {
        if (leaver->key != key || now >= leaver->until)
            continue;
        *role = leaver->role;
        *leaver = (struct leaver){0};
        return true;
    }
    return false;
}
