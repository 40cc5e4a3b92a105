/* Who speaks in a room, and in which order: told to signaling, and what shared slots go by. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_SPEAKERS_H
#define HEDDLE_ROUTER_ROOM_SPEAKERS_H

#include "router/room/room.h"

/* The room's timer: looks who speaks now. */
void speakers_timeout(struct room *room, usec_t now);
/* The publication is about to go: it speaks no more. */
void speakers_forget(struct room *room, const struct publication *publication);

#endif
