/* A participant whose socket broke keeps its place for a while. When there is no place for somebody new, the one that
 * has been away longest gives up its own. Pure. */
#ifndef HEDDLE_SIGNALING_LONGEST_AWAY_H
#define HEDDLE_SIGNALING_LONGEST_AWAY_H

#include "signaling/room/room_table.h"

/* The one that has been away longest, of all or of those who came from `*address`; NULL: they are all there. */
struct room_participant *longest_away(const struct room *room, const uint64_t *address);
/* Among the rooms where everybody is away (all, or those that `*address` made): the one where that has been so for
 * longest. NULL: there is no such room. */
struct room *longest_away_room(const struct rooms *rooms, const uint64_t *address);

#endif
