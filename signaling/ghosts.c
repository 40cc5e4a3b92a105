#include "signaling/ghosts.h"

struct member *ghosts_oldest(const struct room *room)
{
    struct member *oldest = NULL;
    for (struct member *member = room->members; member != NULL; member = member->next)
        if (!member_is_there(member) && (oldest == NULL || member->away_since < oldest->away_since))
            oldest = member;
    return oldest;
}

/* When the last one left; USEC_NEVER: somebody is there. */
static usec_t deserted_since(const struct room *room)
{
    usec_t since = 0;
    for (const struct member *member = room->members; member != NULL; member = member->next) {
        if (member_is_there(member))
            return USEC_NEVER;
        since = usec_max(since, member->away_since);
    }
    return since;
}

struct room *ghosts_oldest_room(const struct rooms *rooms)
{
    struct room *oldest = NULL;
    usec_t oldest_since = USEC_NEVER;
    for (struct room *room = rooms_next(rooms, NULL); room != NULL; room = rooms_next(rooms, room)) {
        usec_t since = deserted_since(room);
        if (since < oldest_since) {
            oldest = room;
            oldest_since = since;
        }
    }
    return oldest;
}
