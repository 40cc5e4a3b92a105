#include "client/call/client_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

#define MIX_WIDTH 1920 /* a mixer makes no larger picture, and of one size */
#define MIX_HEIGHT 1080

void client_room_init(struct client_room *room)
{
    memset(room, 0, sizeof *room);
}

void client_room_fini(struct client_room *room)
{
    free(room->connect);
    free(room->probe);
    free(room->participants);
    json_decref(room->ice_servers);
    client_room_init(room);
}

/* The messages were checked: where a key is missing, the old text stays. */
static void copy_text(char *out, size_t capacity, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text != NULL)
        snprintf(out, capacity, "%s", text);
}

static void read_publications(struct client_participant *participant, const json_t *array)
{
    size_t index;
    json_t *entry;
    participant->publication_count = 0;
    json_array_foreach((json_t *)array, index, entry)
    {
        if (participant->publication_count == MESSAGE_SOURCES)
            return;
        struct client_publication *publication = &participant->publications[participant->publication_count++];
        memset(publication, 0, sizeof *publication);
        copy_text(publication->id, sizeof publication->id, entry, "id");
        copy_text(publication->source, sizeof publication->source, entry, "source");
        const char *kind = json_string_value(json_object_get(entry, "kind"));
        publication->kind = kind != NULL && strcmp(kind, "audio") == 0 ? MEDIA_AUDIO : MEDIA_VIDEO;
        publication->muted = json_is_true(json_object_get(entry, "muted"));
    }
}

static struct client_participant *find(struct client_room *room, const char *id)
{
    for (size_t i = 0; id != NULL && i < room->participant_count; i++)
        if (strcmp(room->participants[i].id, id) == 0)
            return &room->participants[i];
    return NULL;
}

static void set_state(struct client_participant *participant, const json_t *message)
{
    const char *state = json_string_value(json_object_get(message, "state"));
    participant->reconnecting = state != NULL && strcmp(state, "reconnecting") == 0;
}

static void add_participant(struct client_room *room, const json_t *object)
{
    struct client_participant *participant = find(room, json_string_value(json_object_get(object, "id")));
    if (participant == NULL && room->participant_count == ROOM_PARTICIPANTS_MAX)
        return;
    if (participant == NULL) {
        room->participants = mem_resize(room->participants, room->participant_count + 1, sizeof *room->participants);
        participant = &room->participants[room->participant_count++];
    }
    memset(participant, 0, sizeof *participant);
    copy_text(participant->id, sizeof participant->id, object, "id");
    copy_text(participant->name, sizeof participant->name, object, "name");
    set_state(participant, object);
    participant->is_host = json_is_true(json_object_get(object, "host"));
    read_publications(participant, json_object_get(object, "publications"));
}

static void remove_participant(struct client_room *room, const char *id)
{
    struct client_participant *participant = find(room, id);
    if (participant == NULL)
        return;
    size_t after = room->participant_count - (size_t)(participant - room->participants) - 1;
    memmove(participant, participant + 1, after * sizeof *participant);
    room->participant_count--;
}

static size_t read_ids(char (**list)[PARTICIPANT_ID_MAX + 1], const json_t *ids)
{
    size_t size = json_array_size(ids), count = 0;
    *list = mem_resize(*list, size + 1, sizeof **list);
    for (size_t i = 0; i < size; i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        if (id != NULL && strlen(id) <= PARTICIPANT_ID_MAX)
            snprintf((*list)[count++], sizeof **list, "%s", id);
    }
    return count;
}

/* It is not in the list of participants, and what it publishes is known. */
static void add_mixer(struct client_room *room, const char *id)
{
    if (find(room, id) != NULL)
        return;
    json_t *object = json_pack("{s:s,s:s,s:[{s:s+,s:s,s:s},{s:s+,s:s,s:s}]}", "id", id, "name", "Mixer", "publications",
                               "id", id, "/" MESSAGE_MIX_VIDEO, "kind", "video", "source", MESSAGE_MIX_VIDEO, "id", id,
                               "/" MESSAGE_MIX, "kind", "audio", "source", MESSAGE_MIX);
    add_participant(room, object);
    json_decref(object);
    struct client_participant *mixer = find(room, id);
    if (mixer == NULL)
        return;
    mixer->is_mixer = true;
    mixer->sizes[message_source_index(MESSAGE_MIX_VIDEO)] =
        (struct client_size){.is_told = true, .width = MIX_WIDTH, .height = MIX_HEIGHT};
}

