/* Quality of video: the encoding, by its rank (0: the smallest), and in it the highest spatial (SVC) and temporal
 * layer. */
#ifndef HEDDLE_ROUTER_BASE_QUALITY_H
#define HEDDLE_ROUTER_BASE_QUALITY_H

#include <stdbool.h>

#define ENCODING_NONE (-1)
#define LAYER_ANY 7 /* the highest there is */
#define SPATIALS_MAX 4
#define TEMPORALS_MAX 4

struct quality {
    int encoding, spatial, temporal;
};

static inline bool quality_equal(struct quality a, struct quality b)
{
    return a.encoding == b.encoding && a.spatial == b.spatial && a.temporal == b.temporal;
}

static inline bool quality_is_within(struct quality quality, struct quality limit)
{
    if (quality.encoding != limit.encoding)
        return quality.encoding < limit.encoding;
    return quality.spatial != limit.spatial ? quality.spatial < limit.spatial : quality.temporal <= limit.temporal;
}

#endif
