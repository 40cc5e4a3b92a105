#include "signaling/room/room_waiting.h"

#include <string.h>

#include "signaling/room/room_json.h"
#include "signaling/room/room_messages.h"
#include "signaling/room/room_table.h"

struct room_participant *room_waiting_find(const struct room *room, const char *id)
{
    struct room_participant *participant = room->waiting;
    while (participant != NULL && strcmp(participant->id, id) != 0)
        participant = participant->next;
    return participant;
}

size_t room_waiting_count(const struct room *room)
{
    size_t count = 0;
    for (const struct room_participant *participant = room->waiting; participant != NULL;
         participant = participant->next)
        count++;
    return count;
}

void room_waiting_add(struct room_participant *participant)
{
    struct room_participant **end = &participant->room->waiting;
    while (*end != NULL)
        end = &(*end)->next;
    *end = participant;
    participant->is_waiting = true;
    participant->room->has_waiting_news = true;
}

void room_waiting_remove(struct room_participant *participant)
{
    struct room_participant **at = &participant->room->waiting;
    while (*at != participant)
        at = &(*at)->next;
    *at = participant->next;
    participant->next = NULL;
    participant->is_waiting = false;
    participant->room->has_waiting_news = true;
}

void room_waiting_host_came(struct room *room)
{
    room->has_waiting_news = room->has_waiting_news || room->waiting != NULL;
}

void room_waiting_tell_participant(struct room_participant *participant)
{
    char resume[ROOM_RESUME_SIZE];
    room_participant_resume_token(participant, resume);
    room_participant_send(participant,
                          json_pack("{s:s,s:s,s:s,s:s}", "type", "waiting", "participant", participant->id, "room",
                                    participant->room->name, "resume", resume),
                          false);
}

bool room_waiting_tell_hosts(struct room *room, usec_t now)
{
    if (!room->has_waiting_news)
        return true;
    if (!budget_take(&room->waiting_news, &ROOM_NEWS, 1, now))
        return false;
    room->has_waiting_news = false;
    for (struct room_participant *host = room->participants; host != NULL; host = host->next)
        if (host->is_host)
            room_participant_send(
                host, json_pack("{s:s,s:o}", "type", "waiting-list", "waiting", room_waiting_json(room)), false);
    return true;
}
