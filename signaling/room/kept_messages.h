/* What is kept for a participant whose signaling is away, until it comes back. Bounded three times: for the
 * participant, for its room and for the whole server; a text that many wait for counts once in its room, plus a place
 * in each list. Pure. */
#ifndef HEDDLE_SIGNALING_KEPT_MESSAGES_H
#define HEDDLE_SIGNALING_KEPT_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "signaling/room/text.h"

#define KEPT_PARTICIPANT_MAX ((size_t)256 * 1024)
#define KEPT_ROOM_MAX ((size_t)2 * 1024 * 1024)
#define KEPT_SERVER_MAX ((size_t)64 * 1024 * 1024)

/* Bytes kept in one room (`above`: its server's) or in the server (`above` NULL). */
struct kept_account {
    struct kept_account *above;
    size_t bytes, max;
};

/* One participant's; zeroed: empty. */
struct kept_messages {
    struct text **texts; /* in the order in which they came */
    size_t count, capacity, bytes;
};

/* Holds `text` from now on. False: a bound is reached, and nothing has changed. A text is kept within one room only. */
bool kept_messages_add(struct kept_messages *kept, struct kept_account *room, struct text *text);
/* Lets go of everything. */
void kept_messages_drop(struct kept_messages *kept, struct kept_account *room);

#endif
