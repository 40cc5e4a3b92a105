#include "signaling/room/room_delivery.h"

#include "signaling/room/room_messages.h"
#include "signaling/room/room_publications.h"
#include "signaling/room/room_table.h"
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
    if (room_participant_is_active(target))
        target->reach.kind->allow(target->reach.owner, ROOM_OFFER_ANSWERS);
    struct room_participant_pair *pair = pair_of(participant, target);
    struct budget *offers = pair != NULL ? &pair->offers : &participant->other_offers;
    budget_charge(offers, &ROOM_OFFERS, ROOM_OFFER_UNITS, now);
    return budget_when(offers, &ROOM_OFFERS, ROOM_OFFER_UNITS, now);
}

bool room_participant_deliver(struct room_participant *participant, struct room_participant *target, json_t *message,
                              size_t bytes, struct refusal *refusal)
{
    json_t *copy = json_copy(message); /* shallow */
    json_object_del(copy, "target");
    json_object_set_new(copy, "from", json_string(participant->id));
    struct text *text = text_of_json(participant->room->rooms->port.texts, copy);
    bool is_taken = room_participant_take(target, text, refusal);
    text_release(text);
    if (is_taken)
        count_pair(participant, target, bytes);
    return is_taken;
}
