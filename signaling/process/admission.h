/* Who may have a connection to the HTTP port. Descriptors are few and connecting is free, so those that have not joined
 * a room yet make place for others: the one that has been idle longest goes first, of the same address when that has
 * more than its share. Pure: the owner of the sockets closes them. */
#ifndef HEDDLE_SIGNALING_ADMISSION_H
#define HEDDLE_SIGNALING_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/map.h"

/* Connections that have not joined. Each holds up to 32 kB of headers that are not complete: 32 MB. */
#define ADMISSION_WAITING_MAX 1024

struct admission_limits {
    size_t total;               /* connections */
    size_t address;             /* of one address (budget_key_of()) */
    size_t waiting;             /* not joined */
    size_t waiting_per_address; /* not joined, of one address */
};
/* For a server that may have so many connections: no address takes more than three quarters of them, and those that
 * have not joined no more than a half, and no more than ADMISSION_WAITING_MAX. */
struct admission_limits admission_limits_for(size_t total);

/* One connection; embedded in the owner's object. */
struct admission_entry {
    struct admission_entry *older, *newer; /* of those not joined, by when they were last active */
    uint64_t address;
    bool has_joined;
};

struct admission {
    struct admission_limits limits;
    size_t total, waiting;
    struct map addresses; /* to struct admission_address */
    struct admission_entry *oldest, *newest;
    uint64_t refused, evicted;
};

void admission_init(struct admission *admission, const struct admission_limits *limits);
void admission_fini(struct admission *admission); /* everybody has left */

/* False: no place is free, and no entry can be evicted. Else the entry is in, and *evicted (NULL: nobody) is out: close
 * its connection, and don't call admission_leave() for it. */
bool admission_enter(struct admission *admission, struct admission_entry *entry, uint64_t address,
                     struct admission_entry **evicted);
/* It sent a request: it is evicted later than those that are idle for longer. */
void admission_touch(struct admission *admission, struct admission_entry *entry);
/* It joined a room: it is not evicted any more. */
void admission_joined(struct admission *admission, struct admission_entry *entry);
void admission_leave(struct admission *admission, struct admission_entry *entry);

#endif
