/* Ghosts: participants whose socket broke and whose place is kept. When there is no place for somebody new, the oldest
 * of them goes first. Pure. */
#ifndef HEDDLE_SIGNALING_GHOSTS_H
#define HEDDLE_SIGNALING_GHOSTS_H

#include "signaling/room_table.h"

/* The one that has been away longest; NULL: everybody is there. */
struct room_participant *ghosts_oldest(const struct room *room);
/* Among the rooms where everybody is away (all, or those that `*address` made): the one where that has been so for
 * longest. NULL: there is no such room. */
struct room *ghosts_oldest_room(const struct rooms *rooms, const uint64_t *address);

#endif
