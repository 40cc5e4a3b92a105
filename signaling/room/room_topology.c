#include "signaling/room/room_topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signaling/room/room_encryption.h"
#include "signaling/room/room_json.h"
#include "signaling/room/room_messages.h"
#include "signaling/room/room_mix.h"
#include "signaling/room/room_table.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

/* The topology's inputs as they are now. The caller frees the participants. */
static struct topology_participant *gather(const struct room *room, struct topology_input *input)
{
    struct topology_participant *participants = mem_array(room->participant_count, sizeof *participants);
    unsigned count = 0;
    bool needs_router = false;
    for (const struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next) {
        if (room_participant_is_shown(participant))
            participants[count++] = participant->capabilities;
        needs_router = needs_router || participant->needs_router || room_mix_is_wanted(participant);
    }
    *input = (struct topology_input){.pin = room->pin,
                                     .needs_router = needs_router,
                                     .has_mixer = room_has_mix(room),
                                     .is_mixer_refused = room->is_mixer_refused,
                                     .count = count,
                                     .participants = participants,
                                     .proven_pairs = (unsigned)paths_proven(&room->paths),
                                     .failed_pairs = (unsigned)paths_failed(&room->paths)};
    return participants;
}

bool room_connects_participants(const struct room *room)
{
    return room->topology.topology == TOPOLOGY_MESH || room->topology.is_probing;
}

/* Whether what is told of the topology is the same for all: a mixer is not told of itself. */
static bool is_one_for_all(const struct room *room)
{
    bool is_one = !room_connects_participants(room) && room->mixer == NULL && room->recorder == NULL;
    for (const struct room_participant *each = room->participants; each != NULL && is_one; each = each->next)
        is_one = each->mix.wish == MIX_AUTO && !room_mix_is_wanted(each);
    return is_one;
}

static void tell_lists(struct room *room, const struct room_participant *except)
{
    if (is_one_for_all(room)) {
        room_send(room, except, room_connect_message(room->participants), false);
        return;
    }
    for (struct room_participant *participant = room->participants; participant != NULL;
         participant = participant->next)
        if (participant != except)
            room_participant_send(participant, room_connect_message(participant), false);
}

/* What is told to all tells each of the mix for it alone, too. `except` is told by whoever asked for that. */
static void tell_mix(struct room *room, const struct room_participant *except, bool all_were_told)
{
    for (struct room_participant *each = room->participants; each != NULL; each = each->next)
        if (room_mix_is_news(each) && !all_were_told && each != except)
            room_participant_send(each, room_connect_message(each), false);
}

bool room_review_topology(struct room *room, const struct room_participant *except, bool participants_changed,
                          usec_t now)
{
    struct topology_input input;
    bool connected_participants = room_connects_participants(room), was_probing = room->topology.is_probing;
    enum topology_reason reason = room->topology.reason;
    paths_timeout(&room->paths, now);
    room_mix_timeout(room, now);
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
    bool connects_participants = room_connects_participants(room);
    if (!connects_participants)
        paths_unprove(&room->paths);
    bool is_news = has_changed || was_probing != room->topology.is_probing || reason != room->topology.reason ||
                   (participants_changed && (connected_participants || connects_participants));
    if (is_news)
        tell_lists(room, except);
    tell_mix(room, except, is_news);
    return is_news;
}

usec_t room_next_review(const struct room *room)
{
    usec_t next = usec_min(topology_next(&room->topology, &room->rooms->config.topology), paths_next(&room->paths));
    return usec_min(next, room_mix_next(room));
}

static bool has_waiting_pin(const struct room *room)
{
    return room->pin != room->requested_pin || room->layout != room->requested_layout;
}

bool room_apply_pin(struct room *room, usec_t now)
{
    if (!has_waiting_pin(room))
        return true;
    if (!budget_take(&room->pin_news, &ROOM_NEWS, 1, now))
        return false;
    room->pin = room->requested_pin;
    room->layout = room->requested_layout;
    memcpy(room->pin_by, room->requested_pin_by, sizeof room->pin_by);
    if (!room_review_topology(room, NULL, false, now))
        tell_lists(room, NULL);
    return true;
}

void room_pin(struct room *room, enum topology_pin pin, const char *by, usec_t now)
{
    bool waited = has_waiting_pin(room);
    room->requested_pin = pin;
    snprintf(room->requested_pin_by, sizeof room->requested_pin_by, "%s", by);
    if (!room_apply_pin(room, now) && !waited)
        room_charge_broadcast(room);
}

void room_set_layout(struct room *room, enum mix_layout layout, usec_t now)
{
    bool waited = has_waiting_pin(room);
    room->requested_layout = layout;
    if (!room_apply_pin(room, now) && !waited)
        room_charge_broadcast(room);
}

