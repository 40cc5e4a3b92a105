#include "signaling/room/room_json.h"

#include <stdio.h>

#include "signaling/room/room_mix.h"
#include "signaling/room/room_table.h"

json_t *room_participant_publications_json(const struct room_participant *participant)
{
    json_t *list = json_array();
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        char id[64];
        if ((participant->published & 1u << i) == 0)
            continue;
        snprintf(id, sizeof id, "%s/%s", participant->id, message_source_name(i));
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:b}", "id", id, "kind", message_source_kind(i), "source",
                                              message_source_name(i), "muted", (participant->muted & 1u << i) != 0));
    }
    return list;
}

json_t *room_participant_json(const struct room_participant *participant)
{
    json_t *json = json_pack("{s:s,s:s,s:s,s:o}", "id", participant->id, "name", participant->name, "state",
                             room_participant_is_active(participant) ? "active" : "reconnecting", "publications",
                             room_participant_publications_json(participant));
    if (participant->is_host)
        json_object_set_new(json, "host", json_true());
    if (participant->hand != 0)
        json_object_set_new(json, "hand", json_integer((json_int_t)participant->hand));
    return json;
}

static json_t *others_json(const struct room_participant *participant)
{
    json_t *list = json_array();
    for (const struct room_participant *other = participant->room->participants; other != NULL; other = other->next)
        if (other != participant && room_participant_is_shown(other))
            json_array_append_new(list, json_string(other->id));
    return list;
}

static json_t *connect_json(const struct room_participant *participant)
{
    return participant->room->topology.topology != TOPOLOGY_MESH || !room_participant_is_shown(participant)
               ? json_pack("[s]", MESSAGE_ROUTER)
               : others_json(participant);
}

static json_t *probe_json(const struct room_participant *participant)
{
    return participant->room->topology.is_probing && room_participant_is_shown(participant) ? others_json(participant)
                                                                                            : json_array();
}

void room_add_pin_by(const struct room *room, json_t *object)
{
    if (room->pin_by[0] != '\0')
        json_object_set_new(object, "pin_by", json_string(room->pin_by));
}

void room_add_layout(const struct room *room, json_t *object)
{
    if (room->layout == MIX_LAYOUT_SPEAKER)
        json_object_set_new(object, "layout", json_string(mix_layout_name(room->layout)));
}

/* People show what it makes, and a recorder records it. */
static bool is_told_of_mixer(const struct room_participant *participant)
{
    const struct room *room = participant->room;
    return room_mix_is_sent(participant) || (room->topology.topology == TOPOLOGY_MCU && participant == room->recorder);
}

json_t *room_connect_message(const struct room_participant *participant)
{
    const struct room *room = participant->room;
    json_t *message = json_pack(
        "{s:s,s:s,s:s,s:s,s:I,s:o,s:o}", "type", "connect", "topology", topology_name(room_mix_topology(participant)),
        "pin", topology_pin_name(room->pin), "reason", topology_reason_name(room_mix_reason(participant)), "epoch",
        (json_int_t)room->epoch, "connect", connect_json(participant), "probe", probe_json(participant));
    room_add_pin_by(room, message);
    room_add_layout(room, message);
    if (is_told_of_mixer(participant))
        json_object_set_new(message, "mixer", json_string(room->mixer->id));
    if (participant->mix.wish != MIX_AUTO)
        json_object_set_new(message, "mix", json_string(mix_wish_name(participant->mix.wish)));
    return message;
}

/* Which of its sources hosts have muted, and who. */
static json_t *host_mutes_json(const struct room_participant *participant)
{
    json_t *list = json_array();
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        char by[16];
        if ((participant->host_muted & 1u << i) == 0)
            continue;
        snprintf(by, sizeof by, "p%u", participant->muted_by[i]);
        json_array_append_new(list, json_pack("{s:s,s:s}", "source", message_source_name(i), "by", by));
    }
    return list;
}

