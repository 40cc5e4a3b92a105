#include "signaling/room/room_chat.h"

#include "signaling/room/room_messages.h"
#include "signaling/room/room_table.h"

static struct text *chat_text(const struct room_participant *participant, const struct room_participant *target,
                              const char *text, usec_t now)
{
    const struct rooms *rooms = participant->room->rooms;
    json_t *message =
        json_pack("{s:s,s:s,s:s,s:s,s:I}", "type", "chat", "from", participant->id, "name", participant->name, "text",
                  text, "at", (json_int_t)((now + rooms->wall_offset) / USEC_PER_MSEC));
    if (target != NULL)
        json_object_set_new(message, "to", json_string(target->id));
    return text_of_json(rooms->port.texts, message);
}

void room_participant_chat(struct room_participant *participant, const char *text, usec_t now)
{
    struct room *room = participant->room;
    struct text *message = chat_text(participant, NULL, text, now);
    for (struct room_participant *other = room->participants; other != NULL; other = other->next)
        if (room_participant_is_busy(other, message->length) || !room_participant_send_text(other, message, true))
            room->rooms->counters.chat_dropped++;
    chat_history_add(&room->chat, &room->rooms->chat_bytes, message);
    text_release(message);
}

bool room_participant_chat_to(struct room_participant *participant, struct room_participant *target, const char *text,
                              struct refusal *refusal, usec_t now)
{
    struct text *message = chat_text(participant, target, text, now);
    bool is_taken = room_participant_take(target, message, refusal);
    if (is_taken)
        room_participant_send_text(participant, message, false);
    text_release(message);
    return is_taken;
}

void room_participant_send_history(struct room_participant *participant)
{
    struct room *room = participant->room;
    struct text *history = chat_history_text(&room->chat, room->rooms->port.texts);
    if (history != NULL)
        room_participant_send_text(participant, history, false);
    text_release(history);
}

static bool may_react(struct room_participant *participant, struct refusal *refusal, usec_t now)
{
    return budget_take(&participant->reactions, &ROOM_REACTIONS, 1, now) || refusal_set_too_often(refusal);
}

bool room_participant_raise_hand(struct room_participant *participant, struct room_participant *by, bool raised,
                                 struct refusal *refusal, usec_t now)
{
    struct room *room = participant->room;
    if (raised == (participant->hand != 0))
        return true;
    if (!may_react(by, refusal, now))
        return false;
    participant->hand = raised ? ++room->last_hand : 0;
    room_send(room, NULL,
              json_pack("{s:s,s:s,s:I}", "type", "participant-hand", "participant", participant->id, "hand",
                        (json_int_t)participant->hand),
              false);
    return true;
}

bool room_participant_react(struct room_participant *participant, const char *reaction, struct refusal *refusal,
                            usec_t now)
{
    if (!may_react(participant, refusal, now))
        return false;
    room_send(participant->room, NULL,
              json_pack("{s:s,s:s,s:s}", "type", "reaction", "from", participant->id, "reaction", reaction), false);
    return true;
}
