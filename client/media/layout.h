/* Where each tile is in a picture. Pure. */
#ifndef HEDDLE_CLIENT_LAYOUT_H
#define HEDDLE_CLIENT_LAYOUT_H

#include <stddef.h>

#define LAYOUT_TILES_MAX 25
#define LAYOUT_SPEAKER_TILES_MAX 10

struct layout_tile {
    unsigned x, y, width, height; /* even, as I420 needs it */
};

struct layout {
    size_t count;
    struct layout_tile tiles[LAYOUT_TILES_MAX];
};

/* A grid of equal tiles with the picture's shape, as large as fits, the last row in the middle. Of more than
 * LAYOUT_TILES_MAX the first so many. `width` and `height`: of the picture. */
struct layout layout_grid(size_t count, unsigned width, unsigned height);
/* The first one large, four fifths of each side; the others, a fifth of each, in a strip to the right of it, and around
 * the corner below it. Of more than LAYOUT_SPEAKER_TILES_MAX the first so many. */
struct layout layout_speaker(size_t count, unsigned width, unsigned height);

#endif
