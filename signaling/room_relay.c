#include "signaling/room_relay.h"

#include "signaling/room_messages.h"
#include "signaling/room_publications.h"
#include "signaling/room_table.h"
#include "transport/base/memory.h"

/* Made when it is the first message of the two; NULL: there are too many. */
static struct member_pair *pair_of(struct member *member, const struct member *target)
{
    for (size_t i = 0; i < member->pair_count; i++)
        if (member->pairs[i].target == target->number)
            return &member->pairs[i];
    if (member->pair_count == ROOM_PAIRS_MAX)
        return NULL;
    member->pairs = mem_resize(member->pairs, member->pair_count + 1, sizeof *member->pairs);
    struct member_pair *pair = &member->pairs[member->pair_count++];
    *pair = (struct member_pair){.target = target->number};
    return pair;
}

static void count_pair(struct member *member, const struct member *target, size_t bytes)
{
    struct member_pair *pair = pair_of(member, target);
    if (pair == NULL)
        return;
    pair->messages++;
    pair->bytes += bytes;
}

usec_t member_asked(struct member *member, const struct member *target, usec_t now)
{
    struct member_pair *pair = pair_of(member, target);
    struct budget *asks = pair != NULL ? &pair->asks : &member->other_asks;
    budget_charge(asks, &ROOM_ASKS, ROOM_ASK_UNITS, now);
    return budget_when(asks, &ROOM_ASKS, ROOM_ASK_UNITS, now);
}

/* Whoever reads too slowly for what others say to it must not lose its socket by their doing. */
static bool is_busy(const struct member *member, size_t bytes)
{
    return member_is_there(member) && member->reach.kind->backlog(member->reach.owner) + bytes > ROOM_BACKLOG_MAX;
}

const char *member_relay(struct member *member, struct member *target, json_t *message, size_t bytes)
{
    struct rooms *rooms = member->room->rooms;
    if (is_busy(target, bytes)) {
        rooms->counters.relay_busy++;
        return "target-busy";
    }
    json_t *copy = json_copy(message); /* shallow */
    json_object_del(copy, "target");
    json_object_set_new(copy, "from", json_string(member->id));
    struct text *text = text_of_json(rooms->port.texts, copy);
    bool is_sent = member_send_text(target, text, true);
    text_release(text);
    if (!is_sent) {
        rooms->counters.kept_refused++;
        return "too-much-kept";
    }
    count_pair(member, target, bytes);
    return NULL;
}

void member_chat(struct member *member, const char *text)
{
    struct room *room = member->room;
    struct text *message = text_of_json(room->rooms->port.texts,
                                        json_pack("{s:s,s:s,s:s}", "type", "chat", "from", member->id, "text", text));
    for (struct member *other = room->members; other != NULL; other = other->next)
        if (is_busy(other, message->length) || !member_send_text(other, message, true))
            room->rooms->counters.chat_dropped++;
    text_release(message);
}
