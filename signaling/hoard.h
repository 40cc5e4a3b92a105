/* Hoards: bytes that connections hold for messages whose end has not come yet. One message is small; those of thousands
 * of sockets are not, and each stays as long as its sender likes. When all of them together hold too much, or those of
 * one address, the connection that holds most has to go. Pure: whoever owns the connections ends them. */
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
void hoard_fini(struct hoard *hoard); /* everybody holds nothing */
/* It holds so many bytes from now on. NULL, or the one to be ended, which may be itself: set that to 0 then. */
struct hoarder *hoard_set(struct hoard *hoard, struct hoarder *hoarder, size_t bytes);

#endif
