/* Blocks of one size, cut from pages that go back to the system when they have not been needed for a while: after a
 * peak (a flood, a large meeting) the memory is given back, and in a steady state nothing is allocated. One thread. */
#ifndef HEDDLE_BASE_SLAB_H
#define HEDDLE_BASE_SLAB_H

#include <stddef.h>

struct slab_page;

struct slab {
    size_t block_size;
    size_t blocks;           /* of one page */
    struct slab_page *first; /* pages with free blocks; completely free pages come last */
    struct slab_page *last;
    size_t pages;      /* all */
    size_t idle;       /* pages without a used block */
    size_t least_idle; /* since the last slab_trim() */
};

/* Blocks are aligned to 16 bytes; `block_size` is at most a quarter of a page (16 kB). */
void slab_init(struct slab *slab, size_t block_size);
void slab_fini(struct slab *slab);  /* CHECKs that every block came back */
void *slab_take(struct slab *slab); /* not cleared; NULL: out of memory */
void slab_give(struct slab *slab, void *block);
/* Gives back half of the pages that were idle all the time since the last call: pages that are needed now and then
 * stay, others are given back within some calls. */
void slab_trim(struct slab *slab);
size_t slab_bytes(const struct slab *slab); /* held from the system */

#endif
