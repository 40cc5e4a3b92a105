#include "signaling/room/room_messages.h"

#include "signaling/room/room_table.h"

bool room_participant_send_text(struct room_participant *participant, struct text *text, bool keep)
{
    struct room *room = participant->room;
    if (room_participant_is_active(participant))
        participant->reach.kind->send(participant->reach.owner, text);
    else if (keep)
        return kept_messages_add(&participant->kept, &room->kept, text);
    return true;
}

bool room_participant_is_busy(const struct room_participant *participant, size_t bytes)
{
    return room_participant_is_active(participant) &&
           participant->reach.kind->backlog(participant->reach.owner) + bytes > ROOM_BACKLOG_MAX;
}

bool room_participant_take(struct room_participant *participant, struct text *text, struct refusal *refusal)
{
    struct rooms_counters *counters = &participant->room->rooms->counters;
    if (room_participant_is_busy(participant, text->length)) {
        counters->target_busy++;
        return refusal_set(refusal, "target-busy", "the other participant reads too slowly: wait, then try again");
    }
    if (!room_participant_send_text(participant, text, true)) {
        counters->kept_refused++;
        return refusal_set(refusal, "too-much-kept",
                           "the other participant is away, and no more messages are kept for it");
    }
    return true;
}

void room_participant_send(struct room_participant *participant, json_t *message, bool keep)
{
    struct rooms *rooms = participant->room->rooms;
    struct text *text = text_of_json(rooms->port.texts, message);
    if (!room_participant_send_text(participant, text, keep))
        rooms->counters.kept_refused++;
    text_release(text);
}

void room_send(struct room *room, const struct room_participant *except, json_t *message, bool keep)
{
    struct text *text = text_of_json(room->rooms->port.texts, message);
    for (struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next)
        if (participant != except && !room_participant_send_text(participant, text, keep))
            room->rooms->counters.kept_refused++;
    text_release(text);
}

void room_charge_broadcast(const struct room *room)
{
    const struct room_port *port = &room->rooms->port;
    port->charge(port->user, room->participant_count);
}
