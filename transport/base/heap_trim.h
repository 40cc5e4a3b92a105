/* Gives back to the system what the C library's allocator keeps: after a peak (many connections at once, or handshakes
 * that a loaded machine drew out) most of its pages are free, between others that are in use, and it would keep them
 * for ever. */
#ifndef HEDDLE_BASE_HEAP_TRIM_H
#define HEDDLE_BASE_HEAP_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/base/time.h"

#define HEAP_TRIM_INTERVAL (10 * USEC_PER_SEC)

struct heap_trim {
    usec_t next;     /* when to look again */
    size_t resident; /* bytes of the process: the least since the last trim */
};

/* Whether a trim is worth its while: the process has become larger since the last one, by an eighth of what the heap
 * has in use and by 4 MB at least, and so much of the heap is free. What was trimmed already counts as free as well, so
 * the free bytes alone do not tell. */
bool heap_trim_is_due(struct heap_trim *trim, size_t resident, size_t free_bytes, size_t used_bytes);
/* Looks, once an interval, and trims when it is due. One thread of a process does this; another thread that allocates
 * meanwhile waits for its arena (milliseconds for a heap of 100 MB). */
void heap_trim_timeout(struct heap_trim *trim, usec_t now);

#endif
