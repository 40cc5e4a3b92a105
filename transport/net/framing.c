#include "transport/net/framing.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/check.h"
#include "transport/base/error.h"

void framing_init(struct framing *framing)
{
    framing->start = framing->end = 0;
}

uint8_t *framing_space(struct framing *framing, size_t *capacity)
{
    /* At most one incomplete frame is left over, so moving it to the front always makes room. */
    if (framing->start > 0) {
        memmove(framing->data, framing->data + framing->start, framing->end - framing->start);
        framing->end -= framing->start;
        framing->start = 0;
    }
    *capacity = sizeof framing->data - framing->end;
    CHECK(*capacity > 0);
    return framing->data + framing->end;
}

void framing_added(struct framing *framing, size_t length)
{
    CHECK(length <= sizeof framing->data - framing->end);
    framing->end += length;
}

int framing_next(struct framing *framing, uint8_t **data, size_t *length)
{
    if (framing->end - framing->start < FRAMING_HEADER)
        return 0;
    size_t size = get_u16(framing->data + framing->start);
    if (size > FRAMING_MAX)
        return ERR_INVALID;
    if (framing->end - framing->start < FRAMING_HEADER + size)
        return 0;
    *data = framing->data + framing->start + FRAMING_HEADER;
    *length = size;
    framing->start += FRAMING_HEADER + size;
    return 1;
}
