/* heap_sites.so: what a program has allocated now, by the calls that led there. For the server that ./dev bench memory
 * starts, by LD_PRELOAD; the program needs no change, and none of its frames must have debug information.
 *
 * Signal HEAP_SITES_SIGNAL asks for a list, which the next allocation writes to $HEAP_SITES.1, $HEAP_SITES.2 and so on
 * (under another name until it is complete). A line for each site: bytes, blocks, and where its frames return to,
 * innermost first, in hex; then "maps", and /proc/self/maps. Bytes are as asked for; what was never touched counts. */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HEAP_SITES_SIGNAL (SIGRTMIN + 8)
#define FRAMES 14
#define OWN_FRAMES 2               /* of this file, which backtrace() sees first */
#define BLOCKS ((size_t)1 << 22)   /* of the table; a power of two */
#define SITES ((size_t)1 << 15)    /* the same */
#define HASH 0x9e3779b97f4a7c15ull /* 2^64 by the golden ratio: spreads what differs in a few bits */
#define PAGE ((size_t)4096)
#define MAPPED_MAX ((size_t)64 << 20) /* more is room that is reserved, and hardly used */
#define REMOVED ((uintptr_t)1)        /* where a block was: those behind it are found all the same */

#define EXPORTED __attribute__((visibility("default")))

/* glibc's own, under the names that stay its own. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

struct block {
    uintptr_t address; /* 0: none was here */
    uint32_t site;
    size_t size;
};

struct site {
    uint64_t hash; /* 0: free */
    int frame_count;
    void *frames[FRAMES];
    size_t bytes, blocks;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks;
static struct site *sites;
static volatile sig_atomic_t is_asked;
/* What is allocated while this is set, by the unwinder or by what writes a list, is not counted. */
static __thread bool is_inside __attribute__((tls_model("initial-exec")));

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

static void on_signal(int number)
{
    (void)number;
    is_asked = 1;
}

__attribute__((constructor)) static void begin(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    void *frames[FRAMES];
    is_inside = true;
    (void)backtrace(frames, FRAMES); /* the first one loads the unwinder */
    struct site *sites_made = map(SITES * sizeof *sites);
    blocks = map(BLOCKS * sizeof *blocks);
    sites = blocks != NULL ? sites_made : NULL;
    (void)sigaction(HEAP_SITES_SIGNAL, &action, NULL);
    is_inside = false;
}

static struct site *find_site(void *const *frames, int count)
{
    uint64_t hash = HASH;
    for (int i = 0; i < count; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * HASH, hash ^= hash >> 29;
    hash |= 1;
    for (size_t i = 0; i < SITES; i++) {
        struct site *site = &sites[(hash + i) & (SITES - 1)];
        if (site->hash == hash)
            return site;
        if (site->hash == 0) {
            site->hash = hash;
            site->frame_count = count;
            memcpy(site->frames, frames, (size_t)count * sizeof frames[0]);
            return site;
        }
    }
    return NULL;
}

static size_t slot_of(uintptr_t address)
{
    return (size_t)((address >> 4) * HASH >> 20) & (BLOCKS - 1);
}

static void add_block(uintptr_t address, size_t size, struct site *site)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        struct block *block = &blocks[(slot_of(address) + i) & (BLOCKS - 1)];
        if (block->address > REMOVED)
            continue;
        *block = (struct block){.address = address, .site = (uint32_t)(site - sites), .size = size};
        site->bytes += size;
        site->blocks++;
        return;
    }
}

static void remove_block(uintptr_t address)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        struct block *block = &blocks[(slot_of(address) + i) & (BLOCKS - 1)];
        if (block->address == 0)
            return; /* older than this file's beginning */
        if (block->address != address)
            continue;
        sites[block->site].bytes -= block->size;
        sites[block->site].blocks--;
        block->address = REMOVED;
        return;
    }
}

static void write_all(int file, const char *text, ssize_t length)
{
    if (write(file, text, (size_t)length) != length)
        _exit(1); /* a list with a hole would be taken for a good one */
}

