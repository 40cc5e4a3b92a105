/* Adds, changes and removes publications, with effect on all slots of the room that wait for them or show them. Private
 * to the core. */
#ifndef HEDDLE_ROUTER_ROOM_PUBLISHING_H
#define HEDDLE_ROUTER_ROOM_PUBLISHING_H

#include "router/room/room.h"

/* Slots that wait for it show it from now on. */
struct publication *publishing_start(struct participant *participant, const char *source, const struct media *media,
                                     usec_t now);
void publishing_stop(struct participant *participant, struct publication *publication, usec_t now);
/* Applies the result of another negotiation. */
void publishing_set_media(struct publication *publication, const struct media *media, usec_t now);
/* A muted publication is not forwarded; unmuting asks for a keyframe. */
void publishing_set_muted(struct participant *participant, struct publication *publication, bool muted, usec_t now);

#endif
