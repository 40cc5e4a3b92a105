/* Cuts the input of a fuzz target into pieces that it takes one after another: each a head, whose last two bytes are
 * the length of what follows it. */
#ifndef HEDDLE_TESTS_PIECES_H
#define HEDDLE_TESTS_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pieces {
    const uint8_t *data; /* what is still to be cut */
    size_t size;
};

struct piece {
    const uint8_t *head, *data;
    size_t length; /* of the data */
};

/* The length that is read is taken modulo `length_end`, and ends with the input. False: less than a head is left. */
bool pieces_next(struct pieces *pieces, size_t head_size, size_t length_end, struct piece *piece);

/* The bytes as a text that ends; on the heap, so that ASan sees what is read past it. The caller frees it. */
char *pieces_text(const uint8_t *data, size_t size);

#endif
