#include "transport/net/path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/base/memory.h"

#define PATH_WORDS 6
_Static_assert(sizeof(struct path) == 8 * PATH_WORDS, "paths are hashed as words");

#define CAPACITY_FIRST 64

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool path_from_sockaddr(struct path *path, const struct sockaddr *address)
{
    memset(path, 0, sizeof *path);
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
        memcpy(path->ip, &in6->sin6_addr, sizeof path->ip);
        path->scope = in6->sin6_scope_id;
        path->port = ntohs(in6->sin6_port);
        return true;
    }
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)(const void *)address;
        memcpy(path->ip, mapped_prefix, sizeof mapped_prefix);
        memcpy(path->ip + 12, &in4->sin_addr, 4);
        path->port = ntohs(in4->sin_port);
        return true;
    }
    return false;
}

static socklen_t write_in4(const struct path *path, struct sockaddr_storage *out)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(path->port)};
    memcpy(&in4.sin_addr, path->ip + 12, 4);
    memcpy(out, &in4, sizeof in4);
    return sizeof in4;
}

static socklen_t write_in6(const struct path *path, struct sockaddr_storage *out)
{
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6,
        .sin6_port = htons(path->port),
        .sin6_scope_id = path->scope,
    };
    memcpy(&in6.sin6_addr, path->ip, sizeof path->ip);
    memcpy(out, &in6, sizeof in6);
    return sizeof in6;
}

socklen_t path_to_sockaddr(const struct path *path, int family, struct sockaddr_storage *out)
{
    return family == AF_INET ? write_in4(path, out) : write_in6(path, out);
}

socklen_t path_to_plain_sockaddr(const struct path *path, struct sockaddr_storage *out)
{
    bool is_mapped = memcmp(path->ip, mapped_prefix, sizeof mapped_prefix) == 0;
    return is_mapped ? write_in4(path, out) : write_in6(path, out);
}

int path_bind_address(struct sockaddr_storage *out, socklen_t *length, int family, const char *ip, uint16_t port)
{
    struct path path = {.port = port};
    if (ip != NULL && inet_pton(AF_INET, ip, path.ip + 12) == 1)
        memcpy(path.ip, mapped_prefix, sizeof mapped_prefix);
    else if (ip != NULL && (family == AF_INET || inet_pton(AF_INET6, ip, path.ip) != 1))
        return ERR_INVALID;
    memset(out, 0, sizeof *out);
    *length = path_to_sockaddr(&path, family, out);
    return 0;
}

bool path_lacks_ipv6(const char *bind_address, int number)
{
    return number == EAFNOSUPPORT || (number == EADDRNOTAVAIL && bind_address == NULL);
}

bool path_equal(const struct path *a, const struct path *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static size_t slot_of(const struct path_table *table, const struct path *path)
{
    uint64_t words[PATH_WORDS];
    memcpy(words, path, sizeof words);
    uint64_t hash = table->seed;
    for (int i = 0; i < PATH_WORDS; i++) {
        hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (size_t)hash & (table->capacity - 1);
}

void path_table_init(struct path_table *table, uint64_t seed)
{
    *table = (struct path_table){.capacity = CAPACITY_FIRST, .seed = seed};
    table->slots = mem_array(table->capacity, sizeof *table->slots);
}

void path_table_fini(struct path_table *table)
{
    free(table->slots);
    *table = (struct path_table){0};
}

/* The place of `path` in the table, or the free one where it belongs. */
static struct path_slot *probe(const struct path_table *table, const struct path *path)
{
    size_t at = slot_of(table, path);
    while (table->slots[at].value != NULL && !path_equal(&table->slots[at].path, path))
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

void *path_table_get(const struct path_table *table, const struct path *path)
{
    return probe(table, path)->value;
}

static void grow(struct path_table *table)
{
    struct path_table old = *table;
    table->capacity *= 2;
    table->slots = mem_array(table->capacity, sizeof *table->slots);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].value != NULL)
            *probe(table, &old.slots[i].path) = old.slots[i];
    free(old.slots);
}

void path_table_put(struct path_table *table, const struct path *path, void *value)
{
    if (table->count * 2 >= table->capacity)
        grow(table);
    struct path_slot *slot = probe(table, path);
    if (slot->value == NULL)
        table->count++;
    *slot = (struct path_slot){*path, value};
}

void path_table_remove(struct path_table *table, const struct path *path)
{
    struct path_slot *slot = probe(table, path);
    if (slot->value == NULL)
        return;
    size_t mask = table->capacity - 1;
    size_t hole = (size_t)(slot - table->slots);
    table->count--;
    /* Close the gap: move entries back that a search would no longer find behind it. */
    for (size_t at = (hole + 1) & mask; table->slots[at].value != NULL; at = (at + 1) & mask) {
        size_t home = slot_of(table, &table->slots[at].path);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole] = (struct path_slot){0};
}
