#include "signaling/room/room_mix.h"

#include <string.h>

static const char *const wish_names[] = {[MIX_AUTO] = "auto", [MIX_ON] = "on", [MIX_OFF] = "off"};

bool mix_wish_parse(enum mix_wish *out, const char *text)
{
    for (int i = MIX_AUTO; i <= MIX_OFF; i++)
        if (strcmp(wish_names[i], text) == 0) {
            *out = (enum mix_wish)i;
            return true;
        }
    return false;
}

const char *mix_wish_name(enum mix_wish wish)
{
    return wish_names[wish];
}

bool room_has_mix(const struct room *room)
{
    const unsigned needed = 1u << message_source_index(MESSAGE_MIX_VIDEO) | 1u << message_source_index(MESSAGE_MIX);
    return room->mixer != NULL && (room->mixer->published & needed) == needed;
}

/* In a room whose topology does not say what everybody gets. */
static bool may_have_mix(const struct room_participant *participant)
{
    const struct room *room = participant->room;
    return participant->kind == ROOM_PARTICIPANT_PERSON && !room->is_encrypted && room->pin != PIN_MCU &&
           room->pin != PIN_MESH;
}

bool room_mix_is_wanted(const struct room_participant *participant)
{
    bool is_weak = participant->mix.wish == MIX_AUTO && participant->mix.weak != TOPOLOGY_REASON_NONE;
    return (participant->mix.wish == MIX_ON || is_weak) && may_have_mix(participant);
}

bool room_mix_is_sent(const struct room_participant *participant)
{
    const struct room *room = participant->room;
    if (room->topology.topology == TOPOLOGY_MCU)
        return room_participant_is_shown(participant);
    return room->topology.topology == TOPOLOGY_SFU && room_mix_is_wanted(participant) && room_has_mix(room);
}

enum topology room_mix_topology(const struct room_participant *participant)
{
    return room_mix_is_sent(participant) ? TOPOLOGY_MCU : participant->room->topology.topology;
}

enum topology_reason room_mix_reason(const struct room_participant *participant)
{
    const struct room *room = participant->room;
    if (room->topology.topology != TOPOLOGY_SFU || !room_mix_is_wanted(participant))
        return room->topology.reason;
    if (!room_has_mix(room))
        return room->is_mixer_refused ? TOPOLOGY_REASON_MIXERS_BUSY : TOPOLOGY_REASON_NO_MIXER;
    return participant->mix.wish == MIX_ON ? TOPOLOGY_REASON_OWN : participant->mix.weak;
}

bool room_mix_weak(struct room_participant *participant, enum topology_reason reason, usec_t now)
{
    usec_t span = ROOM_MIX_FIRST;
    if (!may_have_mix(participant) || participant->mix.wish != MIX_AUTO)
        return false;
    for (unsigned i = 0; i < participant->mix.times && span < ROOM_MIX_LONGEST; i++)
        span *= 2;
    if (participant->mix.weak != TOPOLOGY_REASON_NONE) { /* it has the mix */
        if (reason != TOPOLOGY_REASON_WEAK_LINK || !room_mix_is_sent(participant))
            return false;
        participant->mix.weak = TOPOLOGY_REASON_NONE;
        participant->mix.until = now + usec_min(span, ROOM_MIX_LONGEST);
        return true;
    }
    if (now < participant->mix.until || room_shown_count(participant->room) <= ROOM_MIX_OTHERS)
        return false;
    participant->mix.times++;
    participant->mix.weak = reason;
    participant->mix.until = now + usec_min(span, ROOM_MIX_LONGEST);
    return true;
}

usec_t room_mix_next(const struct room *room)
{
    usec_t next = USEC_NEVER;
    for (const struct room_participant *each = room->participants; each != NULL; each = each->next)
        if (each->mix.weak != TOPOLOGY_REASON_NONE)
            next = usec_min(next, each->mix.until);
    return next;
}

void room_mix_timeout(struct room *room, usec_t now)
{
    for (struct room_participant *each = room->participants; each != NULL; each = each->next)
        if (each->mix.weak != TOPOLOGY_REASON_NONE && each->mix.until <= now)
            each->mix.weak = TOPOLOGY_REASON_NONE;
}

bool room_mix_is_news(struct room_participant *participant)
{
    const struct room *room = participant->room;
    bool is_alone = room->topology.topology == TOPOLOGY_SFU && room_mix_is_wanted(participant);
    uint32_t mixer = is_alone && room_mix_is_sent(participant) ? room->mixer->number : 0;
    enum topology_reason reason = is_alone ? room_mix_reason(participant) : TOPOLOGY_REASON_NONE;
    bool is_news = mixer != participant->mix.told_mixer || reason != participant->mix.told_reason;
    participant->mix.told_mixer = mixer;
    participant->mix.told_reason = reason;
    return is_news;
}
