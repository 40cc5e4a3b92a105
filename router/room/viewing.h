/* What shared slots show: the publication that the viewer asked for, or the active speaker. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_VIEWING_H
#define HEDDLE_ROUTER_ROOM_VIEWING_H

#include "router/room/room.h"

/* Assigns publications to all slots of a viewer that follow the speakers: those of speakers first, then of others. A
 * slot keeps what it shows as long as that participant speaks, or no other speaker needs the slot. */
void viewing_follow(struct participant *viewer, usec_t now);
/* The same for all viewers, when speakers or publications have changed (room_review()). What only changes a viewer's
 * own slots must not cost the work of a whole room. */
void viewing_assign(struct room *room, usec_t now);
/* Applies requests of participant_receive() that had to wait. */
void viewing_timeout(struct participant *participant, usec_t now);
/* The participant's m-lines have changed: updates the map by which requests find their slots. */
void viewing_index(struct participant *participant);
/* Shows in each slot what the viewer asked for by name, each publication in one of them. */
void viewing_settle(struct participant *viewer, usec_t now);

#endif
