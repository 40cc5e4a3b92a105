/* Publishers of other cores in the rooms of this one (router/relay.h). An id is in a room once. But when a
 * participant's connection moves from one core to another, the messages of both come in any order, so that for a moment
 * there may be two. A participant that is connected here has priority, then the one that came first; a relayed
 * publisher that comes second waits until the id is free. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_RELAYED_PUBLISHER_H
#define HEDDLE_ROUTER_ROOM_RELAYED_PUBLISHER_H

#include "router/room/room.h"

/* Frees a participant, and the room with its last one. A relayed publisher that waited for the id takes it. */
void relayed_succeed(struct participant *participant, usec_t now);
/* Takes a relayed publisher out of the room, and lets it wait for its id. */
void relayed_make_way(struct participant *relayed, usec_t now);
/* Drops all that wait, of all rooms. */
void relayed_stop_waiting(struct router *router);

#endif
