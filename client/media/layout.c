#include "client/media/layout.h"

#include <stdbool.h>

#define STRIP_SHARE 5u  /* of each side: a tile of the strip has one of so many parts */
#define STRIP_COLUMN 4u /* tiles beside the large one */

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

struct layout layout_speaker(size_t count, unsigned width, unsigned height)
{
    if (count <= 1)
        return layout_grid(count, width, height);
    struct layout layout = {.count = count < LAYOUT_SPEAKER_TILES_MAX ? count : LAYOUT_SPEAKER_TILES_MAX};
    unsigned others = (unsigned)layout.count - 1, column = others < STRIP_COLUMN ? others : STRIP_COLUMN;
    unsigned row = others - column;
    unsigned tile_width = width / STRIP_SHARE & ~1u, tile_height = height / STRIP_SHARE & ~1u;
    unsigned main_width = (width - tile_width) & ~1u, main_height = (height - tile_height) & ~1u;
    unsigned top = row > 0 ? 0 : tile_height / 2 & ~1u; /* in the middle where there is nothing below it */
    unsigned down = top + (main_height - column * tile_height) / 2, left = (width - row * tile_width) / 2;
    layout.tiles[0] = (struct layout_tile){.y = top, .width = main_width, .height = main_height};
    for (unsigned i = 0; i < others; i++) {
        bool is_beside = i < column;
        layout.tiles[i + 1] =
            (struct layout_tile){.x = is_beside ? main_width : (left & ~1u) + (i - column) * tile_width,
                                 .y = is_beside ? (down & ~1u) + i * tile_height : main_height,
                                 .width = tile_width,
                                 .height = tile_height};
    }
    return layout;
}
