#include "tests/support/pieces.h"

#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/memory.h"

bool pieces_next(struct pieces *pieces, size_t head_size, size_t length_end, struct piece *piece)
{
    if (pieces->size < head_size)
        return false;
    *piece = (struct piece){.head = pieces->data, .data = pieces->data + head_size};
    piece->length = get_u16(piece->data - 2) % length_end;
    pieces->size -= head_size;
    if (piece->length > pieces->size)
        piece->length = pieces->size;
    pieces->size -= piece->length;
    pieces->data = piece->data + piece->length;
    return true;
}

char *pieces_text(const uint8_t *data, size_t size)
{
    char *text = mem_alloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    return text;
}
