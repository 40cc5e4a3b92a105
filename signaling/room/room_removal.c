#include "signaling/room/room_removal.h"

#include <stdio.h>

#include "signaling/room/room.h"
#include "transport/base/log.h"

void room_participant_remove(struct room_participant *participant, const struct room_participant *by,
                             const char *reason, usec_t now)
{
    struct room *room = participant->room;
    char resume[ROOM_RESUME_SIZE];
    const struct refusal removed = {
        .code = "removed", .text = "a host has removed you from the room", .by = by->name, .reason = reason};
    room_participant_resume_token(participant, resume);
    bans_add(&room->bans, bans_key(resume), now);
    if (participant->token_key != 0)
        bans_add(&room->bans, participant->token_key, now);
    log_info(room->name, "%s was removed by %s", participant->id, by->id);
    room_participant_end(participant, &removed, "removed", now);
}

void room_dismiss(struct room_participant *service, usec_t now)
{
    static const struct refusal ended = {.code = "room-ended", .text = "the room needs this service no more"};
    log_info(service->room->name, "%s is not needed any more", service->id);
    room_participant_end(service, &ended, "ended", now);
}

void room_end(struct room *room, const struct room_participant *by, usec_t now)
{
    char name[sizeof by->name];
    snprintf(name, sizeof name, "%s", by->name);
    const struct refusal ended = {.code = "room-ended", .text = "a host has ended the call", .by = name};
    log_info(room->name, "ended by %s", by->id);
    for (size_t count = room->participant_count; count > 0; count--) /* the last one frees the room */
        room_participant_end(room->participants, &ended, "ended", now);
}
