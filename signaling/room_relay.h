/* What members say to each other. */
#ifndef HEDDLE_SIGNALING_ROOM_RELAY_H
#define HEDDLE_SIGNALING_ROOM_RELAY_H

#include "signaling/room_types.h"

/* Passes `message` on with `from` instead of `target`, and counts its `bytes` for the pair. NULL, or an error code: the
 * other one does not take what waits for it already, and it is the sender who is told. */
const char *member_relay(struct member *member, struct member *target, json_t *message, size_t bytes);
/* An offer or a request for a new connection was relayed. When the next one may be, to the same member: until then
 * whoever sends them is to be held back. */
usec_t member_asked(struct member *member, const struct member *target, usec_t now);
void member_chat(struct member *member, const char *text);

#endif
