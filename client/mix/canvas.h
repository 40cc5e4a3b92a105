/* The composed picture: each participant's newest picture in its tile, scaled and cut to the tile's shape by libyuv. A
 * picture is scaled once, when it comes. No I/O. */
#ifndef HEDDLE_CLIENT_MIX_CANVAS_H
#define HEDDLE_CLIENT_MIX_CANVAS_H

#include "client/media/layout.h"
#include "client/media/picture.h"

struct canvas;

struct canvas *canvas_new(unsigned width, unsigned height);
void canvas_free(struct canvas *canvas);
/* Another layout. `from[i]`: the tile of the layout before whose picture tile i shows until another comes; SIZE_MAX:
 * an empty one. */
void canvas_arrange(struct canvas *canvas, const struct layout *layout, const size_t *from);
void canvas_show(struct canvas *canvas, size_t tile, const struct picture *picture);
void canvas_clear(struct canvas *canvas, size_t tile); /* nothing to show of this one */
const struct picture *canvas_picture(const struct canvas *canvas);

#endif
