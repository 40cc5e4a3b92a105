/* Gives back to the system what the C library's allocator keeps: after a peak (many connections at once, or handshakes
 * that a loaded machine drew out) most of its pages are free, between others that are in use, and it would keep them
 * for ever. */
#ifndef HEDDLE_SIGNALING_HEAP_TRIM_H
#define HEDDLE_SIGNALING_HEAP_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/base/time.h"

#define HEAP_TRIM_INTERVAL (10 * USEC_PER_SEC)
#define HEAP_TRIM_SHARE 1000 /* a thousandth of the thread's time goes into it at most */

struct heap_trim {
    usec_t next; /* when to look again; 0: at once */
};

/* Whether so many free bytes, beside so many in use, are worth a trim: an eighth of what is used, and 4 MB at least.
 * How many of them were given back before nobody can tell, and to give them back again costs little. */
bool heap_trim_is_worth_it(size_t free_bytes, size_t used_bytes);
/* Looks, and trims when it is worth it, once an interval: of ten seconds, or longer where that has taken long. One
 * thread of a process does this; another thread that allocates meanwhile waits for its arena (milliseconds for a heap
 * of 100 MB). */
void heap_trim_timeout(struct heap_trim *trim, usec_t now);

#endif
