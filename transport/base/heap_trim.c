#include "transport/base/heap_trim.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#define LEAST ((size_t)4 << 20)

bool heap_trim_is_due(struct heap_trim *trim, size_t resident, size_t free_bytes, size_t used_bytes)
{
    size_t worth = used_bytes / 8 > LEAST ? used_bytes / 8 : LEAST;
    if (resident < trim->resident)
        trim->resident = resident;
    return resident - trim->resident >= worth && free_bytes >= worth;
}

/* 0: it cannot be known. */
static size_t resident_bytes(void)
{
    size_t all, pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%zu %zu", &all, &pages) != 2)
        pages = 0;
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

void heap_trim_timeout(struct heap_trim *trim, usec_t now)
{
    if (now < trim->next)
        return;
    trim->next = now + HEAP_TRIM_INTERVAL;
    struct mallinfo2 info = mallinfo2();
    if (!heap_trim_is_due(trim, resident_bytes(), info.fordblks, info.uordblks))
        return;
    malloc_trim(0);
    trim->resident = resident_bytes();
}
