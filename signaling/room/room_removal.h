/* Participants that a host removes from its room, and the end of a room. */
#ifndef HEDDLE_SIGNALING_ROOM_REMOVAL_H
#define HEDDLE_SIGNALING_ROOM_REMOVAL_H

#include "signaling/room/room_types.h"

/* Tells the participant that `by` has removed it, and why ("": no reason was given), ends its reach and frees it. It is
 * not let in again by its access token or its resume token for BANS_TIME, as long as there is the room. */
void room_participant_remove(struct room_participant *participant, const struct room_participant *by,
                             const char *reason, usec_t now);
/* The same to everybody, `by` too, but all may come back: into a new room. This frees the room. */
void room_end(struct room *room, const struct room_participant *by, usec_t now);

/* The room needs this service no more, or has nobody else in it. */
void room_dismiss(struct room_participant *service, usec_t now);

#endif
