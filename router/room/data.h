/* Delivers a message of a participant, which may be a relayed one. Private to the core; router.h has what is called
 * from outside. */
#ifndef HEDDLE_ROUTER_ROOM_DATA_H
#define HEDDLE_ROUTER_ROOM_DATA_H

#include "router/room/room.h"
#include "transport/wire/envelope.h"

/* To those that are connected to this core. Returns how many got it. */
size_t data_deliver(const struct participant *from, const struct envelope *envelope);

#endif
