#include "signaling/http/page_parts.h"

#include <stdlib.h>

#include "signaling/http/pack.h"

static size_t packed_size(const char *data, size_t length)
{
    size_t size;
    free(pack(data, length, &size));
    return size;
}

/* How many modules, of those from `first` on, are at most `most` bytes when they are packed; one at least. */
static size_t fitting(const struct page_bundle *bundle, size_t first, size_t most)
{
    size_t begin = first > 0 ? bundle->ends[first - 1] : 0;
    size_t fits = 1, beyond = bundle->count - first + 1;
    while (beyond - fits > 1) {
        size_t tried = (fits + beyond) / 2;
        if (packed_size(bundle->text + begin, bundle->ends[first + tried - 1] - begin) <= most)
            fits = tried;
        else
            beyond = tried;
    }
    return fits;
}

size_t page_parts(const struct page_bundle *bundle, size_t ends[PAGE_PARTS_MAX])
{
    size_t count = 0, next = 0;
    while (next < bundle->count && count < PAGE_PARTS_MAX) {
        next += fitting(bundle, next, count == 0 ? PAGE_FIRST_PART : PAGE_OTHER_PART);
        ends[count++] = bundle->ends[next - 1];
    }
    if (next < bundle->count)
        ends[count - 1] = bundle->ends[bundle->count - 1];
    return count;
}
