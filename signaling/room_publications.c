#include "signaling/room_publications.h"

#include "signaling/room_json.h"
#include "signaling/room_messages.h"
#include "signaling/room_topology.h"
#include "transport/base/memory.h"

bool member_wants_router(const struct member *member)
{
    return member->room->topology.topology == TOPOLOGY_SFU;
}

struct member_sends *member_find_sends(struct member *member, uint32_t target)
{
    for (size_t i = 0; i < member->sends_count; i++)
        if (member->sends[i].target == target)
            return &member->sends[i];
    return NULL;
}

static bool is_current(const struct member *member, const struct member_sends *sends)
{
    return (sends->target == 0) == member_wants_router(member);
}

/* A member publishes what it sends to anybody: an answer may carry less than an offer. Connections of the room's other
 * topology are on their way out, and count only until something is sent by one of this topology. */
static unsigned sources_sent(const struct member *member)
{
    unsigned current = 0, others = 0;
    for (size_t i = 0; i < member->sends_count; i++) {
        if (is_current(member, &member->sends[i]))
            current |= member->sends[i].sources;
        else
            others |= member->sends[i].sources;
    }
    return current != 0 ? current : others;
}

static bool has_news(const struct member *member)
{
    return member->published != member->told_published || member->muted != member->told_muted;
}

bool member_tell_publications(struct member *member, usec_t now)
{
    if (!has_news(member))
        return true;
    if (!budget_take(&member->news, &ROOM_NEWS, 1, now))
        return false;
    member->told_published = member->published;
    member->told_muted = member->muted;
    room_send(member->room, member,
              json_pack("{s:s,s:s,s:o}", "type", "publications", "participant", member->id, "publications",
                        member_publications_json(member)),
              false);
    return true;
}

static void update_published(struct member *member, unsigned muted, usec_t now)
{
    bool waited = has_news(member);
    member->published = sources_sent(member);
    member->muted = muted & member->published;
    if (!member_tell_publications(member, now) && !waited)
        room_owe(member->room);
}

void member_forget_direct_sends(struct member *member, usec_t now)
{
    bool has_any = false;
    for (size_t i = 0; i < member->sends_count; i++) {
        has_any = has_any || (member->sends[i].target != 0 && member->sends[i].sources != 0);
        if (member->sends[i].target != 0)
            member->sends[i].sources = 0;
    }
    if (has_any)
        update_published(member, member->muted, now);
}

static struct member_sends *entry_for(struct member *member, uint32_t target)
{
    struct member_sends *entry = member_find_sends(member, target);
    if (entry != NULL)
        return entry;
    member->sends = mem_resize(member->sends, member->sends_count + 1, sizeof *member->sends);
    entry = &member->sends[member->sends_count++];
    *entry = (struct member_sends){.target = target};
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

static void apply(struct member *member, struct member_sends *entry, unsigned sources, unsigned muted, usec_t now)
{
    entry->sources = sources;
    update_published(member, (member->muted & ~sources) | muted, now);
}

void member_set_sources(struct member *member, const struct member *target, unsigned sources, unsigned muted,
                        usec_t now)
{
    struct member_sends *entry = entry_for(member, target != NULL ? target->number : 0);
    entry->offers_open = 0;
    apply(member, entry, sources, muted, now);
}

void member_offer_sends(struct member *member, const struct member *target, const json_t *sends, usec_t now)
{
    struct member_sends *entry = entry_for(member, target->number);
    unsigned muted, offered = read_sources(sends, &muted), kept = entry->sources & offered;
    apply(member, entry, kept, muted & kept, now);
    entry->offers_open++;
    entry->offered = offered;
    entry->offered_mute = muted;
}

/* Where members are not to connect to each other, two who agree on sending something are no reason for the room to
 * negotiate: only what is left of a former Mesh counts. */
static unsigned countable(const struct room *room, const struct member_sends *entry, unsigned sources)
{
    return room_connects_members(room) ? sources : sources & entry->sources;
}

void member_answer_sends(struct member *member, struct member *target, const json_t *sends, usec_t now)
{
    struct member_sends *offer = member_find_sends(target, member->number);
    if (offer == NULL || offer->offers_open == 0)
        return;
    unsigned offered = countable(member->room, offer, offer->offered);
    apply(target, offer, offered, offer->offered_mute & offered, now);
    offer->offers_open--;
    unsigned muted, sources = countable(member->room, entry_for(member, target->number), read_sources(sends, &muted));
    member_set_sources(member, target, sources, muted & sources, now);
}

void member_clear_sends(struct member *member, const struct member *target, usec_t now)
{
    struct member_sends *entry = member_find_sends(member, target != NULL ? target->number : 0);
    if (entry == NULL)
        return;
    *entry = member->sends[--member->sends_count];
    /* With nothing left the member is between two connections: what it publishes is what it will send again. */
    if (member->sends_count > 0)
        update_published(member, member->muted, now);
}

void member_mute(struct member *member, int source, bool muted, usec_t now)
{
    unsigned bit = 1u << source;
    for (size_t i = 0; i < member->sends_count; i++) {
        unsigned *offered = &member->sends[i].offered_mute;
        *offered = muted ? *offered | bit : *offered & ~bit;
    }
    update_published(member, muted ? member->muted | bit : member->muted & ~bit, now);
}