static void read_topology(struct client_room *room, const json_t *message)
{
    const json_t *epoch = json_object_get(message, "epoch");
    if (json_is_integer(epoch) && json_integer_value(epoch) < room->epoch && room->connect_count > 0)
        return; /* overtaken by a newer one */
    room->epoch = json_integer_value(epoch);
    copy_text(room->topology, sizeof room->topology, message, "topology");
    copy_text(room->pin, sizeof room->pin, message, "pin");
    room->reason[0] = room->pin_by[0] = '\0';
    snprintf(room->layout, sizeof room->layout, "grid");
    copy_text(room->layout, sizeof room->layout, message, "layout");
    snprintf(room->mix, sizeof room->mix, "auto");
    copy_text(room->mix, sizeof room->mix, message, "mix");
    copy_text(room->reason, sizeof room->reason, message, "reason");
    copy_text(room->pin_by, sizeof room->pin_by, message, "pin_by");
    room->connect_count = read_ids(&room->connect, json_object_get(message, "connect"));
    room->probe_count = read_ids(&room->probe, json_object_get(message, "probe"));
    room->mixer[0] = '\0';
    copy_text(room->mixer, sizeof room->mixer, message, "mixer");
    if (strcmp(room->mixer, room->self) == 0) /* the list is the same for all */
        room->mixer[0] = '\0';
    if (room->mixer[0] != '\0')
        add_mixer(room, room->mixer);
}

static void read_ice_servers(struct client_room *room, const json_t *message)
{
    json_decref(room->ice_servers);
    room->ice_servers = json_deep_copy(json_object_get(message, "ice_servers"));
}

static void read_muted(struct client_room *room, const json_t *muted)
{
    int source = message_source_index(json_string_value(json_object_get(muted, "source")));
    copy_text(room->muted_by[source], sizeof room->muted_by[source], muted, "by");
}

static unsigned read_forbidden(const json_t *permissions)
{
    unsigned forbidden = 0;
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (json_is_false(json_object_get(permissions, message_source_name(i))))
            forbidden |= 1u << i;
    return forbidden;
}

bool client_room_mixes_all(const struct client_room *room)
{
    return strcmp(room->layout, "speaker") == 0;
}

bool client_room_forbids(const struct client_room *room, const char *source)
{
    int index = message_source_index(source);
    return index >= 0 && (room->forbidden & 1u << index) != 0;
}

static void read_role(struct client_room *room, const json_t *message)
{
    bool is_host = json_is_true(json_object_get(message, "host"));
    const char *id = json_string_value(json_object_get(message, "participant"));
    struct client_participant *participant = find(room, id);
    if (participant != NULL)
        participant->is_host = is_host;
    else if (strcmp(id, room->self) == 0)
        room->is_host = is_host;
}

static void read_joined(struct client_room *room, const json_t *message)
{
    copy_text(room->self, sizeof room->self, message, "participant");
    copy_text(room->name, sizeof room->name, message, "room");
    copy_text(room->resume, sizeof room->resume, message, "resume");
    room->grace_ms = json_integer_value(json_object_get(message, "grace_ms"));
    const char *policy = json_string_value(json_object_get(message, "ice_policy"));
    room->relay_only = policy != NULL && strcmp(policy, "relay") == 0;
    room->is_loopback_only = json_is_true(json_object_get(message, "loopback_only"));
    read_ice_servers(room, message);
    room->participant_count = 0;
    room->epoch = 0;
    snprintf(room->recording, sizeof room->recording, "off");
    copy_text(room->recording, sizeof room->recording, message, "recording");
    room->recording_reason[0] = '\0';
    copy_text(room->recording_reason, sizeof room->recording_reason, message, "recording_reason");
    room->is_host = json_is_true(json_object_get(message, "host"));
    room->forbidden = read_forbidden(json_object_get(message, "permissions"));
    memset(room->muted_by, 0, sizeof room->muted_by);
    size_t index;
    json_t *participant, *muted;
    json_array_foreach(json_object_get(message, "muted"), index, muted) read_muted(room, muted);
    json_array_foreach(json_object_get(message, "participants"), index, participant) add_participant(room, participant);
    read_topology(room, message);
}

