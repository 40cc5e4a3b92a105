/* Publications come, change and go, and everybody in the room who waits for them or shows them is told. Private to the
 * core. */
#ifndef HEDDLE_ROUTER_ROOM_PUBLISHING_H
#define HEDDLE_ROUTER_ROOM_PUBLISHING_H

#include "router/room/room.h"

/* The slots that wait for it take it. */
struct publication *publishing_start(struct participant *participant, const char *source, const struct media *media,
                                     usec_t now);
void publishing_stop(struct participant *participant, struct publication *publication, usec_t now);
/* The outcome of another negotiation. */
void publishing_set_media(struct publication *publication, const struct media *media, usec_t now);
/* A muted publication is not forwarded; unmuting asks for a keyframe. */
void publishing_set_muted(struct participant *participant, struct publication *publication, bool muted, usec_t now);

#endif
