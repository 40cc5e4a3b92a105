/* Areas of pictures, by libyuv. */
#ifndef HEDDLE_CLIENT_MIX_AREA_H
#define HEDDLE_CLIENT_MIX_AREA_H

#include "client/media/layout.h"
#include "client/media/picture.h"

/* The tile's part of the picture, inside of which it is: a view on it. */
struct picture area_of(const struct picture *picture, const struct layout_tile *tile);
/* The largest part in the middle that has the shape of width x height. */
struct picture area_cut(const struct picture *picture, unsigned width, unsigned height);
void area_fill(const struct picture *area, int luma); /* grey */
/* The whole of `from` onto the whole of `to`. */
void area_scale(const struct picture *to, const struct picture *from);

#endif
