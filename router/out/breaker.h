/* Circuit breaker of one subscriber (RFC 8083, RTCP timeout): a receiver that sends no RTCP for video may be gone, or
 * may never have requested it, and is sent no more until RTCP comes. Pure; embedded in the subscriber. */
#ifndef HEDDLE_ROUTER_OUT_BREAKER_H
#define HEDDLE_ROUTER_OUT_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/time.h"

struct breaker {
    bool is_open;    /* no video */
    bool is_waiting; /* video was sent since the last RTCP */
    usec_t waiting_since, last_sent;
    usec_t longest_wait; /* from sending until RTCP came */
    uint64_t trips;
};

void breaker_reset(struct breaker *breaker); /* closed, and not waiting */
/* A video packet was sent. */
void breaker_sent(struct breaker *breaker, usec_t now);
/* A receiver report or feedback came. True: it was open, video may be sent again. */
bool breaker_heard(struct breaker *breaker, usec_t now);
/* Call several times a second. True: the breaker has just opened. */
bool breaker_check(struct breaker *breaker, usec_t now);

#endif
