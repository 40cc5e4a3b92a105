/* Whether an encoding is received, and since when: input of the choice among a publication's encodings. */
#ifndef HEDDLE_ROUTER_IN_ENCODING_STATE_H
#define HEDDLE_ROUTER_IN_ENCODING_STATE_H

#include <stdbool.h>

#include "transport/base/time.h"

/* An encoding from which nothing comes for this long, while another one is received, counts as stopped. */
#define ENCODING_SILENCE (600 * USEC_PER_MSEC)
/* A slot is switched to a higher encoding only if that has been received for so long, so that an encoding that stops
 * and starts does not make video change size again and again. */
#define ENCODING_PROVEN (2 * USEC_PER_SEC)

struct encoding_state {
    bool is_received;      /* media was received lately */
    usec_t received_since; /* when it (re)started */
};

#endif
