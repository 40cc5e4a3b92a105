#include "signaling/room/room_removal.h"

#include <stdio.h>

#include "signaling/room/room.h"
#include "transport/base/log.h"

static json_t *farewell(const char *code, const char *text, const char *by)
{
    json_t *words = room_farewell(code, text);
    json_object_set_new(words, "by", json_string(by));
    return words;
}

void room_participant_remove(struct room_participant *participant, const struct room_participant *by,
                             const char *reason, usec_t now)
{
    struct room *room = participant->room;
    char resume[ROOM_RESUME_SIZE];
    json_t *words = farewell("removed", "a host has removed you from the room", by->name);
    if (reason[0] != '\0')
        json_object_set_new(words, "reason", json_string(reason));
    room_participant_resume_token(participant, resume);
    bans_add(&room->bans, bans_key(resume), now);
    if (participant->token_key != 0)
        bans_add(&room->bans, participant->token_key, now);
    log_info(room->name, "%s was removed by %s", participant->id, by->id);
    room_participant_send_out(participant, words, "removed", now);
}

void room_dismiss(struct room_participant *service, usec_t now)
{
    log_info(service->room->name, "%s is not needed any more", service->id);
    room_participant_send_out(service, room_farewell("room-ended", "the room needs no mixer any more"), "ended", now);
}

void room_end(struct room *room, const struct room_participant *by, usec_t now)
{
    char name[sizeof by->name];
    snprintf(name, sizeof name, "%s", by->name);
    log_info(room->name, "ended by %s", by->id);
    for (size_t count = room->participant_count; count > 0; count--) /* the last one frees the room */
        room_participant_send_out(room->participants, farewell("room-ended", "a host has ended the call", name),
                                  "ended", now);
}
