#include "client/media/layout.h"

struct layout layout_grid(size_t count, unsigned width, unsigned height)
{
    struct layout layout = {.count = count < LAYOUT_TILES_MAX ? count : LAYOUT_TILES_MAX};
    unsigned side = 1; /* as many rows as columns: tiles keep the picture's shape */
    while ((size_t)side * side < layout.count)
        side++;
    unsigned tile_width = width / side & ~1u, tile_height = height / side & ~1u;
    unsigned rows = (unsigned)((layout.count + side - 1) / side);
    unsigned top = (height - rows * tile_height) / 2 & ~1u;
    for (unsigned i = 0; i < layout.count; i++) {
        unsigned row = i / side;
        unsigned in_row = row + 1 < rows ? side : (unsigned)layout.count - row * side;
        unsigned left = (width - in_row * tile_width) / 2 & ~1u;
        layout.tiles[i] = (struct layout_tile){.x = left + i % side * tile_width,
                                               .y = top + row * tile_height,
                                               .width = tile_width,
                                               .height = tile_height};
    }
    return layout;
}
