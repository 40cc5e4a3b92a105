/* Circuit breaker of one subscriber (RFC 8083, RTCP timeout): who gets video and answers with no RTCP at all may be
 * gone, or may never have wanted it, and gets no more until something comes. Pure; embedded in it. */
#ifndef HEDDLE_ROUTER_OUT_BREAKER_H
#define HEDDLE_ROUTER_OUT_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "transport/base/time.h"

struct breaker {
    bool is_open;    /* no video */
    bool is_waiting; /* video was sent since the last answer... */
    usec_t waiting_since, last_sent;
    usec_t longest_wait; /* for an answer that came */
    uint64_t trips;
};

void breaker_reset(struct breaker *breaker); /* closed, and nothing is waited for */
/* A video packet left. */
void breaker_sent(struct breaker *breaker, usec_t now);
/* A receiver report or feedback came. True: video may begin again. */
bool breaker_heard(struct breaker *breaker, usec_t now);
/* Call several times a second. True: the breaker has just opened. */
bool breaker_check(struct breaker *breaker, usec_t now);

#endif
