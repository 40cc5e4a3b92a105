/* The composed picture: each participant's newest picture in its tile, scaled and cut to the tile's shape by libyuv. A
 * picture is scaled once, when it comes; names are laid over the whole. No I/O. */
#ifndef HEDDLE_CLIENT_MIX_CANVAS_H
#define HEDDLE_CLIENT_MIX_CANVAS_H

#include "client/media/layout.h"
#include "client/media/picture.h"

struct canvas;

struct canvas *canvas_new(unsigned width, unsigned height);
void canvas_free(struct canvas *canvas);
/* Another layout. `from[i]`: the tile of the layout before whose picture tile i shows until another comes; SIZE_MAX:
 * an empty one. `names[i]`: what is written on tile i; NULL: nothing. */
void canvas_arrange(struct canvas *canvas, const struct layout *layout, const size_t *from, const char *const *names);
void canvas_show(struct canvas *canvas, size_t tile, const struct picture *picture);
void canvas_clear(struct canvas *canvas, size_t tile); /* nothing to show of this one */
/* As it is now, with the names; it stays until the next call. */
const struct picture *canvas_picture(struct canvas *canvas);

#endif
