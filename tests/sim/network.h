/* A network in virtual time for simulations: datagrams with delay, jitter (so reordering), loss and duplication, drawn
 * from one seeded generator. Header-only: each simulation is one program. */
#ifndef HEDDLE_SIM_NETWORK_H
#define HEDDLE_SIM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/base/time.h"

struct network_link {
    double loss, duplication; /* 0..1 */
    usec_t delay, jitter;
};

struct network_datagram {
    usec_t at;
    uint64_t order; /* among those of one instant */
    unsigned to;
    bool is_up; /* to the router, from `to` */
    bool is_rtcp;
    size_t length;
    uint8_t data[];
};

struct network {
    struct rng rng;
    struct network_datagram **heap;
    size_t count, capacity;
    uint64_t order;
    uint64_t sent, lost, duplicated;
};

static inline bool network_before(const struct network_datagram *a, const struct network_datagram *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static inline void network_push(struct network *network, struct network_datagram *datagram)
{
    if (network->count == network->capacity) {
        network->capacity = network->capacity * 2 + 1024;
        network->heap = mem_resize(network->heap, network->capacity, sizeof(struct network_datagram *));
    }
    size_t at = network->count++;
    while (at > 0 && network_before(datagram, network->heap[(at - 1) / 2])) {
        network->heap[at] = network->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    network->heap[at] = datagram;
}

static inline void network_copy(struct network *network, const struct network_link *link, unsigned to, bool is_up,
                                bool is_rtcp, const uint8_t *data, size_t length, usec_t now)
{
    struct network_datagram *datagram = malloc(sizeof *datagram + length);
    datagram->at = now + link->delay + (usec_t)rng_below(&network->rng, (uint64_t)link->jitter + 1);
    datagram->order = network->order++;
    datagram->to = to;
    datagram->is_up = is_up;
    datagram->is_rtcp = is_rtcp;
    datagram->length = length;
    memcpy(datagram->data, data, length);
    network_push(network, datagram);
}

static inline void network_send(struct network *network, const struct network_link *link, unsigned to, bool is_up,
                                bool is_rtcp, const uint8_t *data, size_t length, usec_t now)
{
    network->sent++;
    if (rng_unit(&network->rng) < link->loss) {
        network->lost++;
        return;
    }
    network_copy(network, link, to, is_up, is_rtcp, data, length, now);
    if (rng_unit(&network->rng) < link->duplication) {
        network->duplicated++;
        network_copy(network, link, to, is_up, is_rtcp, data, length, now);
    }
}

static inline usec_t network_next(const struct network *network)
{
    return network->count > 0 ? network->heap[0]->at : USEC_NEVER;
}

/* The first datagram, when it is due; the caller frees it. */
static inline struct network_datagram *network_take(struct network *network, usec_t now)
{
    if (network_next(network) > now)
        return NULL;
    struct network_datagram *first = network->heap[0], *last = network->heap[--network->count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= network->count)
            break;
        if (child + 1 < network->count && network_before(network->heap[child + 1], network->heap[child]))
            child++;
        if (!network_before(network->heap[child], last))
            break;
        network->heap[at] = network->heap[child];
        at = child;
    }
    network->heap[at] = last;
    return first;
}

static inline void network_fini(struct network *network)
{
    for (size_t i = 0; i < network->count; i++)
        free(network->heap[i]);
    free(network->heap);
}

#endif
