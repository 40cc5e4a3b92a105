#include "router/out/sequence_map.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/hop/resend_rule.h"

#define LEAST 128 /* places at first; at least one word of bits */
#define WORD 64
#define AT_UNIT (2 * USEC_PER_MSEC)

void sequence_map_init(struct sequence_map *map, size_t most, struct sequence_map_account *account)
{
    _Static_assert(sizeof(struct sequence_entry) == 16, "four in a cache line");
    CHECK(most >= WORD && (most & (most - 1)) == 0);
    *map = (struct sequence_map){.most = most, .account = account, .newest = -1};
}

void sequence_map_clear(struct sequence_map *map)
{
    if (map->account != NULL)
        map->account->places -= map->size;
    free(map->entries);
    sequence_map_init(map, map->most, map->account);
}

void sequence_map_fini(struct sequence_map *map)
{
    sequence_map_clear(map);
}

static uint16_t time_of(usec_t now)
{
    return (uint16_t)(now / AT_UNIT);
}

static size_t bytes_of(size_t size)
{
    return size * sizeof(struct sequence_entry) + size / 8;
}

size_t sequence_map_memory(const struct sequence_map *map)
{
    return map->entries != NULL ? bytes_of(map->size) : 0;
}

static size_t place_of(const struct sequence_map *map, int64_t out)
{
    return (size_t)out & (map->size - 1);
}

static bool has_entry(const struct sequence_map *map, int64_t out)
{
    size_t place = place_of(map, out);
    return map->has_entry[place / WORD] >> place % WORD & 1;
}

static void set_entry(struct sequence_map *map, int64_t out)
{
    size_t place = place_of(map, out);
    map->has_entry[place / WORD] |= UINT64_C(1) << place % WORD;
}

/* The number of the entry for `out` if there is one, else of the next entry after it: the newest number always has
 * one. */
static int64_t next_entry(const struct sequence_map *map, int64_t out)
{
    while (out < map->newest) {
        size_t place = place_of(map, out);
        uint64_t bits = map->has_entry[place / WORD] >> place % WORD;
        if (bits != 0)
            return out + __builtin_ctzll(bits);
        out += (int64_t)(WORD - place % WORD);
    }
    return map->newest;
}

static void allocate(struct sequence_map *map, size_t size)
{
    if (map->account != NULL)
        map->account->places += size - map->size;
    map->size = size;
    map->entries = mem_alloc(bytes_of(size));
    map->has_entry = (uint64_t *)(map->entries + size);
}

static void keep_from(struct sequence_map *map, int64_t oldest)
{
    map->oldest = oldest > map->oldest ? oldest : map->oldest;
}

static void resize(struct sequence_map *map, size_t size)
{
    struct sequence_map old = *map;
    allocate(map, size);
    keep_from(map, map->newest - (int64_t)size + 1);
    for (int64_t out = map->oldest; out <= map->newest; out++) {
        out = next_entry(&old, out);
        map->entries[place_of(map, out)] = old.entries[place_of(&old, out)];
        set_entry(map, out);
    }
    free(old.entries);
}

/* Whether the number `back` places before `out` is known, and not too old to be asked for. */
static bool is_needed(const struct sequence_map *map, int64_t out, size_t back, usec_t now)
{
    int64_t number = out - (int64_t)back;
    if (number < map->oldest)
        return false;
    if (number > map->newest)
        return true;
    const struct sequence_entry *entry = &map->entries[place_of(map, next_entry(map, number))];
    return (uint16_t)(time_of(now) - entry->at) < SEQUENCE_MAP_AGE / AT_UNIT;
}

static bool may_grow(const struct sequence_map *map)
{
    return map->size < map->most && (map->account == NULL || map->account->places + map->size <= map->account->most);
}

