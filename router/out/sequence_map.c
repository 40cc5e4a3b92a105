#include "router/out/sequence_map.h"

#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

void sequence_map_init(struct sequence_map *map, size_t size)
{
    CHECK(size > 0 && (size & (size - 1)) == 0);
    *map = (struct sequence_map){.size = size};
}

void sequence_map_fini(struct sequence_map *map)
{
    free(map->entries);
    *map = (struct sequence_map){0};
}

static struct sequence_entry *place_of(const struct sequence_map *map, int64_t out)
{
    return &map->entries[(size_t)out & (map->size - 1)];
}

struct sequence_entry *sequence_map_add(struct sequence_map *map, int64_t out, int64_t in)
{
    if (map->entries == NULL)
        map->entries = mem_array(map->size, sizeof *map->entries);
    struct sequence_entry *entry = place_of(map, out);
    *entry = (struct sequence_entry){.out = out, .in = in, .is_used = true};
    return entry;
}

struct sequence_entry *sequence_map_get(const struct sequence_map *map, int64_t out)
{
    if (map->entries == NULL)
        return NULL;
    struct sequence_entry *entry = place_of(map, out);
    return entry->is_used && entry->out == out ? entry : NULL;
}

struct sequence_entry *sequence_map_find(const struct sequence_map *map, int64_t in, int64_t newest, int64_t oldest)
{
    for (int64_t out = newest; out >= oldest; out--) {
        struct sequence_entry *entry = sequence_map_get(map, out);
        if (entry == NULL || entry->in < in)
            return NULL; /* input numbers rise with output numbers */
        if (entry->in == in)
            return entry;
    }
    return NULL;
}

bool sequence_entry_resend(struct sequence_entry *entry, usec_t spacing, usec_t now)
{
    uint32_t now_ms = (uint32_t)(now / USEC_PER_MSEC);
    if (entry->resends >= RESENDS_MAX)
        return false;
    if (entry->resends > 0 && now_ms - entry->resent_ms < (uint32_t)(spacing / USEC_PER_MSEC))
        return false;
    entry->resends++;
    entry->resent_ms = now_ms;
    return true;
}
