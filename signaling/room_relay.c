#include "signaling/room_relay.h"

#include "signaling/room_messages.h"
#include "signaling/room_publications.h"
#include "signaling/room_table.h"
#include "transport/base/memory.h"

/* Made with the first message from one to the other; NULL: there are too many. */
static struct room_participant_pair *pair_of(struct room_participant *participant,
                                             const struct room_participant *target)
{
    for (size_t i = 0; i < participant->pair_count; i++)
        if (participant->pairs[i].target == target->number)
            return &participant->pairs[i];
    if (participant->pair_count == ROOM_PAIRS_MAX)
        return NULL;
    participant->pairs = mem_resize(participant->pairs, participant->pair_count + 1, sizeof *participant->pairs);
    struct room_participant_pair *pair = &participant->pairs[participant->pair_count++];
    *pair = (struct room_participant_pair){.target = target->number};
    return pair;
}

static void count_pair(struct room_participant *participant, const struct room_participant *target, size_t bytes)
{
    struct room_participant_pair *pair = pair_of(participant, target);
    if (pair == NULL)
        return;
    pair->messages++;
    pair->bytes += bytes;
}

usec_t room_participant_charge_offer(struct room_participant *participant, const struct room_participant *target,
                                     usec_t now)
{
    struct room_participant_pair *pair = pair_of(participant, target);
    struct budget *offers = pair != NULL ? &pair->offers : &participant->other_offers;
    budget_charge(offers, &ROOM_OFFERS, ROOM_OFFER_UNITS, now);
    return budget_when(offers, &ROOM_OFFERS, ROOM_OFFER_UNITS, now);
}

/* Whether the participant reads too slowly. Messages of others must not fill its queue, for which it would lose its
 * socket. */
static bool is_busy(const struct room_participant *participant, size_t bytes)
{
    return room_participant_is_there(participant) &&
           participant->reach.kind->backlog(participant->reach.owner) + bytes > ROOM_BACKLOG_MAX;
}

const char *room_participant_relay(struct room_participant *participant, struct room_participant *target,
                                   json_t *message, size_t bytes)
{
    struct rooms *rooms = participant->room->rooms;
    if (is_busy(target, bytes)) {
        rooms->counters.relay_busy++;
        return "target-busy";
    }
    json_t *copy = json_copy(message); /* shallow */
    json_object_del(copy, "target");
    json_object_set_new(copy, "from", json_string(participant->id));
    struct text *text = text_of_json(rooms->port.texts, copy);
    bool is_sent = room_participant_send_text(target, text, true);
    text_release(text);
    if (!is_sent) {
        rooms->counters.kept_refused++;
        return "too-much-kept";
    }
    count_pair(participant, target, bytes);
    return NULL;
}

void room_participant_chat(struct room_participant *participant, const char *text)
{
    struct room *room = participant->room;
    struct text *message = text_of_json(
        room->rooms->port.texts, json_pack("{s:s,s:s,s:s}", "type", "chat", "from", participant->id, "text", text));
    for (struct room_participant *other = room->participants; other != NULL; other = other->next)
        if (is_busy(other, message->length) || !room_participant_send_text(other, message, true))
            room->rooms->counters.chat_dropped++;
    text_release(message);
}
