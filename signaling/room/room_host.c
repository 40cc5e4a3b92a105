#include "signaling/room/room_host.h"

#include "signaling/room/room_messages.h"
#include "signaling/room/room_publications.h"
#include "signaling/room/room_table.h"
#include "signaling/room/room_waiting.h"

static bool can_be_host(const struct room_participant *participant)
{
    return room_participant_is_active(participant) && participant->kind == ROOM_PARTICIPANT_PERSON;
}

struct room_participant *room_choose_host(struct room *room, struct room_participant *preferred)
{
    bool is_person = preferred != NULL && preferred->kind == ROOM_PARTICIPANT_PERSON;
    struct room_participant *heir = is_person ? preferred : NULL;
    if (!room->rooms->config.chooses_host)
        return NULL;
    for (struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        if (participant->is_host)
            return NULL;
        if (heir == NULL && can_be_host(participant))
            heir = participant;
    }
    if (heir != NULL)
        heir->is_host = true;
    return heir;
}

struct room_participant *room_host_returns(struct room_participant *participant)
{
    struct room_participant *heir = participant->room->participants;
    while (heir != NULL && !heir->is_heir)
        heir = heir->next;
    if (heir == NULL) { /* with tokens nobody gets a role by another one's leaving: it is still its own */
        participant->is_host = participant->is_host || !participant->room->rooms->config.chooses_host;
        return NULL;
    }
    heir->is_host = heir->is_heir = false;
    participant->is_host = true;
    return heir;
}

void room_participant_tell_role(const struct room_participant *participant)
{
    room_send(participant->room, NULL,
              json_pack("{s:s,s:s,s:b}", "type", "participant-role", "participant", participant->id, "host",
                        participant->is_host),
              false);
    if (participant->is_host)
        room_waiting_host_came(participant->room);
}

bool room_host_may(struct room_participant *host, usec_t now, struct refusal *refusal)
{
    if (!host->is_host)
        return refusal_set(refusal, "not-allowed", "only a host of the room may do that");
    return budget_take(&host->acts, &ROOM_ACTS, 1, now) || refusal_set_too_often(refusal);
}

void room_host_mute(const struct room_participant *host, struct room_participant *target, int source, usec_t now)
{
    unsigned bit = 1u << source;
    if ((target->published & ~target->muted & bit) == 0)
        return;
    target->host_muted |= bit;
    target->muted_by[source] = host->number;
    room_participant_mute(target, source, true, now);
    room_participant_send(
        target, json_pack("{s:s,s:s,s:s}", "type", "muted", "source", message_source_name(source), "by", host->id),
        false);
}

void room_host_ask_unmute(const struct room_participant *host, struct room_participant *target, int source)
{
    room_participant_send(
        target,
        json_pack("{s:s,s:s,s:s}", "type", "unmute-request", "source", message_source_name(source), "by", host->id),
        false);
}

void room_host_transfer(struct room_participant *host, struct room_participant *target)
{
    target->is_host = true;
    host->is_host = host->is_heir = false;
    room_participant_tell_role(target);
    room_participant_tell_role(host);
}
