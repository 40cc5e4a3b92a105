/* When a participant, with all its parts, has something to do next. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_DUE_H
#define HEDDLE_ROUTER_ROOM_DUE_H

#include "router/room/room.h"

/* When its next reports and checks are due; USEC_NEVER while it is idle. */
usec_t due_next_tick(const struct participant *participant);
/* Sets the timer to the next thing to do. */
void due_schedule(struct participant *participant);

#endif
