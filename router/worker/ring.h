/* A queue of records of different lengths between two threads, one that puts and one that takes, without a lock: the
 * bytes lie in one buffer, each side owns one index and only reads the other's. */
#ifndef HEDDLE_ROUTER_WORKER_RING_H
#define HEDDLE_ROUTER_WORKER_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring;

/* `capacity`: bytes, a power of two. */
struct ring *ring_new(size_t capacity);
void ring_free(struct ring *ring); /* when both threads are done with it; NULL is fine */

/* The producer: room for a record, to be written and put. NULL: it does not fit now; nothing has changed. */
uint8_t *ring_reserve(struct ring *ring, size_t length);
void ring_put(struct ring *ring);

/* The consumer: the oldest record, valid until it is taken. NULL: none. */
const uint8_t *ring_front(struct ring *ring, size_t *length);
void ring_take(struct ring *ring);

#endif
