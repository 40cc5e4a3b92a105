#include "transport/base/heap_trim.h"

#include <malloc.h>

#define LEAST ((size_t)4 << 20)

bool heap_trim_is_due(struct heap_trim *trim, size_t free_bytes, size_t used_bytes)
{
    size_t worth = used_bytes / 8 > LEAST ? used_bytes / 8 : LEAST;
    if (free_bytes < trim->given_back)
        trim->given_back = free_bytes; /* some of it is in use again */
    if (free_bytes - trim->given_back < worth)
        return false;
    trim->given_back = free_bytes;
    return true;
}

void heap_trim_timeout(struct heap_trim *trim, usec_t now)
{
    if (now < trim->next)
        return;
    trim->next = now + HEAP_TRIM_INTERVAL;
    struct mallinfo2 info = mallinfo2();
    if (heap_trim_is_due(trim, info.fordblks, info.uordblks))
        malloc_trim(0);
}
