/* What the program has allocated, and what the allocator keeps beside it. After a peak (many connections at once, or
 * slow handshakes on a loaded machine) most of the allocator's pages are free, but lie between pages in use, so it
 * would keep them for ever: they are given back to the system. */
#ifndef HEDDLE_SIGNALING_HEAP_TRIM_H
#define HEDDLE_SIGNALING_HEAP_TRIM_H

#include <stdbool.h>
#include <stddef.h>

#include "transport/base/time.h"

#define HEAP_TRIM_INTERVAL (10 * USEC_PER_SEC)
#define HEAP_TRIM_SHARE 1000 /* trimming takes at most a thousandth of the thread's time */

struct heap_size {
    size_t used_bytes, free_bytes; /* of the free ones some may have been given back */
};

struct heap_trim {
    usec_t next; /* when to look again; 0: at once */
};

/* Looks at every free block, while other threads that allocate wait (tens of milliseconds for 100,000 of them). */
struct heap_size heap_size(void);
/* Whether so many free bytes, beside so many in use, are worth a trim: an eighth of what is used, and 4 MB at least.
 * The allocator does not tell which of them were given back before; doing so again costs little. */
bool heap_trim_is_worth_it(size_t free_bytes, size_t used_bytes);
/* Trims if that is worth it. Does so every ten seconds, or less often when trims are slow. Only one thread of a process
 * may call this; another thread that allocates during a trim waits for its arena (milliseconds for a heap of 100
 * MB). */
void heap_trim_timeout(struct heap_trim *trim, usec_t now);

#endif
