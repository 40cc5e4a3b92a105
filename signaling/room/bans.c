#include "signaling/room/bans.h"

#include <stdlib.h>

#include "transport/base/memory.h"

/* FNV-1a. Nobody gains by another token of the same hash: it would be banned, too. */
uint64_t bans_key(const char *token)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *token != '\0'; token++)
        hash = (hash ^ (unsigned char)*token) * UINT64_C(1099511628211);
    return hash != 0 ? hash : 1;
}

void bans_add(struct bans *bans, uint64_t key, usec_t now)
{
    if (bans->list == NULL)
        bans->list = mem_array(BANS_MAX, sizeof *bans->list);
    bans->list[bans->next] = (struct ban){.key = key, .until = now + BANS_TIME};
    bans->next = (bans->next + 1) % BANS_MAX;
}

bool bans_has(const struct bans *bans, uint64_t key, usec_t now)
{
    for (size_t i = 0; bans->list != NULL && i < BANS_MAX; i++)
        if (bans->list[i].key == key && now < bans->list[i].until)
            return true;
    return false;
}

void bans_fini(struct bans *bans)
{
    free(bans->list);
    *bans = (struct bans){0};
}
