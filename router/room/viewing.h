/* What shared slots show: the publication that the viewer asked for, or whoever speaks. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_VIEWING_H
#define HEDDLE_ROUTER_ROOM_VIEWING_H

#include "router/room/room.h"

/* Gives every slot that follows the speakers something to show: speakers first, then whoever is there. A slot keeps
 * what it shows while that speaks or nobody needs its place. */
void viewing_assign(struct room *room, usec_t now);
/* Requests of participant_receive() that had to wait. */
void viewing_timeout(struct participant *participant, usec_t now);
/* The participant's m-lines are others: requests find their slots by it. */
void viewing_index(struct participant *participant);
/* Shows in each slot what the viewer asked for by name, each publication in one of them. */
void viewing_settle(struct participant *viewer, usec_t now);

#endif
