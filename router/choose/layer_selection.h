/* Which simulcast layer a slot should show. Pure: a function of what the layers do and what the slot may have. */
#ifndef HEDDLE_ROUTER_CHOOSE_LAYER_SELECTION_H
#define HEDDLE_ROUTER_CHOOSE_LAYER_SELECTION_H

#include <stddef.h>

#include "router/base/quality.h"
#include "router/in/layer_state.h"

struct layer_wish {
    int current; /* what the slot shows, or LAYER_NONE */
    int max;     /* the highest it may have */
};

/* The layer to show next; LAYER_NONE when none is active. Layers are in rising order of quality. */
int layer_select(const struct layer_state *layers, size_t count, const struct layer_wish *wish, usec_t now);

#endif
