#include "signaling/room_messages.h"

#include "signaling/room_table.h"

bool member_send_text(struct member *member, struct text *text, bool keep)
{
    struct room *room = member->room;
    if (member_is_there(member))
        member->reach.kind->send(member->reach.owner, text);
    else if (keep)
        return keep_add(&member->kept, &room->kept, text);
    return true;
}

void member_send(struct member *member, json_t *message, bool keep)
{
    struct rooms *rooms = member->room->rooms;
    struct text *text = text_of_json(rooms->port.texts, message);
    if (!member_send_text(member, text, keep))
        rooms->counters.kept_refused++;
    text_release(text);
}

void room_send(struct room *room, const struct member *except, json_t *message, bool keep)
{
    struct text *text = text_of_json(room->rooms->port.texts, message);
    for (struct member *member = room->members; member != NULL; member = member->next)
        if (member != except && !member_send_text(member, text, keep))
            room->rooms->counters.kept_refused++;
    text_release(text);
}

void room_owe(const struct room *room)
{
    const struct room_port *port = &room->rooms->port;
    port->owe(port->user, room->member_count);
}
