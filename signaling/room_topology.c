#include "signaling/room_topology.h"

#include <stdlib.h>
#include <string.h>

#include "signaling/room_json.h"
#include "signaling/room_messages.h"
#include "signaling/room_table.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

/* The topology's inputs as they are now. The caller frees the participants. */
static struct topology_participant *gather(const struct room *room, struct topology_input *input)
{
    struct topology_participant *participants = mem_array(room->member_count, sizeof *participants);
    unsigned count = 0;
    bool needs_router = false;
    for (const struct member *member = room->members; member != NULL; member = member->next) {
        participants[count++] = member->capabilities;
        needs_router = needs_router || member->needs_router;
    }
    *input = (struct topology_input){.pin = room->pin,
                                     .needs_router = needs_router,
                                     .count = count,
                                     .participants = participants,
                                     .proven_pairs = (unsigned)paths_proven(&room->paths),
                                     .failed_pairs = (unsigned)paths_failed(&room->paths)};
    return participants;
}

bool room_connects_members(const struct room *room)
{
    return room->topology.topology == TOPOLOGY_MESH || room->topology.is_probing;
}

static void tell_lists(struct room *room, const struct member *except)
{
    if (!room_connects_members(room)) { /* then they are the same for all */
        room_send(room, except, room_connect_message(room->members), false);
        return;
    }
    for (struct member *member = room->members; member != NULL; member = member->next)
        if (member != except)
            member_send(member, room_connect_message(member), false);
}

bool room_review_topology(struct room *room, const struct member *except, bool members_changed, usec_t now)
{
    struct topology_input input;
    bool connected_members = room_connects_members(room), was_probing = room->topology.is_probing;
    paths_timeout(&room->paths, now);
    paths_accept_relayed(&room->paths, room->pin == PIN_MESH, now);
    struct topology_participant *participants = gather(room, &input);
    bool has_changed = topology_update(&room->topology, &room->rooms->config.topology, &input, now);
    free(participants);
    if (has_changed) {
        room->epoch++;
        room->topology_since = now;
        log_info(room->name, "%s now, %u participants: %s", topology_name(room->topology.topology), input.count,
                 topology_reason_text(room->topology.reason));
    }
    bool connects_members = room_connects_members(room);
    if (!connects_members)
        paths_unprove(&room->paths);
    bool is_news = has_changed || was_probing != room->topology.is_probing ||
                   (members_changed && (connected_members || connects_members));
    if (is_news)
        tell_lists(room, except);
    return is_news;
}

usec_t room_next_review(const struct room *room)
{
    return usec_min(topology_next(&room->topology, &room->rooms->config.topology), paths_next(&room->paths));
}

bool room_apply_pin(struct room *room, usec_t now)
{
    if (room->pin == room->wanted_pin)
        return true;
    if (!budget_take(&room->pins, &ROOM_NEWS, 1, now))
        return false;
    room->pin = room->wanted_pin;
    if (!room_review_topology(room, NULL, false, now))
        tell_lists(room, NULL);
    return true;
}

void room_pin(struct room *room, enum topology_pin pin, usec_t now)
{
    bool waited = room->pin != room->wanted_pin;
    room->wanted_pin = pin;
    if (!room_apply_pin(room, now) && !waited)
        room_owe(room);
}

const char *member_pin(struct member *member, enum topology_pin pin, usec_t now)
{
    if (!member->may_pin)
        return "not-allowed";
    room_pin(member->room, pin, now);
    return NULL;
}

void member_path(struct member *member, struct member *target, enum path_state state, usec_t now)
{
    struct room *room = member->room;
    if (!room_connects_members(room))
        return; /* of connections that nobody keeps any more */
    static const char *const texts[] = {
        [PATH_RELAYED] = "goes through a TURN server", [PATH_LOST] = "is lost", [PATH_FAILED] = "failed"};
    if (state != PATH_PROVEN)
        log_info(room->name, "%s: the direct path to %s %s", member->id, target->id, texts[state]);
    paths_tell(&room->paths, member->number, target->number, state, now);
    if (paths_are_proven(&room->paths, member->number, target->number))
        member->has_had_media = target->has_had_media = true;
    room_review_topology(room, NULL, false, now);
}

void member_network_changed(struct member *member, usec_t now)
{
    paths_network_changed(&member->room->paths, member->number, now);
    room_review_topology(member->room, NULL, false, now);
}

/* What a report says about the topology. */
static void weigh_event(struct member *member, const json_t *event)
{
    const char *kind = json_string_value(json_object_get(event, "kind"));
    if (kind != NULL && strcmp(kind, "overload") == 0 && member->room->topology.topology == TOPOLOGY_MESH)
        member->capabilities.overloaded_at = (unsigned)member->room->member_count;
}

void member_report(struct member *member, const json_t *events, usec_t now)
{
    struct room *room = member->room;
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event)
    {
        if (!event_log_add(&room->events, member->id, event))
            room->rooms->counters.events_refused++;
        weigh_event(member, event);
    }
    room_review_topology(room, NULL, false, now);
}
