/* Who comes into a room, as its hosts want it: nobody new, or those whom a host lets in from the waiting room. Hosts by
 * their access token come in at once, and who was in the room comes back all the same. */
#ifndef HEDDLE_SIGNALING_ROOM_DOOR_H
#define HEDDLE_SIGNALING_ROOM_DOOR_H

#include "signaling/room/room_types.h"

/* Whether only hosts come in anew. */
void room_lock(struct room *room, bool is_locked);
/* From now on newcomers wait, or no more: those that are waiting then come in, as far as there is room. */
void room_set_waiting_room(struct room *room, bool is_enabled, usec_t now);
/* Lets in everybody who is waiting and there, as far as there is room. */
void room_admit_all(struct room *room, usec_t now);
/* Sends away who waits, and frees it. It is not let in again by its access token for BANS_TIME. */
void room_deny(struct room_participant *participant, usec_t now);

#endif
