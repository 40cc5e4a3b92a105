/* How a participant is made and freed, and its timer. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_PARTICIPANT_H
#define HEDDLE_ROUTER_ROOM_PARTICIPANT_H

#include "router/room/room.h"

struct participant *participant_new(struct room *room, const char *id, uint64_t connection, usec_t now);
void participant_free(struct participant *participant, usec_t now);
void participant_timeout(struct participant *participant, usec_t now);

#endif
