/* A map from 64-bit ids to pointers: open addressing, linear probing, grows at 70 % load. Keys need not be random.
 * Iterate with map_next(); adding while iterating is not allowed, removing the current entry is not either. */
#ifndef HEDDLE_BASE_MAP_H
#define HEDDLE_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
    uint64_t key;
    void *value; /* NULL: free */
};

struct map {
    struct map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* A key for a text that others choose. As the seed is unpredictable, they cannot make two texts with the same key on
 * purpose. It may still happen, so compare the texts. (FNV-1a.) */
uint64_t map_text_key(const char *text, uint64_t seed);

void map_init(struct map *map);
void map_fini(struct map *map);                     /* does not free the values */
void *map_get(const struct map *map, uint64_t key); /* NULL: absent */
/* `value` is not NULL. An entry of the same key is replaced. */
void map_put(struct map *map, uint64_t key, void *value);
void *map_remove(struct map *map, uint64_t key); /* the value, or NULL */
/* The next value from position *at on, and advances *at; start with 0. NULL at the end. */
void *map_next(const struct map *map, size_t *at);

#endif