static void write_site(int file, const struct site *site)
{
    char line[64 + FRAMES * 20];
    int length = snprintf(line, sizeof line, "%zu %zu", site->bytes, site->blocks);
    for (int i = 0; i < site->frame_count; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, " %zx", (size_t)site->frames[i]);
    line[length++] = '\n';
    write_all(file, line, length);
}

static void write_maps(int file)
{
    char part[4096];
    ssize_t length;
    int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    write_all(file, "maps\n", 5);
    while (maps >= 0 && (length = read(maps, part, sizeof part)) > 0)
        write_all(file, part, length);
    if (maps >= 0)
        close(maps);
}

/* With the lock held. */
static void write_list(void)
{
    static unsigned count;
    char part[512], whole[512];
    const char *prefix = getenv("HEAP_SITES");
    is_asked = 0;
    if (prefix == NULL)
        return;
    snprintf(whole, sizeof whole, "%s.%u", prefix, ++count);
    snprintf(part, sizeof part, "%s.part", prefix);
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    for (size_t i = 0; i < SITES; i++)
        if (sites[i].bytes > 0)
            write_site(file, &sites[i]);
    write_maps(file);
    close(file);
    (void)rename(part, whole);
}

static void remove_all(uintptr_t address, size_t size, size_t step)
{
    for (size_t at = 0; at < size; at += step)
        remove_block(address + at);
}

/* What is new counts as blocks of `step` bytes. Not inlined: OWN_FRAMES counts it. */
__attribute__((noinline)) static void note(void *fresh, size_t size, size_t step)
{
    void *frames[FRAMES + OWN_FRAMES];
    int error = errno;
    if (fresh == NULL || sites == NULL || is_inside)
        return;
    is_inside = true;
    int count = backtrace(frames, FRAMES + OWN_FRAMES) - OWN_FRAMES;
    pthread_mutex_lock(&lock);
    struct site *site = count > 0 ? find_site(frames + OWN_FRAMES, count) : NULL;
    for (size_t at = 0; site != NULL && at < size; at += step)
        add_block((uintptr_t)fresh + at, step, site);
    if (is_asked != 0)
        write_list();
    pthread_mutex_unlock(&lock);
    is_inside = false;
    errno = error;
}

/* Before it is given back: another thread may get the address as soon as it is. */
static void forget(void *old, size_t size, size_t step)
{
    if (old == NULL || sites == NULL || is_inside)
        return;
    pthread_mutex_lock(&lock);
    remove_all((uintptr_t)old, size, step);
    pthread_mutex_unlock(&lock);
}

EXPORTED void *malloc(size_t size)
{
    void *fresh = __libc_malloc(size);
    note(fresh, size, size);
    return fresh;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    void *fresh = __libc_calloc(count, size);
    note(fresh, count * size, count * size);
    return fresh;
}

EXPORTED void *realloc(void *old, size_t size)
{
    forget(old, 1, 1);
    void *fresh = __libc_realloc(old, size);
    note(fresh, size, size);
    return fresh;
}

EXPORTED void *memalign(size_t alignment, size_t size)
{
    void *fresh = __libc_memalign(alignment, size);
    note(fresh, size, size);
    return fresh;
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
    void *fresh = __libc_memalign(alignment, size);
    note(fresh, size, size);
    return fresh;
}

EXPORTED int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *fresh = __libc_memalign(alignment, size);
    if (fresh == NULL)
        return ENOMEM;
    note(fresh, size, size);
    *out = fresh;
    return 0;
}

EXPORTED void free(void *block)
{
    forget(block, 1, 1);
    __libc_free(block);
}

static bool counts(int flags, size_t size)
{
    return (flags & MAP_ANONYMOUS) != 0 && size <= MAPPED_MAX;
}

/* Pages, since parts of what was mapped may be given back. What glibc maps for itself does not come through here. */
EXPORTED void *mmap(void *wanted, size_t size, int protection, int flags, int file, off_t offset)
{
    void *fresh = (void *)syscall(SYS_mmap, wanted, size, protection, flags, file, offset);
    if (fresh != MAP_FAILED && counts(flags, size))
        note(fresh, size, PAGE);
    return fresh;
}

EXPORTED int munmap(void *old, size_t size)
{
    if (size <= MAPPED_MAX)
        forget(old, size, PAGE);
    return (int)syscall(SYS_munmap, old, size);
}