void client_room_apply(struct client_room *room, enum message_type type, const json_t *message)
{
    const char *id = json_string_value(json_object_get(message, "participant"));
    struct client_participant *participant = find(room, id);
    switch (type) {
    case MESSAGE_JOINED:
        read_joined(room, message);
        return;
    case MESSAGE_PARTICIPANT_JOINED:
        add_participant(room, json_object_get(message, "participant"));
        return;
    case MESSAGE_PARTICIPANT_LEFT:
        remove_participant(room, id);
        return;
    case MESSAGE_PARTICIPANT_STATE:
        if (participant != NULL)
            set_state(participant, message);
        return;
    case MESSAGE_PARTICIPANT_ROLE:
        read_role(room, message);
        return;
    case MESSAGE_MUTED:
        read_muted(room, message);
        return;
    case MESSAGE_PUBLICATIONS:
        if (participant != NULL)
            read_publications(participant, json_object_get(message, "publications"));
        return;
    case MESSAGE_CONNECT:
        read_topology(room, message);
        return;
    case MESSAGE_ICE_SERVERS:
        read_ice_servers(room, message);
        return;
    default:
        return;
    }
}

const struct client_participant *client_room_participant(const struct client_room *room, const char *id)
{
    return find((struct client_room *)room, id);
}

const struct client_publication *client_room_find_publication(const struct client_room *room, const char *publication)
{
    for (size_t i = 0; i < room->participant_count; i++)
        for (size_t k = 0; k < room->participants[i].publication_count; k++)
            if (strcmp(room->participants[i].publications[k].id, publication) == 0)
                return &room->participants[i].publications[k];
    return NULL;
}

static bool is_in(char (*list)[PARTICIPANT_ID_MAX + 1], size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], id) == 0)
            return true;
    return false;
}

bool client_room_should_connect(const struct client_room *room, const char *id)
{
    return is_in(room->connect, room->connect_count, id);
}

bool client_room_should_probe(const struct client_room *room, const char *id)
{
    return is_in(room->probe, room->probe_count, id);
}

void client_room_forget_mixers(struct client_room *room)
{
    for (size_t i = room->participant_count; i-- > 0;)
        if (room->participants[i].is_mixer && strcmp(room->participants[i].id, room->mixer) != 0)
            remove_participant(room, room->participants[i].id);
}

void client_room_set_size(struct client_room *room, const char *participant, const char *source,
                          const struct client_size *size)
{
    struct client_participant *found = find(room, participant);
    int index = message_source_index(source);
    if (found != NULL && index >= 0)
        found->sizes[index] = *size;
}

struct client_room_choice client_room_choose(const struct client_room *room, const struct client_room_request *request)
{
    struct client_room_choice choice = {.count = 0};
    size_t counts[2] = {0};
    for (size_t i = 0; i < room->participant_count; i++)
        for (size_t k = 0; k < room->participants[i].publication_count; k++) {
            const struct client_publication *publication = &room->participants[i].publications[k];
            bool is_beside = message_source_tile(publication->source) != MESSAGE_TILE_PERSON;
            if (!(room->participants[i].is_mixer ? request->mix : is_beside ? request->beside : request->others))
                continue;
            if (counts[publication->kind] == ROOM_RECEIVED_MAX) {
                choice.left_out++;
                continue;
            }
            counts[publication->kind]++;
            choice.publications[choice.count] = publication->id;
            choice.kinds[choice.count++] = publication->kind;
        }
    return choice;
}
