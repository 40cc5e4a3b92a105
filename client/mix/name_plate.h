/* A participant's name as it lies over the lower left corner of its tile: light letters on a dark plate. Pango draws
 * them, so any script that the machine has a font for is there, and in its own direction. */
#ifndef HEDDLE_CLIENT_MIX_NAME_PLATE_H
#define HEDDLE_CLIENT_MIX_NAME_PLATE_H

#include <stdbool.h>

#include "client/media/layout.h"
#include "client/media/picture.h"

struct name_plate;

/* `name`: UTF-8; too long a one is cut short with dots. NULL: there is nothing to draw, or no room for it. The first of
 * a process reads the machine's fonts, which takes some 50 ms. */
struct name_plate *name_plate_new(const char *name, const struct layout_tile *tile);
/* Whether it is what name_plate_new() would make of these. */
bool name_plate_is(const struct name_plate *plate, const char *name, const struct layout_tile *tile);
void name_plate_free(struct name_plate *plate); /* NULL is fine */
/* Lays it over the lower left corner of a tile of the picture; NULL, or no room for it: nothing. */
void name_plate_draw(const struct name_plate *plate, const struct picture *picture, const struct layout_tile *tile);

#endif
