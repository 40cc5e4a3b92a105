#include "signaling/room_json.h"

#include <stdio.h>

#include "signaling/room_table.h"

json_t *member_publications_json(const struct member *member)
{
    json_t *list = json_array();
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        char id[64];
        if ((member->published & 1u << i) == 0)
            continue;
        snprintf(id, sizeof id, "%s/%s", member->id, message_source_name(i));
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:b}", "id", id, "kind", message_source_kind(i), "source",
                                              message_source_name(i), "muted", (member->muted & 1u << i) != 0));
    }
    return list;
}

json_t *member_json(const struct member *member)
{
    return json_pack("{s:s,s:s,s:s,s:o}", "id", member->id, "name", member->name, "state",
                     member_is_there(member) ? "active" : "reconnecting", "publications",
                     member_publications_json(member));
}

static json_t *others_json(const struct member *member)
{
    json_t *list = json_array();
    for (const struct member *other = member->room->members; other != NULL; other = other->next)
        if (other != member)
            json_array_append_new(list, json_string(other->id));
    return list;
}

static json_t *connect_json(const struct member *member)
{
    return member->room->topology.topology == TOPOLOGY_SFU ? json_pack("[s]", MESSAGE_ROUTER) : others_json(member);
}

static json_t *probe_json(const struct member *member)
{
    return member->room->topology.is_probing ? others_json(member) : json_array();
}

json_t *room_connect_message(const struct member *member)
{
    const struct room *room = member->room;
    return json_pack("{s:s,s:s,s:s,s:I,s:o,s:o}", "type", "connect", "topology", topology_name(room->topology.topology),
                     "pin", topology_pin_name(room->pin), "epoch", (json_int_t)room->epoch, "connect",
                     connect_json(member), "probe", probe_json(member));
}

json_t *room_joined_message(const struct member *member, bool resumed)
{
    const struct room *room = member->room;
    const struct rooms_config *config = &room->rooms->config;
    const struct room_port *port = &room->rooms->port;
    char resume[sizeof member->id + sizeof member->secret + 1];
    json_t *others = json_array();
    for (const struct member *other = room->members; other != NULL; other = other->next)
        if (other != member)
            json_array_append_new(others, member_json(other));
    snprintf(resume, sizeof resume, "%s.%s", member->id, member->secret);
    json_t *message = room_connect_message(member);
    json_object_set_new(message, "type", json_string("joined"));
    json_object_set_new(message, "participant", json_string(member->id));
    json_object_set_new(message, "room", json_string(room->name));
    json_object_set_new(message, "resume", json_string(resume));
    json_object_set_new(message, "resumed", json_boolean(resumed));
    json_object_set_new(message, "grace_ms", json_integer(config->grace / USEC_PER_MSEC));
    json_object_set_new(message, "dedicated_slots", json_integer(config->dedicated_slots));
    json_object_set_new(message, "audio_slots", json_integer(config->audio_slots));
    json_object_set_new(message, "ice_servers", port->ice_servers(port->user, member->id));
    json_object_set_new(message, "ice_policy", json_string(config->relay_only ? "relay" : "all"));
    json_object_set_new(message, "participants", others);
    return message;
}
