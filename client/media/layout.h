/* Where each of `count` tiles is in a picture: a grid of equal tiles with the picture's shape, as large as fits, the
 * last row in the middle. Pure. */
#ifndef HEDDLE_CLIENT_LAYOUT_H
#define HEDDLE_CLIENT_LAYOUT_H

#include <stddef.h>

#define LAYOUT_TILES_MAX 25

struct layout_tile {
    unsigned x, y, width, height; /* even, as I420 needs it */
};

struct layout {
    size_t count;
    struct layout_tile tiles[LAYOUT_TILES_MAX];
};

/* Of more than LAYOUT_TILES_MAX the first so many. `width` and `height`: of the picture. */
struct layout layout_grid(size_t count, unsigned width, unsigned height);

#endif