/* Grows if numbers would be forgotten that may still be asked for. Shrinks if two fifths of its size are enough. */
static void fit(struct sequence_map *map, int64_t out, usec_t now)
{
    if (map->entries == NULL)
        allocate(map, map->most < LEAST ? map->most : LEAST);
    while (may_grow(map) && is_needed(map, out, map->size, now))
        resize(map, map->size * 2);
    size_t enough = map->size * 2 / 5;
    if (out % LEAST == 0 && map->size > LEAST && out - map->oldest >= (int64_t)enough &&
        !is_needed(map, out, enough, now))
        resize(map, map->size / 2);
}

/* Clears the places of the numbers from `from` to `to`, which have no entries yet. */
static void clear_places(struct sequence_map *map, int64_t from, int64_t to)
{
    if (to - from >= (int64_t)map->size) {
        memset(map->has_entry, 0, map->size / 8);
        return;
    }
    while (from <= to) {
        size_t place = place_of(map, from), low = place % WORD;
        uint64_t bits = UINT64_MAX << low;
        int64_t end = from + (int64_t)(WORD - low);
        if (end > to + 1)
            bits &= UINT64_MAX >> (end - to - 1);
        map->has_entry[place / WORD] &= ~bits;
        from = end;
    }
}

struct sequence_entry *sequence_map_add(struct sequence_map *map, int64_t out, int64_t in, size_t skipped, usec_t now)
{
    int64_t first = out - (int64_t)skipped;
    if (map->entries == NULL || map->newest != first - 1) {
        map->oldest = first;
        map->newest = first - 1;
    }
    fit(map, out, now);
    clear_places(map, first, out);
    map->newest = out;
    map->newest_in = in;
    keep_from(map, out - (int64_t)map->size + 1);
    set_entry(map, out);
    struct sequence_entry *entry = &map->entries[place_of(map, out)];
    *entry = (struct sequence_entry){.in = (uint32_t)in, .at = time_of(now)};
    return entry;
}

static bool is_known(const struct sequence_map *map, int64_t out)
{
    return map->entries != NULL && out >= map->oldest && out <= map->newest;
}

struct sequence_entry *sequence_map_get(const struct sequence_map *map, int64_t out)
{
    return is_known(map, out) && has_entry(map, out) ? &map->entries[place_of(map, out)] : NULL;
}

int64_t sequence_map_in(const struct sequence_map *map, const struct sequence_entry *entry)
{
    return map->newest_in + (int32_t)(entry->in - (uint32_t)map->newest_in);
}

int64_t sequence_map_out(const struct sequence_map *map, const struct sequence_entry *entry)
{
    int64_t place = entry - map->entries;
    return map->newest - ((map->newest - place) & (int64_t)(map->size - 1));
}

/* The input number of `out`; without an entry it is counted back from the next entry. */
static int64_t input_of(const struct sequence_map *map, int64_t out)
{
    int64_t next = next_entry(map, out);
    return sequence_map_in(map, &map->entries[place_of(map, next)]) - (next - out);
}

/* The entry of `out`; a number that was kept free gets one now. */
static struct sequence_entry *entry_of(struct sequence_map *map, int64_t out)
{
    struct sequence_entry *entry = &map->entries[place_of(map, out)];
    if (has_entry(map, out))
        return entry;
    int64_t next = next_entry(map, out);
    *entry = map->entries[place_of(map, next)];
    entry->in -= (uint32_t)(next - out);
    entry->resends = 0;
    entry->picture_extension = 0;
    entry->sent = entry->is_filler = entry->ends_picture = false;
    set_entry(map, out);
    return entry;
}

struct sequence_entry *sequence_map_find(struct sequence_map *map, int64_t in, int64_t oldest)
{
    int64_t low = oldest > map->oldest ? oldest : map->oldest, high = map->newest;
    if (map->entries == NULL)
        return NULL;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (input_of(map, middle) < in)
            low = middle + 1;
        else
            high = middle;
    }
    return low == high && input_of(map, low) == in ? entry_of(map, low) : NULL;
}

bool sequence_entry_resend(struct sequence_entry *entry, usec_t spacing, usec_t now)
{
    if (!resend_is_allowed(entry->resends, (uint16_t)(time_of(now) - entry->at) * AT_UNIT, spacing))
        return false;
    entry->resends++;
    entry->at = time_of(now);
    return true;
}
