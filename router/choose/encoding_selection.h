/* Which encoding a slot should show. Pure: it depends on which encodings are received, and on the slot's limits. */
#ifndef HEDDLE_ROUTER_CHOOSE_ENCODING_SELECTION_H
#define HEDDLE_ROUTER_CHOOSE_ENCODING_SELECTION_H

#include <stddef.h>

#include "router/base/quality.h"
#include "router/in/encoding_state.h"

struct encoding_limits {
    int current; /* what the slot shows, or ENCODING_NONE */
    int max;     /* the highest it may have */
};

/* The encoding to show next; ENCODING_NONE when none is received. Encodings are in rising order of quality. */
int encoding_select(const struct encoding_state *encodings, size_t count, const struct encoding_limits *limits,
                    usec_t now);

#endif
