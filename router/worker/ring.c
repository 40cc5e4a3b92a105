#include "router/worker/ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/check.h"
#include "transport/base/memory.h"

/* Each record: its length, then the bytes, then what is missing to a multiple of ALIGNMENT. A record is never split: a
 * rest at the end of the buffer that is too small is skipped. */
#define ALIGNMENT ((size_t)8)
#define SKIP UINT64_MAX
#define CACHE_LINE 64

struct ring {
    uint8_t *bytes;
    size_t capacity;
    /* Indices only rise; positions are modulo `capacity`. Each is on a cache line of its own, else the two threads
     * would slow each other down (false sharing). */
    alignas(CACHE_LINE) atomic_size_t put;
    size_t seen_taken; /* the producer's: `taken` as it was last read */
    size_t reserved;   /* end of the record being written */
    alignas(CACHE_LINE) atomic_size_t taken;
    size_t seen_put; /* the consumer's */
};

struct ring *ring_new(size_t capacity)
{
    CHECK(capacity >= ALIGNMENT && (capacity & (capacity - 1)) == 0);
    struct ring *ring = aligned_alloc(CACHE_LINE, sizeof *ring);
    CHECK(ring != NULL);
    memset(ring, 0, sizeof *ring);
    ring->bytes = mem_alloc(capacity);
    ring->capacity = capacity;
    return ring;
}

void ring_free(struct ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->bytes);
    free(ring);
}

static size_t record_size(size_t length)
{
    return sizeof(uint64_t) + (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static uint8_t *place(const struct ring *ring, size_t index)
{
    return ring->bytes + (index & (ring->capacity - 1));
}

static size_t left_to_end(const struct ring *ring, size_t index)
{
    return ring->capacity - (index & (ring->capacity - 1));
}

static int has_room(struct ring *ring, size_t end)
{
    if (end - ring->seen_taken > ring->capacity)
        ring->seen_taken = atomic_load_explicit(&ring->taken, memory_order_acquire);
    return end - ring->seen_taken <= ring->capacity;
}

uint8_t *ring_reserve(struct ring *ring, size_t length)
{
    size_t at = atomic_load_explicit(&ring->put, memory_order_relaxed);
    size_t size = record_size(length), to_end = left_to_end(ring, at);
    size_t skipped = size > to_end ? to_end : 0;
    uint64_t head = length;
    if (size > ring->capacity || !has_room(ring, at + skipped + size))
        return NULL;
    if (skipped > 0) {
        memcpy(place(ring, at), &(uint64_t){SKIP}, sizeof(uint64_t));
        at += skipped;
    }
    memcpy(place(ring, at), &head, sizeof head);
    ring->reserved = at + size;
    return place(ring, at) + sizeof head;
}

void ring_put(struct ring *ring)
{
    atomic_store_explicit(&ring->put, ring->reserved, memory_order_release);
}

const uint8_t *ring_front(struct ring *ring, size_t *length)
{
    size_t at = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    uint64_t head;
    if (at == ring->seen_put)
        ring->seen_put = atomic_load_explicit(&ring->put, memory_order_acquire);
    if (at == ring->seen_put)
        return NULL;
    memcpy(&head, place(ring, at), sizeof head);
    if (head == SKIP) { /* a record always follows it */
        at += left_to_end(ring, at);
        atomic_store_explicit(&ring->taken, at, memory_order_release);
        memcpy(&head, place(ring, at), sizeof head);
    }
    *length = (size_t)head;
    return place(ring, at) + sizeof head;
}

void ring_take(struct ring *ring)
{
    size_t at = atomic_load_explicit(&ring->taken, memory_order_relaxed);
    uint64_t head;
    memcpy(&head, place(ring, at), sizeof head);
    atomic_store_explicit(&ring->taken, at + record_size((size_t)head), memory_order_release);
}
