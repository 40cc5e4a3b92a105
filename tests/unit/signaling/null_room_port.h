/* What rooms need around them, and reaches of their participants, all without effect: a test replaces what it listens
 * to. */
#ifndef HEDDLE_TESTS_NULL_ROOM_PORT_H
#define HEDDLE_TESTS_NULL_ROOM_PORT_H

#include "signaling/room/room.h"

/* A reach that takes everything and keeps nothing. */
struct reach_kind null_reach_kind(void);
/* Nothing follows when a reach is let go, or ended. */
void null_reach_end(void *owner);
/* Charges nobody and has no ICE servers. */
struct room_port null_room_port(void);
/* Four rooms of four people in it. */
struct rooms *small_rooms(void);

#endif
