/* Which encoding of a publisher a packet belongs to: by SSRC, learnt from SDP or from the packet's mid, rid and
 * repaired-rid, or from a payload type that only one m-line has. Private to the core. */
#ifndef HEDDLE_ROUTER_IN_DEMUX_H
#define HEDDLE_ROUTER_IN_DEMUX_H

#include "router/in/publisher.h"

struct route {
    struct encoding *encoding;
    bool is_rtx;
};

/* False: nobody's. */
bool demux_route(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now);
/* Whether the packet, its header extensions parsed, says by its mid that its SSRC is another m-line's now (RFC 8843
 * section 9.2); and takes it there. False: it has no place there (yet). */
bool demux_has_moved(const struct publisher *publisher, const struct packet *packet, const struct route *route);
bool demux_move(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now);
/* Binds the SSRCs that SDP announced for all that it publishes. */
void demux_announced(struct publisher *publisher);

#endif
