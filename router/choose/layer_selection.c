#include "router/choose/layer_selection.h"

static bool is_proven(const struct layer_state *layer, usec_t now)
{
    return layer->active && now - layer->active_since >= LAYER_PROVEN;
}

int layer_select(const struct layer_state *layers, size_t count, const struct layer_wish *wish, usec_t now)
{
    int current = wish->current;
    int lowest = LAYER_NONE, best = LAYER_NONE;
    bool keeps = current >= 0 && (size_t)current < count && current <= wish->max && layers[current].active;
    for (int i = 0; (size_t)i < count; i++) {
        if (!layers[i].active)
            continue;
        if (lowest == LAYER_NONE)
            lowest = i;
        if (i > wish->max)
            continue;
        if (!keeps || i <= current || is_proven(&layers[i], now))
            best = i;
    }
    /* Better the lowest there is than nothing. */
    return best != LAYER_NONE ? best : lowest;
}
