/* Which newcomers may enter a room, as its hosts have set it: none, or those that a host admits from the waiting room.
 * Hosts by their access token enter at once, and a participant that was in the room comes back all the same. */
#ifndef HEDDLE_SIGNALING_ROOM_ENTRY_H
#define HEDDLE_SIGNALING_ROOM_ENTRY_H

#include "signaling/room/room_types.h"

/* Whether only hosts may enter anew. */
void room_lock(struct room *room, bool is_locked);
/* From now on newcomers wait, or no more: those that are waiting then come in, as far as there is room. */
void room_set_waiting_room(struct room *room, bool is_enabled, usec_t now);
/* Lets in everybody who is waiting and there, as far as there is room. */
void room_admit_all(struct room *room, usec_t now);
/* Denies a participant that waits, and frees it. It is not let in again by its access token for BANS_TIME. */
void room_deny(struct room_participant *participant, usec_t now);

#endif
