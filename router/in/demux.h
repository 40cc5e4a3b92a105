/* Which layer of a participant a packet belongs to: by SSRC, learnt from SDP or from the packet's mid, rid and
 * repaired-rid, or from a payload type that only one m-line has. Private to the core. */
#ifndef HEDDLE_ROUTER_IN_DEMUX_H
#define HEDDLE_ROUTER_IN_DEMUX_H

#include "router/in/layer.h"
#include "router/room/participant.h"

struct route {
    struct layer *layer;
    bool is_rtx;
};

/* False: nobody's. */
bool demux_route(struct participant *participant, const struct packet *packet, struct route *route, usec_t now);
/* Binds the SSRCs that SDP announced for all that it publishes. */
void demux_announced(struct participant *participant);

#endif
