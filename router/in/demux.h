/* Which encoding of a publisher a packet belongs to: by SSRC, learnt from SDP or from the packet's mid, rid and
 * repaired-rid, or from a payload type that only one m-line has. Private to the core. */
#ifndef HEDDLE_ROUTER_IN_DEMUX_H
#define HEDDLE_ROUTER_IN_DEMUX_H

#include "router/in/publisher.h"

struct route {
    struct encoding *encoding;
    bool is_rtx;
};

/* False: it belongs to no encoding. */
bool demux_route(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now);
/* Whether the mid of the packet (header extensions are parsed) says that its SSRC belongs to another m-line now (RFC
 * 8843 section 9.2). demux_move() binds it there. False: it cannot be bound there (yet). */
bool demux_has_moved(const struct publisher *publisher, const struct packet *packet, const struct route *route);
bool demux_move(struct publisher *publisher, const struct packet *packet, struct route *route, usec_t now);
/* Binds the SSRCs that SDP announced for all that it publishes. */
void demux_announced(struct publisher *publisher);

#endif
