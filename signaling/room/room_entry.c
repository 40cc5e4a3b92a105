#include "signaling/room/room_entry.h"

#include "signaling/room/room.h"
#include "signaling/room/room_waiting.h"
#include "transport/base/log.h"

void room_lock(struct room *room, bool is_locked)
{
    if (room->is_locked == is_locked)
        return;
    room->is_locked = is_locked;
    room_send(room, NULL, json_pack("{s:s,s:b}", "type", "room-lock", "locked", is_locked), false);
}

void room_set_waiting_room(struct room *room, bool is_enabled, usec_t now)
{
    if (room->has_waiting_room == is_enabled)
        return;
    room->has_waiting_room = is_enabled;
    room_send(room, NULL, json_pack("{s:s,s:b}", "type", "waiting-room", "enabled", is_enabled), false);
    if (is_enabled)
        return;
    static const struct refusal full = {.code = "room-full", .text = "the room is full"};
    room_admit_all(room, now);
    while (room->waiting != NULL) /* the room is full, or its socket is away: it joins anew when it is back */
        room_participant_end(room->waiting, &full, "left", now);
}

void room_admit_all(struct room *room, usec_t now)
{
    struct refusal full;
    for (struct room_participant *participant = room->waiting, *next; participant != NULL; participant = next) {
        next = participant->next;
        if (room_participant_is_active(participant) && !room_participant_admit(participant, now, &full))
            return;
    }
}

void room_deny(struct room_participant *participant, usec_t now)
{
    static const struct refusal denied = {.code = "denied", .text = "a host did not let you in"};
    struct room *room = participant->room;
    if (participant->token_key != 0)
        bans_add(&room->bans, participant->token_key, now);
    log_info(room->name, "%s was not let in", participant->id);
    room_participant_end(participant, &denied, "removed", now);
}
