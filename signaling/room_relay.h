/* What participants say to each other. */
#ifndef HEDDLE_SIGNALING_ROOM_RELAY_H
#define HEDDLE_SIGNALING_ROOM_RELAY_H

#include "signaling/room_types.h"

/* Passes `message` on with `from` instead of `target`, and counts its `bytes` for the pair. NULL, or an error code: the
 * other one does not take what waits for it already, and it is the sender who is told. */
const char *room_participant_relay(struct room_participant *participant, struct room_participant *target,
                                   json_t *message, size_t bytes);
/* An offer or a request for a new connection was relayed. When the next one may be, to the same participant: until then
 * whoever sends them is to be held back. */
usec_t room_participant_asked(struct room_participant *participant, const struct room_participant *target, usec_t now);
void room_participant_chat(struct room_participant *participant, const char *text);

#endif
