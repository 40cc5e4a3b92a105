#include "router/choose/size_limit.h"

#define TOLERANCE_PERCENT 120 /* a picture may be enlarged so much */
#define TOP_HEIGHT 720u       /* assumed of the highest layer until a keyframe tells */

static unsigned height_of(const struct publication *publication, size_t layer)
{
    unsigned height = publication->layers[layer].height;
    return height != 0 ? height : TOP_HEIGHT >> (publication->layer_count - 1 - layer);
}

static bool is_tall_enough(const struct slot *slot, unsigned height)
{
    return slot->height != 0 && height * TOLERANCE_PERCENT >= slot->height * 100u;
}

/* Spatial layers halve the picture, one after the other. */
struct quality size_limit_of(const struct slot *slot)
{
    const struct publication *publication = slot->publication;
    int top = (int)publication->layer_count - 1;
    struct quality limit = {0, LAYER_ANY, LAYER_ANY};
    while (limit.layer < top && !is_tall_enough(slot, height_of(publication, (size_t)limit.layer)))
        limit.layer++;
    unsigned spatials = publication->layers[limit.layer].rates.spatials;
    unsigned height = height_of(publication, (size_t)limit.layer);
    for (unsigned s = 0; s + 1 < spatials && limit.spatial == LAYER_ANY; s++)
        if (is_tall_enough(slot, height >> (spatials - 1 - s)))
            limit.spatial = (int)s;
    return limit;
}
