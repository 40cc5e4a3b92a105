/* Numbers of any width in borrowed bytes, the most significant bit first, as codecs' headers have them. */
#ifndef HEDDLE_BASE_BITS_H
#define HEDDLE_BASE_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits beyond the end read as 0, and the reader notes it. */
struct bits {
    const uint8_t *data;
    size_t count, at; /* bits */
    bool is_short;
};

/* Up to 32 bits. */
static inline unsigned bits_take(struct bits *bits, unsigned count)
{
    unsigned value = 0;
    for (; count > 0; count--) {
        unsigned bit = 0;
        if (bits->at < bits->count)
            bit = (unsigned)bits->data[bits->at / 8] >> (7 - bits->at % 8) & 1u;
        else
            bits->is_short = true;
        bits->at++;
        value = value << 1 | bit;
    }
    return value;
}

#endif
