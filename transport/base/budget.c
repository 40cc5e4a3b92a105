#include "transport/base/budget.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

#define NSEC_PER_USEC 1000
#define NSEC_PER_SEC ((uint64_t)1000000000)
#define LONGEST_S ((uint64_t)7200)
#define PROBES 8 /* places that one key may use */

struct budget_place {
    uint64_t key;
    struct budget budget;
};

/* In nanoseconds, rounded up so that no unit is free. Saturates, so that no number of units overflows it. */
static int64_t cost(const struct budget_limit *limit, uint64_t units)
{
    uint64_t seconds = units / limit->per_second;
    uint64_t rest = units % limit->per_second;
    if (seconds > LONGEST_S)
        return (int64_t)(LONGEST_S * NSEC_PER_SEC);
    return (int64_t)(seconds * NSEC_PER_SEC + (rest * NSEC_PER_SEC + limit->per_second - 1) / limit->per_second);
}

static int64_t start(const struct budget *budget, usec_t now)
{
    int64_t now_ns = now * NSEC_PER_USEC;
    return budget->paid_ns > now_ns ? budget->paid_ns : now_ns;
}

bool budget_take(struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now)
{
    int64_t paid = start(budget, now) + cost(limit, units);
    if (paid - now * NSEC_PER_USEC > cost(limit, limit->burst))
        return false;
    budget->paid_ns = paid;
    return true;
}

void budget_charge(struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now)
{
    int64_t most = now * NSEC_PER_USEC + 2 * cost(limit, limit->burst);
    int64_t paid = start(budget, now) + cost(limit, units);
    budget->paid_ns = paid < most ? paid : most;
}

void budget_give_back(struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now)
{
    budget->paid_ns = start(budget, now) - cost(limit, units);
}

uint64_t budget_left(const struct budget *budget, const struct budget_limit *limit, usec_t now)
{
    int64_t left = cost(limit, limit->burst) - (start(budget, now) - now * NSEC_PER_USEC);
    return left > 0 ? (uint64_t)(left / cost(limit, 1)) : 0;
}

bool budget_is_spent(const struct budget *budget, const struct budget_limit *limit, usec_t now)
{
    return budget->paid_ns - now * NSEC_PER_USEC >= cost(limit, limit->burst);
}

usec_t budget_when(const struct budget *budget, const struct budget_limit *limit, uint64_t units, usec_t now)
{
    if (units > limit->burst)
        return USEC_NEVER;
    int64_t wait = start(budget, now) + cost(limit, units) - cost(limit, limit->burst) - now * NSEC_PER_USEC;
    return wait <= 0 ? now : now + (wait + NSEC_PER_USEC - 1) / NSEC_PER_USEC;
}

void budget_table_init(struct budget_table *table, size_t places, struct budget_limit limit, uint64_t seed)
{
    CHECK(places >= PROBES && (places & (places - 1)) == 0 && limit.per_second > 0);
    *table = (struct budget_table){.limit = limit, .mask = places - 1, .seed = seed};
    table->places = mem_array(places, sizeof *table->places);
}

void budget_table_fini(struct budget_table *table)
{
    free(table->places);
    table->places = NULL;
}

static uint64_t mix(uint64_t key)
{
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdu;
    key ^= key >> 33;
    key *= 0xc4ceb9fe1a85ec53u;
    return key ^ key >> 33;
}

/* The place of the key, or else one whose budget is full again; NULL: neither. */
static struct budget_place *find_place(struct budget_table *table, uint64_t key, usec_t now)
{
    struct budget_place *free_place = NULL;
    size_t home = (size_t)mix(key ^ table->seed);
    for (size_t i = 0; i < PROBES; i++) {
        struct budget_place *place = &table->places[(home + i) & table->mask];
        bool has_paid = place->budget.paid_ns <= now * NSEC_PER_USEC;
        if (place->key == key && !has_paid)
            return place;
        if (free_place == NULL && has_paid)
            free_place = place;
    }
    if (free_place != NULL)
        *free_place = (struct budget_place){.key = key};
    return free_place;
}

static struct budget *budget_of(struct budget_table *table, uint64_t key, usec_t now)
{
    struct budget_place *place = find_place(table, key, now);
    return place != NULL ? &place->budget : &table->others;
}

bool budget_table_take(struct budget_table *table, uint64_t key, uint64_t units, usec_t now)
{
    return budget_take(budget_of(table, key, now), &table->limit, units, now);
}

void budget_table_charge(struct budget_table *table, uint64_t key, uint64_t units, usec_t now)
{
    budget_charge(budget_of(table, key, now), &table->limit, units, now);
}

bool budget_table_is_spent(struct budget_table *table, uint64_t key, usec_t now)
{
    return budget_is_spent(budget_of(table, key, now), &table->limit, now);
}

static uint64_t prefix_of(const struct in6_addr *address)
{
    uint64_t prefix;
    uint32_t v4;
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        memcpy(&v4, address->s6_addr + 12, sizeof v4);
        return (uint64_t)1 << 32 | v4;
    }
    memcpy(&prefix, address->s6_addr, sizeof prefix);
    return prefix;
}

uint64_t budget_key_of(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return (uint64_t)1 << 32 | ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr;
    if (address->sa_family == AF_INET6)
        return prefix_of(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return 0;
}
