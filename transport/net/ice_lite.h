/* The router's ICE backend (RFC 8445 lite, RFC 6544 passive TCP): a session on the port of a worker (ice_port.h). */
#ifndef HEDDLE_NET_ICE_LITE_H
#define HEDDLE_NET_ICE_LITE_H

#include "transport/net/ice_port.h"

/* A session answers checks for `local->ufrag` at once. ERR_DUPLICATE: the ufrag is taken. */
int ice_lite_new(struct ice **out, struct ice_port *port, const struct ice_credentials *local,
                 const struct ice_listener *listener, usec_t now);

#endif
