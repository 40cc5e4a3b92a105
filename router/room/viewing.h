/* What shared slots show: the publication that the viewer asked for, or whoever speaks. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_VIEWING_H
#define HEDDLE_ROUTER_ROOM_VIEWING_H

#include "router/room/room.h"

struct participant;
struct slot;

/* Gives every slot that follows the speakers something to show: speakers first, then whoever is there. A slot keeps
 * what it shows while that speaks or nobody needs its place. */
void viewing_assign(struct room *room, usec_t now);
/* Requests of participant_receive() that had to wait. */
void viewing_timeout(struct participant *participant, usec_t now);
/* The participant's m-lines are others: requests find their slots by it. */
void viewing_index(struct participant *participant);
/* Looks up what the slot wants by name, and shows it. */
void viewing_lookup(struct slot *slot, usec_t now);

#endif
