#include "router/worker/relay_rings.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "router/worker/ring.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define RING_SIZE ((size_t)4 << 20) /* a quarter of a second of 100 Mbit/s */

/* From one worker to another. */
struct pair {
    _Atomic(struct ring *) ring;
    uv_async_t *wake_up; /* of the receiver */
    bool is_due;         /* for the sender: the receiver has to be woken */
};

struct relay_rings {
    unsigned workers;
    unsigned *first;     /* for each receiver: whose ring it looks into first */
    struct pair pairs[]; /* from x to */
};

static struct pair *pair_of(struct relay_rings *rings, unsigned from, unsigned to)
{
    CHECK(from < rings->workers && to < rings->workers);
    return &rings->pairs[from * rings->workers + to];
}

struct relay_rings *relay_rings_new(unsigned workers)
{
    size_t pairs = (size_t)workers * workers;
    struct relay_rings *rings = mem_alloc(sizeof *rings + pairs * sizeof rings->pairs[0]);
    rings->workers = workers;
    rings->first = mem_array(workers, sizeof *rings->first);
    return rings;
}

void relay_rings_free(struct relay_rings *rings)
{
    if (rings == NULL)
        return;
    for (unsigned i = 0; i < rings->workers * rings->workers; i++)
        ring_free(atomic_load(&rings->pairs[i].ring));
    free(rings->first);
    free(rings);
}

unsigned relay_rings_workers(const struct relay_rings *rings)
{
    return rings->workers;
}

void relay_rings_attach(struct relay_rings *rings, unsigned index, uv_async_t *wake_up)
{
    for (unsigned from = 0; from < rings->workers; from++)
        pair_of(rings, from, index)->wake_up = wake_up;
}

/* The sender's thread alone makes the ring, so there is no race. */
static struct ring *ring_of(struct pair *pair)
{
    struct ring *ring = atomic_load_explicit(&pair->ring, memory_order_relaxed);
    if (ring == NULL) {
        ring = ring_new(RING_SIZE);
        atomic_store_explicit(&pair->ring, ring, memory_order_release);
    }
    return ring;
}

static bool send_to_ring(void *user, struct span head, struct span body)
{
    struct pair *pair = user;
    struct ring *ring = ring_of(pair);
    uint8_t *record = ring_reserve(ring, head.length + body.length);
    pair->is_due = true; /* also if the ring is full */
    if (record == NULL)
        return false;
    memcpy(record, head.data, head.length);
    if (body.length > 0)
        memcpy(record + head.length, body.data, body.length);
    ring_put(ring);
    return true;
}

static void wake_receiver(void *user)
{
    struct pair *pair = user;
    if (pair->is_due)
        uv_async_send(pair->wake_up);
    pair->is_due = false;
}

struct relay_endpoint relay_rings_endpoint(struct relay_rings *rings, unsigned from, unsigned to)
{
    static const struct relay_endpoint_ops ops = {.send = send_to_ring, .flush = wake_receiver};
    return (struct relay_endpoint){.ops = &ops, .user = pair_of(rings, from, to)};
}

bool relay_rings_next(struct relay_rings *rings, unsigned to, struct relay_received *received)
{
    for (unsigned i = 0; i < rings->workers; i++) {
        unsigned from = (rings->first[to] + i) % rings->workers;
        struct ring *ring = atomic_load_explicit(&pair_of(rings, from, to)->ring, memory_order_acquire);
        const uint8_t *record = ring != NULL ? ring_front(ring, &received->message.length) : NULL;
        if (record == NULL)
            continue;
        rings->first[to] = from + 1;
        received->from = from;
        received->message.data = record;
        return true;
    }
    return false;
}

void relay_rings_done(struct relay_rings *rings, unsigned to, const struct relay_received *received)
{
    ring_take(atomic_load_explicit(&pair_of(rings, received->from, to)->ring, memory_order_relaxed));
}
