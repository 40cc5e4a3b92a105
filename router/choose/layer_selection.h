/* Which simulcast layer a slot should show. Pure: a function of what the layers do and what the slot may have. */
#ifndef HEDDLE_ROUTER_CHOOSE_LAYER_SELECTION_H
#define HEDDLE_ROUTER_CHOOSE_LAYER_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "router/base/quality.h"
#include "transport/base/time.h"

/* A layer that is not heard for this long while another one is counts as stopped. */
#define LAYER_SILENCE (600 * USEC_PER_MSEC)
/* An upgrade goes only to a layer that has been active for so long, so that one that flaps does not make pictures jump.
 */
#define LAYER_PROVEN (2 * USEC_PER_SEC)

struct layer_state {
    bool active;         /* media came lately */
    usec_t active_since; /* when it (re)started */
};

struct layer_wish {
    int current; /* what the slot shows, or LAYER_NONE */
    int max;     /* the highest it may have */
};

/* The layer to show next; LAYER_NONE when none is active. Layers are in rising order of quality. */
int layer_select(const struct layer_state *layers, size_t count, const struct layer_wish *wish, usec_t now);

#endif