static bool may_change_pin(struct room_participant *participant, usec_t now)
{
    struct room *room = participant->room;
    if (!budget_take(&participant->pins, &ROOM_PINS_OF_ONE, ROOM_PIN_UNITS, now))
        return false;
    if (participant->is_host || budget_take(&room->pins, &ROOM_PINS, ROOM_PIN_UNITS, now))
        return true;
    budget_give_back(&participant->pins, &ROOM_PINS_OF_ONE, ROOM_PIN_UNITS, now);
    return false;
}

static bool may_pin(const struct room_participant *participant, struct refusal *refusal)
{
    return participant->may.pin || participant->is_host ||
           refusal_set(refusal, "not-allowed",
                       "neither a host nor allowed by the access token to pin the room's topology");
}

bool room_participant_pin(struct room_participant *participant, enum topology_pin pin, usec_t now,
                          struct refusal *refusal)
{
    if (!may_pin(participant, refusal))
        return false;
    if (!room_encryption_allows(participant->room->is_encrypted, pin, refusal))
        return false;
    if (pin != participant->room->requested_pin && !may_change_pin(participant, now)) {
        participant->room->rooms->counters.pins_refused++;
        return refusal_set_too_often(refusal);
    }
    room_pin(participant->room, pin, participant->name, now);
    return true;
}

bool room_participant_set_layout(struct room_participant *participant, enum mix_layout layout, usec_t now,
                                 struct refusal *refusal)
{
    if (!may_pin(participant, refusal))
        return false;
    if (layout != participant->room->requested_layout && !may_change_pin(participant, now)) {
        participant->room->rooms->counters.pins_refused++;
        return refusal_set_too_often(refusal);
    }
    room_set_layout(participant->room, layout, now);
    return true;
}

void room_participant_path(struct room_participant *participant, struct room_participant *target, enum path_state state,
                           usec_t now)
{
    struct room *room = participant->room;
    if (!room_connects_participants(room))
        return; /* it is about connections that are closed by now */
    static const char *const texts[] = {
        [PATH_RELAYED] = "goes through a TURN server", [PATH_LOST] = "is lost", [PATH_FAILED] = "failed"};
    if (state != PATH_PROVEN)
        log_info(room->name, "%s: the direct path to %s %s", participant->id, target->id, texts[state]);
    paths_tell(&room->paths, participant->number, target->number, state, now);
    if (paths_are_proven(&room->paths, participant->number, target->number))
        participant->has_had_media = target->has_had_media = true;
    room_review_topology(room, NULL, false, now);
}

void room_participant_network_changed(struct room_participant *participant, usec_t now)
{
    paths_network_changed(&participant->room->paths, participant->number, now);
    room_review_topology(participant->room, NULL, false, now);
}

bool room_participant_wish_mix(struct room_participant *participant, enum mix_wish wish, usec_t now,
                               struct refusal *refusal)
{
    if (wish == MIX_ON && !room_encryption_allows(participant->room->is_encrypted, PIN_MCU, refusal))
        return false;
    if (participant->mix.wish == wish)
        return true;
    participant->mix.wish = wish;
    participant->mix.weak = TOPOLOGY_REASON_NONE;
    participant->mix.until = now;
    room_review_topology(participant->room, NULL, false, now);
    return true;
}

/* Uses what the event says about the topology. */
static void weigh_event(struct room_participant *participant, const json_t *event, usec_t now)
{
    const char *kind = json_string_value(json_object_get(event, "kind"));
    const char *reason = json_string_value(json_object_get(event, "reason"));
    if (kind != NULL && strcmp(kind, "weak") == 0 && reason != NULL) {
        bool is_link = strcmp(reason, "link") == 0;
        if (is_link || strcmp(reason, "device") == 0)
            (void)room_mix_weak(participant, is_link ? TOPOLOGY_REASON_WEAK_LINK : TOPOLOGY_REASON_WEAK_DEVICE, now);
    }
    if (kind != NULL && strcmp(kind, "overload") == 0 && participant->room->topology.topology == TOPOLOGY_MESH)
        participant->capabilities.overloaded_at = (unsigned)room_shown_count(participant->room);
}

void room_participant_note_events(struct room_participant *participant, const json_t *events, usec_t now)
{
    struct room *room = participant->room;
    size_t index;
    json_t *event;
    json_array_foreach(events, index, event)
    {
        if (!event_log_add(&room->events, participant->id, event))
            room->rooms->counters.events_refused++;
        weigh_event(participant, event, now);
    }
    room_review_topology(room, NULL, false, now);
}
