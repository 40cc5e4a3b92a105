/* Hoards: memory for messages that have begun to come but are not complete. One message is small; those of thousands of
 * sockets together are not, and a sender need not complete its message. When all connections together hold too much, or
 * those of one address, the one that holds most is ended. Pure: the owner of the connections ends them. */
#ifndef HEDDLE_SIGNALING_HOARD_H
#define HEDDLE_SIGNALING_HOARD_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/map.h"

struct hoard_limits {
    size_t all, address; /* bytes; of one address (budget_key_of()) */
};

/* One connection's; embedded in the owner's object. Zeroed but for its address: nothing. */
struct hoarder {
    struct hoarder *next, *before; /* of those that hold something */
    uint64_t address;
    size_t bytes;
};

struct hoard {
    struct hoard_limits limits;
    size_t bytes;
    struct map addresses; /* to struct hoard_address */
    struct hoarder *first;
};

void hoard_init(struct hoard *hoard, const struct hoard_limits *limits);
void hoard_fini(struct hoard *hoard); /* no connection may hold anything any more */
/* `hoarder` holds so many bytes from now on. Returns NULL, or the connection to be ended (it may be the same one): call
 * this with 0 bytes for it. */
struct hoarder *hoard_set(struct hoard *hoard, struct hoarder *hoarder, size_t bytes);

#endif
