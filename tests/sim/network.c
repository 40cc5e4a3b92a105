#include "tests/sim/network.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

static bool is_before(const struct network_datagram *a, const struct network_datagram *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void push(struct network *network, struct network_datagram *datagram)
{
    if (network->count == network->capacity) {
        network->capacity = network->capacity * 2 + 1024;
        network->heap = mem_resize(network->heap, network->capacity, sizeof *network->heap);
    }
    size_t at = network->count++;
    while (at > 0 && is_before(datagram, network->heap[(at - 1) / 2])) {
        network->heap[at] = network->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    network->heap[at] = datagram;
}

static void copy(struct network *network, const struct network_link *link, unsigned to, bool is_up, bool is_rtcp,
                 const uint8_t *data, size_t length, usec_t now)
{
    struct network_datagram *datagram = mem_alloc(sizeof *datagram + length);
    datagram->at = now + link->delay + (usec_t)rng_below(&network->rng, (uint64_t)link->jitter + 1);
    datagram->order = network->order++;
    datagram->to = to;
    datagram->is_up = is_up;
    datagram->is_rtcp = is_rtcp;
    datagram->length = length;
    memcpy(datagram->data, data, length);
    push(network, datagram);
}

void network_send(struct network *network, const struct network_link *link, unsigned to, bool is_up, bool is_rtcp,
                  const uint8_t *data, size_t length, usec_t now)
{
    network->sent++;
    if (rng_unit(&network->rng) < link->loss) {
        network->lost++;
        return;
    }
    copy(network, link, to, is_up, is_rtcp, data, length, now);
    if (rng_unit(&network->rng) < link->duplication)
        copy(network, link, to, is_up, is_rtcp, data, length, now);
}

usec_t network_next(const struct network *network)
{
    return network->count > 0 ? network->heap[0]->at : USEC_NEVER;
}

struct network_datagram *network_take(struct network *network, usec_t now)
{
    if (network_next(network) > now)
        return NULL;
    struct network_datagram *first = network->heap[0], *last = network->heap[--network->count];
    size_t at = 0;
    for (;;) {
        size_t child = at * 2 + 1;
        if (child >= network->count)
            break;
        if (child + 1 < network->count && is_before(network->heap[child + 1], network->heap[child]))
            child++;
        if (!is_before(network->heap[child], last))
            break;
        network->heap[at] = network->heap[child];
        at = child;
    }
    network->heap[at] = last;
    return first;
}

void network_fini(struct network *network)
{
    for (size_t i = 0; i < network->count; i++)
        free(network->heap[i]);
    free(network->heap);
}
