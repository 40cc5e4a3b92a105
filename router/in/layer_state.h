/* Whether a layer is there, and since when: what the choice among a publication's layers goes by. */
#ifndef HEDDLE_ROUTER_IN_LAYER_STATE_H
#define HEDDLE_ROUTER_IN_LAYER_STATE_H

#include <stdbool.h>

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

#endif
