/* How a tile gets from one place to another: slowly at first and at the end, so that the eye can follow. Pure. */
#ifndef HEDDLE_CLIENT_MIX_GLIDE_H
#define HEDDLE_CLIENT_MIX_GLIDE_H

#include "client/media/layout.h"
#include "transport/base/time.h"

#define GLIDE_TIME (320 * USEC_PER_MSEC) /* eight pictures of 25 a second */

/* Where it is `elapsed` after it began; from GLIDE_TIME on, `to`. Even, and inside of what both are inside of. */
struct layout_tile glide_at(const struct layout_tile *from, const struct layout_tile *to, usec_t elapsed);
/* Of no size, in the middle of the tile: where new ones come from, and those of who left go. */
struct layout_tile glide_nothing(const struct layout_tile *tile);

#endif
