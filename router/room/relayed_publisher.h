/* Publishers of other cores in the rooms of this one (router/relay.h). An id is in a room once; when somebody changes
 * from one core to another, what the two say comes in either order, so that for a moment there may be two. Who is
 * connected here goes first, then who came first; a relayed publisher that comes second waits for the place. Private to
 * the core. */
#ifndef HEDDLE_ROUTER_ROOM_RELAYED_PUBLISHER_H
#define HEDDLE_ROUTER_ROOM_RELAYED_PUBLISHER_H

#include "router/room/room.h"

/* A participant leaves, and the room with the last one; one who waited for its place takes it. */
void relayed_succeed(struct participant *participant, usec_t now);
/* A relayed publisher leaves the room, and waits for its place. */
void relayed_make_way(struct participant *relayed, usec_t now);
/* Of all rooms nobody waits any more. */
void relayed_stop_waiting(struct router *router);

#endif
