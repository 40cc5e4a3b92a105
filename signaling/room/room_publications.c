#include "signaling/room/room_publications.h"

#include "signaling/room/room_json.h"
#include "signaling/room/room_messages.h"
#include "signaling/room/room_topology.h"
#include "transport/base/memory.h"

bool room_participant_uses_router(const struct room_participant *participant)
{
    return participant->room->topology.topology != TOPOLOGY_MESH;
}

struct room_participant_sends *room_participant_find_sends(struct room_participant *participant, uint32_t target)
{
    for (size_t i = 0; i < participant->sends_count; i++)
        if (participant->sends[i].target == target)
            return &participant->sends[i];
    return NULL;
}

static bool is_current(const struct room_participant *participant, const struct room_participant_sends *sends)
{
    return (sends->target == 0) == room_participant_uses_router(participant);
}

/* A participant publishes what it sends to anybody: an answer may carry less than an offer. Connections of the room's
 * former topology are about to close, and count only until something is sent on one of the present topology. */
static unsigned sources_sent(const struct room_participant *participant)
{
    unsigned current = 0, others = 0;
    for (size_t i = 0; i < participant->sends_count; i++) {
        if (is_current(participant, &participant->sends[i]))
            current |= participant->sends[i].sources;
        else
            others |= participant->sends[i].sources;
    }
    return current != 0 ? current : others;
}

static bool has_news(const struct room_participant *participant)
{
    return participant->published != participant->told_published || participant->muted != participant->told_muted;
}

bool room_participant_tell_publications(struct room_participant *participant, usec_t now)
{
    if (!has_news(participant))
        return true;
    if (!budget_take(&participant->news, &ROOM_NEWS, 1, now))
        return false;
    participant->told_published = participant->published;
    participant->told_muted = participant->muted;
    if (!room_participant_is_shown(participant))
        return true;
    room_send(participant->room, participant,
              json_pack("{s:s,s:s,s:o}", "type", "publications", "participant", participant->id, "publications",
                        room_participant_publications_json(participant)),
              false);
    return true;
}

static void update_published(struct room_participant *participant, unsigned muted, usec_t now)
{
    bool waited = has_news(participant);
    participant->published = sources_sent(participant);
    participant->host_muted &= participant->published;
    participant->muted = (muted | participant->host_muted) & participant->published;
    if (!room_participant_tell_publications(participant, now) && !waited)
        room_charge_broadcast(participant->room);
    if (participant == participant->room->mixer)
        room_review_topology(participant->room, NULL, false, now);
}

void room_participant_forget_direct_sends(struct room_participant *participant, usec_t now)
{
    bool has_any = false;
    for (size_t i = 0; i < participant->sends_count; i++) {
        has_any = has_any || (participant->sends[i].target != 0 && participant->sends[i].sources != 0);
        if (participant->sends[i].target != 0)
            participant->sends[i].sources = 0;
    }
    if (has_any)
        update_published(participant, participant->muted, now);
}

static struct room_participant_sends *entry_for(struct room_participant *participant, uint32_t target)
{
    struct room_participant_sends *entry = room_participant_find_sends(participant, target);
    if (entry != NULL)
        return entry;
    participant->sends = mem_resize(participant->sends, participant->sends_count + 1, sizeof *participant->sends);
    entry = &participant->sends[participant->sends_count++];
    *entry = (struct room_participant_sends){.target = target};
    return entry;
}

/* The sources that a message names, as bits; and which of them are muted. */
static unsigned read_sources(const json_t *sends, unsigned *muted)
{
    unsigned sources = 0;
    size_t index;
    json_t *item;
    *muted = 0;
    json_array_foreach(sends, index, item)
    {
        unsigned bit = 1u << message_source_index(json_string_value(json_object_get(item, "source")));
        sources |= bit;
        if (json_is_true(json_object_get(item, "muted")))
            *muted |= bit;
    }
    return sources;
}

static void apply(struct room_participant *participant, struct room_participant_sends *entry, unsigned sources,
                  unsigned muted, usec_t now)
{
    entry->sources = sources;
    update_published(participant, (participant->muted & ~sources) | muted, now);
}

void room_participant_set_sources(struct room_participant *participant, const struct room_participant *target,
                                  unsigned sources, unsigned muted, usec_t now)
{
    struct room_participant_sends *entry = entry_for(participant, target != NULL ? target->number : 0);
    entry->offers_open = 0;
    apply(participant, entry, sources, muted, now);
}

void room_participant_offer_sends(struct room_participant *participant, const struct room_participant *target,
                                  const json_t *sends, usec_t now)
{
    struct room_participant_sends *entry = entry_for(participant, target->number);
    unsigned muted, offered = read_sources(sends, &muted), kept = entry->sources & offered;
    apply(participant, entry, kept, muted & kept, now);
    entry->offers_open++;
    entry->offered = offered;
    entry->offered_mute = muted;
}

/* In a room that uses the router only, what two participants agree to send each other must not become a publication for
 * which all others negotiate: only what remains of a former Mesh counts. */
static unsigned countable(const struct room *room, const struct room_participant_sends *entry, unsigned sources)
{
    return room_connects_participants(room) ? sources : sources & entry->sources;
}

void room_participant_answer_sends(struct room_participant *participant, struct room_participant *target,
                                   const json_t *sends, usec_t now)
{
    struct room_participant_sends *offer = room_participant_find_sends(target, participant->number);
    if (offer == NULL || offer->offers_open == 0)
        return;
    unsigned offered = countable(participant->room, offer, offer->offered);
    apply(target, offer, offered, offer->offered_mute & offered, now);
    offer->offers_open--;
    unsigned muted,
        sources = countable(participant->room, entry_for(participant, target->number), read_sources(sends, &muted));
    room_participant_set_sources(participant, target, sources, muted & sources, now);
}

void room_participant_clear_sends(struct room_participant *participant, const struct room_participant *target,
                                  usec_t now)
{
    struct room_participant_sends *entry =
        room_participant_find_sends(participant, target != NULL ? target->number : 0);
    if (entry == NULL)
        return;
    *entry = participant->sends[--participant->sends_count];
    /* With nothing left the participant is between two connections: what it publishes is what it will send again. */
    if (participant->sends_count > 0)
        update_published(participant, participant->muted, now);
}

void room_participant_mute(struct room_participant *participant, int source, bool muted, usec_t now)
{
    unsigned bit = 1u << source;
    if (!muted)
        participant->host_muted &= ~bit;
    for (size_t i = 0; i < participant->sends_count; i++) {
        unsigned *offered = &participant->sends[i].offered_mute;
        *offered = muted ? *offered | bit : *offered & ~bit;
    }
    update_published(participant, muted ? participant->muted | bit : participant->muted & ~bit, now);
}
