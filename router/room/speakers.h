/* The active speakers of a room and their order: told to signaling, and used for shared slots. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_SPEAKERS_H
#define HEDDLE_ROUTER_ROOM_SPEAKERS_H

#include "router/room/room.h"

/* For the room's timer: updates the speakers. */
void speakers_timeout(struct room *room, usec_t now);
/* The publication is about to be freed: it is no speaker any more. */
void speakers_forget(struct room *room, const struct publication *publication);

#endif
