/* The world of rooms, and ways to their participants that lead nowhere: a test replaces what it listens to. */
#ifndef HEDDLE_TESTS_QUIET_PORT_H
#define HEDDLE_TESTS_QUIET_PORT_H

#include "signaling/room/room.h"

/* A way that takes everything and keeps nothing. */
struct reach_kind quiet_kind(void);
/* Nothing follows when a way is let go, or ended. */
void quiet_end(void *owner);
/* A world that charges nobody and has no ICE servers. */
struct room_port quiet_port(void);
/* Four rooms of four people in it. */
struct rooms *quiet_rooms(void);

#endif
