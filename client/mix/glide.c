#include "client/mix/glide.h"

#define WHOLE 1024 /* of the way */

static int64_t way(usec_t elapsed)
{
    int64_t t = elapsed <= 0 ? 0 : elapsed >= GLIDE_TIME ? WHOLE : elapsed * WHOLE / GLIDE_TIME;
    return t * t * (3 * WHOLE - 2 * t) / (WHOLE * WHOLE);
}

static unsigned between(unsigned from, unsigned to, int64_t part)
{
    return (unsigned)(from + ((int64_t)to - from) * part / WHOLE) & ~1u;
}

/* Both edges move, not one edge and the size: neighbours stay neighbours. */
struct layout_tile glide_at(const struct layout_tile *from, const struct layout_tile *to, usec_t elapsed)
{
    int64_t part = way(elapsed);
    struct layout_tile at = {.x = between(from->x, to->x, part), .y = between(from->y, to->y, part)};
    at.width = between(from->x + from->width, to->x + to->width, part) - at.x;
    at.height = between(from->y + from->height, to->y + to->height, part) - at.y;
    return at;
}

struct layout_tile glide_nothing(const struct layout_tile *tile)
{
    return (struct layout_tile){.x = (tile->x + tile->width / 2) & ~1u, .y = (tile->y + tile->height / 2) & ~1u};
}
