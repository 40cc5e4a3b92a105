#include "signaling/process/heap_trim.h"

#include <malloc.h>

#include "transport/net/clock.h"

#define LEAST ((size_t)4 << 20)

struct heap_size heap_size(void)
{
    struct mallinfo2 info = mallinfo2();
    return (struct heap_size){.used_bytes = info.uordblks + info.hblkhd, .free_bytes = info.fordblks};
}

bool heap_trim_is_worth_it(size_t free_bytes, size_t used_bytes)
{
    return free_bytes >= LEAST && free_bytes >= used_bytes / 8;
}

void heap_trim_timeout(struct heap_trim *trim, usec_t now)
{
    if (now < trim->next)
        return;
    int64_t started = clock_thread_cpu_ns();
    struct heap_size size = heap_size();
    if (heap_trim_is_worth_it(size.free_bytes, size.used_bytes))
        malloc_trim(0);
    usec_t taken = (clock_thread_cpu_ns() - started) / 1000;
    trim->next = now + usec_max(HEAP_TRIM_INTERVAL, taken * HEAP_TRIM_SHARE);
}
