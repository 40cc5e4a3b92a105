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
    usec_t next;       /* when to look again */
    size_t given_back; /* of the free bytes: what the last trim left without pages */
};

/* Whether so many free bytes, beside so many in use, are worth a trim: an eighth of what is used, and 4 MB at least,
 * are free that were not when it was last done. Notes that it is done. */
bool heap_trim_is_due(struct heap_trim *trim, size_t free_bytes, size_t used_bytes);
/* Looks, once an interval, and trims when it is due. One thread of a process does this; another thread that allocates
 * meanwhile waits for its arena (milliseconds for a heap of 100 MB). */
void heap_trim_timeout(struct heap_trim *trim, usec_t now);

#endif
