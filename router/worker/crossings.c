#include "router/worker/crossings.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "router/worker/ring.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define RING_SIZE ((size_t)4 << 20) /* a quarter of a second of 100 Mbit/s */

/* Before the packet's bytes in a record. */
struct head {
    connection_id id;
    struct mirror_message message;
};

struct crossings {
    unsigned count;
    uv_async_t *wake_up[ROUTER_WORKERS_MAX];
    uint64_t sent_to[ROUTER_WORKERS_MAX]; /* by sender, its own: workers as bits */
    _Atomic(struct ring *) rings[];       /* from x to */
};

static _Atomic(struct ring *) *slot_of(struct crossings *crossings, unsigned from, unsigned to)
{
    CHECK(from < crossings->count && to < crossings->count);
    return &crossings->rings[from * crossings->count + to];
}

struct crossings *crossings_new(unsigned workers)
{
    CHECK(workers <= ROUTER_WORKERS_MAX);
    size_t rings = (size_t)workers * workers;
    struct crossings *crossings = mem_alloc(sizeof *crossings + rings * sizeof crossings->rings[0]);
    crossings->count = workers;
    return crossings;
}

void crossings_free(struct crossings *crossings)
{
    if (crossings == NULL)
        return;
    for (unsigned i = 0; i < crossings->count * crossings->count; i++)
        ring_free(atomic_load(&crossings->rings[i]));
    free(crossings);
}

void crossings_attach(struct crossings *crossings, unsigned index, uv_async_t *wake_up)
{
    CHECK(index < crossings->count);
    crossings->wake_up[index] = wake_up;
}

/* Only the sender makes the ring, so nobody else can be doing the same. */
static struct ring *ring_to(struct crossings *crossings, unsigned from, unsigned to)
{
    _Atomic(struct ring *) *slot = slot_of(crossings, from, to);
    struct ring *ring = atomic_load_explicit(slot, memory_order_relaxed);
    if (ring == NULL) {
        ring = ring_new(RING_SIZE);
        atomic_store_explicit(slot, ring, memory_order_release);
    }
    return ring;
}

static bool put(struct ring *ring, const struct head *head, const struct packet *packet)
{
    size_t length = packet != NULL ? packet->length : 0;
    uint8_t *record = ring_reserve(ring, sizeof *head + length);
    if (record == NULL)
        return false;
    memcpy(record, head, sizeof *head);
    if (length > 0)
        memcpy(record + sizeof *head, packet->data, length);
    ring_put(ring);
    return true;
}

unsigned crossings_send(struct crossings *crossings, unsigned from, connection_id id, const struct mirror_item *item)
{
    const struct head head = {id, item->message};
    unsigned lost = 0;
    for (unsigned to = 0; to < crossings->count; to++) {
        uint64_t bit = UINT64_C(1) << to;
        if ((item->to & bit) == 0)
            continue;
        if (!put(ring_to(crossings, from, to), &head, item->packet))
            lost++;
        crossings->sent_to[from] |= bit;
    }
    return lost;
}

void crossings_wake(struct crossings *crossings, unsigned from)
{
    uint64_t sent_to = crossings->sent_to[from];
    crossings->sent_to[from] = 0;
    for (unsigned to = 0; sent_to != 0; to++, sent_to >>= 1)
        if ((sent_to & 1) != 0)
            uv_async_send(crossings->wake_up[to]);
}

bool crossings_next(struct crossings *crossings, unsigned to, struct crossing *crossing)
{
    struct head head;
    for (unsigned from = 0; from < crossings->count; from++) {
        struct ring *ring = atomic_load_explicit(slot_of(crossings, from, to), memory_order_acquire);
        const uint8_t *record = ring != NULL ? ring_front(ring, &crossing->length) : NULL;
        if (record == NULL)
            continue;
        memcpy(&head, record, sizeof head);
        crossing->from = from;
        crossing->id = head.id;
        crossing->message = head.message;
        crossing->data = record + sizeof head;
        crossing->length -= sizeof head;
        return true;
    }
    return false;
}

void crossings_done(struct crossings *crossings, unsigned to, const struct crossing *crossing)
{
    ring_take(atomic_load_explicit(slot_of(crossings, crossing->from, to), memory_order_relaxed));
}
