#include "signaling/room/longest_away.h"

struct room_participant *longest_away(const struct room *room, const uint64_t *address)
{
    struct room_participant *oldest = NULL;
    for (struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        bool may_go = room_participant_is_shown(participant) && !room_participant_is_active(participant) &&
                      (address == NULL || participant->address == *address);
        if (may_go && (oldest == NULL || participant->away_since < oldest->away_since))
            oldest = participant;
    }
    return oldest;
}

/* Since when all participants of the room are away; USEC_NEVER: one is there. */
static usec_t deserted_since(const struct room *room)
{
    usec_t since = 0;
    for (const struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        if (!room_participant_is_shown(participant))
            continue;
        if (room_participant_is_active(participant))
            return USEC_NEVER;
        since = usec_max(since, participant->away_since);
    }
    return since;
}

struct room *longest_away_room(const struct rooms *rooms, const uint64_t *address)
{
    struct room *oldest = NULL;
    usec_t oldest_since = USEC_NEVER;
    for (struct room *room = rooms_next(rooms, NULL); room != NULL; room = rooms_next(rooms, room)) {
        usec_t since = address == NULL || room->address == *address ? deserted_since(room) : USEC_NEVER;
        if (since < oldest_since) {
            oldest = room;
            oldest_since = since;
        }
    }
    return oldest;
}
