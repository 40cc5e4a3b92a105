/* Rooms whose participants encrypt their media for each other (PROTOCOL.md, "End-to-end encryption"). The server has no
 * key and looks at none of it: it only keeps those apart that could not understand each other. */
#ifndef HEDDLE_SIGNALING_ROOM_ENCRYPTION_H
#define HEDDLE_SIGNALING_ROOM_ENCRYPTION_H

#include "signaling/room/room_types.h"

/* Whether a newcomer encrypts as the room does. `room` NULL: it makes the room. */
bool room_encryption_fits(const struct room *room, bool is_encrypted, struct refusal *refusal);
/* Whether the room can have services: a mixer or a recorder would have to decode. */
bool room_encryption_allows_services(bool is_encrypted, struct refusal *refusal);
/* Whether it may have this topology. */
bool room_encryption_allows(bool is_encrypted, enum topology_pin pin, struct refusal *refusal);

#endif
