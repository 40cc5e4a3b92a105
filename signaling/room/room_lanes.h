/* A mixer's lanes: whose voice its "mix-1" to "mix-4" lack. */
#ifndef HEDDLE_SIGNALING_ROOM_LANES_H
#define HEDDLE_SIGNALING_ROOM_LANES_H

#include "signaling/room/room_types.h"

/* From now on it is so: a list of {"source","participant"}, as in the message `mix-lanes`. Lanes that are not named,
 * and those of who is not in the room, lack nobody's voice. */
void room_set_lanes(struct room *room, const json_t *lanes);

#endif
