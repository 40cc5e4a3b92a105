/* A received RTP packet, from bytes to its encoding. Private to the core. */
#ifndef HEDDLE_ROUTER_IN_RTP_IN_H
#define HEDDLE_ROUTER_IN_RTP_IN_H

#include "router/in/demux.h"

/* Parses the packet's header and extensions, finds its encoding, and restores the original from RTX. The route's
 * encoding is NULL if the packet is valid, but there is nothing to forward. Bad input is counted; the error says
 * why. ERR_LIMIT: valid, but over the budget of the route's encoding: hand it to encoding_refuse(). */
int rtp_in_take(struct publisher *publisher, struct packet *packet, struct route *route, usec_t now);

#endif
