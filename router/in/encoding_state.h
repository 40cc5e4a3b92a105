/* Whether an encoding is there, and since when: what the choice among a publication's encodings goes by. */
#ifndef HEDDLE_ROUTER_IN_ENCODING_STATE_H
#define HEDDLE_ROUTER_IN_ENCODING_STATE_H

#include <stdbool.h>

#include "transport/base/time.h"

/* An encoding that is not heard for this long while another one is counts as stopped. */
#define ENCODING_SILENCE (600 * USEC_PER_MSEC)
/* An upgrade goes only to an encoding that has been active for so long, so that one that flaps does not make pictures
 * jump. */
#define ENCODING_PROVEN (2 * USEC_PER_SEC)

struct encoding_state {
    bool active;         /* media came lately */
    usec_t active_since; /* when it (re)started */
};

#endif
