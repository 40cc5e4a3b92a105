/* The composed picture: each participant's newest picture in its tile, scaled and cut to the tile's shape by libyuv. A
 * picture is scaled once, when it comes; names are laid over the whole. When the layout changes tiles glide to their
 * new places, and what comes meanwhile is shown on the way. No I/O; time is an argument. */
#ifndef HEDDLE_CLIENT_MIX_CANVAS_H
#define HEDDLE_CLIENT_MIX_CANVAS_H

#include <stdbool.h>

#include "client/media/layout.h"
#include "client/media/picture.h"
#include "transport/base/time.h"

struct canvas;

struct canvas_view {
    uint64_t key;     /* whose it is, across layouts; not 0 */
    const char *name; /* what is written on it; NULL: nothing */
    bool is_whole;    /* nothing of it is cut off: a screen */
};

struct canvas *canvas_new(unsigned width, unsigned height);
void canvas_free(struct canvas *canvas);
/* Another layout: `views` has as many as that has tiles, each key once. Who was there goes on with what it shows. */
void canvas_arrange(struct canvas *canvas, const struct layout *layout, const struct canvas_view *views, usec_t now);
/* Of a key that has no tile nothing happens. */
void canvas_show(struct canvas *canvas, uint64_t key, const struct picture *picture);
void canvas_clear(struct canvas *canvas, uint64_t key); /* nothing to show of this one */
/* As it is now, with the names; it stays until the next call. */
const struct picture *canvas_picture(struct canvas *canvas, usec_t now);

#endif
