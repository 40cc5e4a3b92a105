#include "transport/base/map.h"

#include <stdlib.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

static size_t place_of(const struct map *map, uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    return (size_t)key & (map->capacity - 1);
}

/* The entry of `key`, or the free one where it would go. */
static struct map_entry *locate(const struct map *map, uint64_t key)
{
    size_t i = place_of(map, key);
    while (map->entries[i].value != NULL && map->entries[i].key != key)
        i = (i + 1) & (map->capacity - 1);
    return &map->entries[i];
}

uint64_t map_text_key(const char *text, uint64_t seed)
{
    uint64_t key = seed ^ 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        key = (key ^ (uint8_t)*text) * 0x100000001b3u;
    return key;
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_fini(struct map *map)
{
    free(map->entries);
    map_init(map);
}

void *map_get(const struct map *map, uint64_t key)
{
    return map->capacity == 0 ? NULL : locate(map, key)->value;
}

static void grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity == 0 ? 16 : old.capacity * 2;
    map->entries = mem_array(map->capacity, sizeof *map->entries);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.entries[i].value != NULL)
            *locate(map, old.entries[i].key) = old.entries[i];
    }
    free(old.entries);
}

void map_put(struct map *map, uint64_t key, void *value)
{
    CHECK(value != NULL);
    if ((map->count + 1) * 10 > map->capacity * 7)
        grow(map);
    struct map_entry *entry = locate(map, key);
    if (entry->value == NULL)
        map->count++;
    *entry = (struct map_entry){key, value};
}

/* Later entries of the same run move up, so that no tombstones are needed. */
static void close_gap(struct map *map, size_t gap)
{
    size_t mask = map->capacity - 1;
    for (size_t i = (gap + 1) & mask; map->entries[i].value != NULL; i = (i + 1) & mask) {
        size_t place = place_of(map, map->entries[i].key);
        if (((i - place) & mask) >= ((i - gap) & mask)) {
            map->entries[gap] = map->entries[i];
            gap = i;
        }
    }
    map->entries[gap] = (struct map_entry){0};
}

void *map_remove(struct map *map, uint64_t key)
{
    if (map->capacity == 0)
        return NULL;
    struct map_entry *entry = locate(map, key);
    void *value = entry->value;
    if (value != NULL) {
        map->count--;
        close_gap(map, (size_t)(entry - map->entries));
    }
    return value;
}

void *map_next(const struct map *map, size_t *at)
{
    while (*at < map->capacity) {
        void *value = map->entries[(*at)++].value;
        if (value != NULL)
            return value;
    }
    return NULL;
}
