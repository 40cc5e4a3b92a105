#include "router/choose/size_limit.h"

#include "router/in/publication.h"

#define TOLERANCE_PERCENT 120 /* video may be scaled up so much */
#define TOP_HEIGHT 720u       /* assumed of the highest encoding until a keyframe tells */

static unsigned height_of(const struct encoding *encoding)
{
    unsigned above = (unsigned)encoding->publication->encoding_count - 1 - encoding->rank;
    return encoding->height != 0 ? encoding->height : TOP_HEIGHT >> above;
}

static bool is_tall_enough(const struct slot *slot, unsigned height)
{
    return slot->height != 0 && height * TOLERANCE_PERCENT >= slot->height * 100u;
}

/* Each spatial layer has half the width and height of the next. */
struct quality size_limit_of(const struct slot *slot)
{
    struct publication *publication = slot->publication;
    int top = (int)publication->encoding_count - 1;
    struct quality limit = {0, LAYER_ANY, LAYER_ANY};
    while (limit.encoding < top && !is_tall_enough(slot, height_of(publication_ranked(publication, limit.encoding))))
        limit.encoding++;
    const struct encoding *encoding = publication_ranked(publication, limit.encoding);
    unsigned spatials = encoding->rates.spatials, height = height_of(encoding);
    for (unsigned s = 0; s + 1 < spatials && limit.spatial == LAYER_ANY; s++)
        if (is_tall_enough(slot, height >> (spatials - 1 - s)))
            limit.spatial = (int)s;
    return limit;
}
