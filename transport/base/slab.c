#include "transport/base/slab.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "transport/base/check.h"

#ifdef HEDDLE_SANITIZED
#include <sanitizer/asan_interface.h>
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#define PAGE_SIZE ((size_t)65536)
#define ALIGNMENT ((size_t)16)
#define GAP ALIGNMENT /* between blocks, so that the sanitizer finds writes beyond one */

struct slab_page {
    struct slab_page *next, *previous; /* of the pages with free blocks */
    size_t free_count;
    uint16_t free[]; /* numbers of the free blocks, as a stack */
};

static size_t stride(const struct slab *slab)
{
    return (slab->block_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + GAP;
}

static uint8_t *blocks_of(const struct slab *slab, struct slab_page *page)
{
    return (uint8_t *)page + PAGE_SIZE - slab->blocks * stride(slab);
}

/* Pages are aligned to their size, so a block's address tells its page. */
static struct slab_page *page_of(void *block)
{
    return (struct slab_page *)((uintptr_t)block & ~(uintptr_t)(PAGE_SIZE - 1));
}

void slab_init(struct slab *slab, size_t block_size)
{
    CHECK(block_size > 0 && block_size <= PAGE_SIZE / 4);
    *slab = (struct slab){.block_size = block_size};
    slab->blocks = (PAGE_SIZE - sizeof(struct slab_page) - ALIGNMENT) / (stride(slab) + sizeof(uint16_t));
}

static void push_first(struct slab *slab, struct slab_page *page)
{
    page->previous = NULL;
    page->next = slab->first;
    *(slab->first != NULL ? &slab->first->previous : &slab->last) = page;
    slab->first = page;
}

static void push_last(struct slab *slab, struct slab_page *page)
{
    page->next = NULL;
    page->previous = slab->last;
    *(slab->last != NULL ? &slab->last->next : &slab->first) = page;
    slab->last = page;
}

static void unlink_page(struct slab *slab, struct slab_page *page)
{
    *(page->previous != NULL ? &page->previous->next : &slab->first) = page->next;
    *(page->next != NULL ? &page->next->previous : &slab->last) = page->previous;
}

static void unmap(uint8_t *from, size_t size)
{
    if (size == 0)
        return;
    ASAN_UNPOISON_MEMORY_REGION(from, size);
    int error = munmap(from, size);
    CHECK(error == 0);
}

/* mmap() aligns to the system's pages only: too much is mapped, and both ends are unmapped. */
static struct slab_page *map_page(void)
{
    uint8_t *start = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    uint8_t *page = (uint8_t *)page_of(start + PAGE_SIZE - 1);
    unmap(start, (size_t)(page - start));
    unmap(page + PAGE_SIZE, (size_t)(start + PAGE_SIZE - page));
    return (struct slab_page *)(void *)page;
}

static bool add_page(struct slab *slab)
{
    struct slab_page *page = map_page();
    if (page == NULL)
        return false;
    for (size_t i = 0; i < slab->blocks; i++)
        page->free[i] = (uint16_t)(slab->blocks - 1 - i);
    page->free_count = slab->blocks;
    ASAN_POISON_MEMORY_REGION(blocks_of(slab, page), slab->blocks * stride(slab));
    push_last(slab, page);
    slab->pages++;
    slab->idle++;
    return true;
}

static void drop_page(struct slab *slab, struct slab_page *page)
{
    unlink_page(slab, page);
    unmap((uint8_t *)page, PAGE_SIZE);
    slab->pages--;
    slab->idle--;
}

void slab_fini(struct slab *slab)
{
    CHECK(slab->idle == slab->pages);
    while (slab->first != NULL)
        drop_page(slab, slab->first);
}

void *slab_take(struct slab *slab)
{
    if (slab->first == NULL && !add_page(slab))
        return NULL;
    struct slab_page *page = slab->first;
    if (page->free_count == slab->blocks && --slab->idle < slab->least_idle)
        slab->least_idle = slab->idle;
    void *block = blocks_of(slab, page) + page->free[--page->free_count] * stride(slab);
    if (page->free_count == 0)
        unlink_page(slab, page);
    ASAN_UNPOISON_MEMORY_REGION(block, slab->block_size);
    return block;
}

void slab_give(struct slab *slab, void *block)
{
    struct slab_page *page = page_of(block);
    ASAN_POISON_MEMORY_REGION(block, slab->block_size);
    page->free[page->free_count++] = (uint16_t)((size_t)((uint8_t *)block - blocks_of(slab, page)) / stride(slab));
    if (page->free_count == 1)
        push_first(slab, page);
    if (page->free_count < slab->blocks)
        return;
    unlink_page(slab, page);
    push_last(slab, page);
    slab->idle++;
}

void slab_trim(struct slab *slab)
{
    for (size_t count = (slab->least_idle + 1) / 2; count > 0; count--)
        drop_page(slab, slab->last);
    slab->least_idle = slab->idle;
}

size_t slab_bytes(const struct slab *slab)
{
    return slab->pages * PAGE_SIZE;
}