json_t *room_waiting_json(const struct room *room)
{
    json_t *list = json_array();
    for (const struct room_participant *participant = room->waiting; participant != NULL;
         participant = participant->next)
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:s}", "id", participant->id, "name", participant->name, "state",
                                        room_participant_is_active(participant) ? "active" : "reconnecting"));
    return list;
}

static const char *recording_state(const struct room *room)
{
    static const char *const states[] = {[RECORDING_OFF] = "off",
                                         [RECORDING_STARTING] = "starting",
                                         [RECORDING_ON] = "on",
                                         [RECORDING_FAILED] = "failed"};
    return states[room->recording.state];
}

void room_add_recording(const struct room *room, json_t *object, const char *state_key, const char *reason_key)
{
    json_object_set_new(object, state_key, json_string(recording_state(room)));
    if (room->recording.reason[0] != '\0')
        json_object_set_new(object, reason_key, json_string(room->recording.reason));
}

json_t *room_joined_message(const struct room_participant *participant, bool resumed)
{
    const struct room *room = participant->room;
    const struct rooms_config *config = &room->rooms->config;
    const struct room_port *port = &room->rooms->port;
    char resume[ROOM_RESUME_SIZE];
    json_t *others = json_array();
    for (const struct room_participant *other = room->participants; other != NULL; other = other->next)
        if (other != participant && room_participant_is_shown(other))
            json_array_append_new(others, room_participant_json(other));
    room_participant_resume_token(participant, resume);
    json_t *message = room_connect_message(participant);
    json_object_set_new(message, "type", json_string("joined"));
    json_object_set_new(message, "participant", json_string(participant->id));
    json_object_set_new(message, "room", json_string(room->name));
    json_object_set_new(message, "resume", json_string(resume));
    json_object_set_new(message, "resumed", json_boolean(resumed));
    json_object_set_new(message, "grace_ms", json_integer(config->grace / USEC_PER_MSEC));
    json_object_set_new(message, "dedicated_slots", json_integer(config->dedicated_slots));
    json_object_set_new(message, "audio_slots", json_integer(config->audio_slots));
    json_object_set_new(message, "host", json_boolean(participant->is_host));
    json_object_set_new(message, "hand", json_integer((json_int_t)participant->hand));
    json_object_set_new(message, "encrypted", json_boolean(room->is_encrypted));
    json_object_set_new(message, "locked", json_boolean(room->is_locked));
    json_object_set_new(message, "waiting_room", json_boolean(room->has_waiting_room));
    json_object_set_new(message, "permissions", permissions_json(&participant->may));
    json_object_set_new(message, "muted", host_mutes_json(participant));
    json_object_set_new(message, "ice_servers", port->ice_servers(port->user, participant->id));
    json_object_set_new(message, "ice_policy", json_string(config->relay_only ? "relay" : "all"));
    json_object_set_new(message, "participants", others);
    json_object_set_new(message, "can_record", json_boolean(config->can_record && !room->is_encrypted));
    room_add_recording(room, message, "recording", "recording_reason");
    if (config->is_loopback_only)
        json_object_set_new(message, "loopback_only", json_true());
    return message;
}

json_t *room_preview_json(const struct room *room, const char *name, bool is_host)
{
    json_t *names = json_array();
    bool is_locked = room != NULL && room->is_locked;
    int count = 0;
    for (const struct room_participant *participant = room != NULL ? room->participants : NULL; participant != NULL;
         participant = participant->next) {
        if (!room_participant_is_active(participant) || !room_participant_is_shown(participant))
            continue;
        if (count++ < ROOM_PREVIEW_NAMES && (!is_locked || is_host))
            json_array_append_new(names, json_string(participant->name));
    }
    return json_pack("{s:s,s:b,s:b,s:b,s:s,s:i,s:o}", "room", name, "locked", is_locked, "waiting_room",
                     room != NULL && room->has_waiting_room, "encrypted", room != NULL && room->is_encrypted,
                     "recording", room != NULL ? recording_state(room) : "off", "participants", count, "names", names);
}
