#include "client/client_call_events.h"

#include <stdio.h>
#include <string.h>

#include "client/client_encryption.h"
#include "client/client_events.h"
#include "client/client_receive.h"
#include "client/client_sources.h"
#include "client/client_stats.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

static void on_keyframe(void *user, const char *source, unsigned encoding)
{
    struct client_source *asked = client_source_find(user, source);
    if (asked != NULL)
        client_source_request_keyframe(asked, encoding);
}

static void on_frame(void *user, struct call_connection *connection, const struct session_frame *frame, usec_t now)
{
    client_receive(user, connection, frame, now);
}

static void on_closing(void *user, const struct call_connection *connection)
{
    client_connection_closing(user, connection);
}

static void on_data(void *user, const struct room_data_event *event)
{
    client_tell_data(user, event);
}

static void on_participants(void *user)
{
    struct heddle_client *client = user;
    tiles_follow(&client->tiles, call_room(client->call), clock_now());
}

static bool has_moved(void *user)
{
    return client_has_moved(user);
}

static void follow_topology(struct heddle_client *client)
{
    const struct client_room *room = call_room(client->call);
    if (strcmp(room->pin, client->pin) != 0) {
        snprintf(client->pin, sizeof client->pin, "%s", room->pin);
        client_emit(client, HEDDLE_CLIENT_PIN, room->pin_by, client->pin);
    }
    if (strcmp(room->layout, client->layout) != 0) {
        snprintf(client->layout, sizeof client->layout, "%s", room->layout);
        client_emit(client, HEDDLE_CLIENT_LAYOUT, "", client->layout);
    }
    if (strcmp(room->topology, client->topology) == 0)
        return;
    snprintf(client->topology, sizeof client->topology, "%s", room->topology);
    client_emit(client, HEDDLE_CLIENT_TOPOLOGY, "", client->topology);
}

static const char *text_of(const json_t *message, const char *key)
{
    return json_string_value(json_object_get(message, key));
}

/* A host muted a source of ours: it stays so until the application unmutes it. */
static void on_muted(struct heddle_client *client, const char *source, const char *by)
{
    struct client_source *muted = client_source_find(client, source);
    if (muted != NULL)
        client_source_mute(muted, true);
    client_emit(client, HEDDLE_CLIENT_MUTED, by, source);
}

static void tell_hosts(struct heddle_client *client, const struct client_room *room)
{
    if (room->is_host)
        client_emit(client, HEDDLE_CLIENT_ROLE, room->self, "host");
    for (size_t i = 0; i < room->participant_count; i++)
        if (room->participants[i].is_host)
            client_emit(client, HEDDLE_CLIENT_ROLE, room->participants[i].id, "host");
}

static void on_joined(void *user, bool resumed)
{
    struct heddle_client *client = user;
    const struct client_room *room = call_room(client->call);
    if (client->joined_at == 0)
        client->joined_at = clock_now();
    if (!resumed) {
        client_encryption_joined(client);
        tiles_renew(&client->tiles);
        client_sources_set_encodings(client, NULL, NULL);
    }
    tiles_follow(&client->tiles, room, clock_now());
    client_emit(client, HEDDLE_CLIENT_JOINED, room->self, room->name);
    tell_hosts(client, room);
    if (strcmp(room->recording, "off") != 0)
        client_emit(client, HEDDLE_CLIENT_RECORDING, room->recording_reason, room->recording);
    if (call_lacks_turn(client->call))
        client_emit(client, HEDDLE_CLIENT_WARNING, "no-turn", call_obstacle(client->call));
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (room->muted_by[i][0] != '\0')
            on_muted(client, message_source_name(i), room->muted_by[i]);
    follow_topology(client);
}

static void on_encodings(struct heddle_client *client, const json_t *message)
{
    const char *source = text_of(message, "source");
    if (source != NULL)
        client_sources_set_encodings(client, source, json_object_get(message, "active"));
}

static bool is_cut(const json_t *slot)
{
    const char *reason = text_of(slot, "reason");
    return strcmp(text_of(slot, "state"), "paused") == 0 && reason != NULL && strcmp(reason, "bandwidth") == 0;
}

/* The router cannot send us a publication in a codec that we take: said once, and in the summary. */
static void on_slot(struct heddle_client *client, const json_t *slot)
{
    const char *publication = text_of(slot, "publication"), *codec = text_of(slot, "codec");
    const struct client_publication *known = client_room_find_publication(call_room(client->call), publication);
    struct tile *tile = tiles_of_publication(&client->tiles, publication);
    bool is_unsupported = strcmp(text_of(slot, "state"), "unsupported") == 0;
    char text[PUBLICATION_ID_MAX + 64];
    if (known == NULL || tile == NULL)
        return;
    if (strcmp(known->source, "camera") == 0 || strcmp(known->source, MESSAGE_MIX_VIDEO) == 0)
        tile->is_cut = is_cut(slot);
    char *unsupported = tile->unsupported[known->kind];
    bool is_news = is_unsupported && unsupported[0] == '\0';
    codec = codec != NULL ? codec : "unknown codec";
    snprintf(unsupported, CODEC_NAME_MAX + 1, "%s", is_unsupported ? codec : "");
    snprintf(text, sizeof text, "cannot play %s: its codec (%s) is not one of ours", publication, codec);
    if (is_news)
        client_emit(client, HEDDLE_CLIENT_WARNING, "unsupported", text);
}

static void on_slots(struct heddle_client *client, const json_t *message)
{
    size_t index;
    json_t *slot;
    json_array_foreach(json_object_get(message, "slots"), index, slot) on_slot(client, slot);
}

static void on_chat_history(struct heddle_client *client, const json_t *message)
{
    size_t index;
    json_t *said;
    json_array_foreach(json_object_get(message, "messages"), index, said)
        client_emit(client, HEDDLE_CLIENT_CHAT, text_of(said, "from"), text_of(said, "text"));
}

static void on_waiting_list(struct heddle_client *client, const json_t *message)
{
    size_t index;
    json_t *one;
    json_array_foreach(json_object_get(message, "waiting"), index, one)
        client_emit(client, HEDDLE_CLIENT_WAITS, text_of(one, "id"), text_of(one, "name"));
}

/* What people do to and tell each other. */
static void on_people_message(struct heddle_client *client, enum message_type type, const json_t *message)
{
    const char *id = text_of(message, "participant");
    switch (type) {
    case MESSAGE_PARTICIPANT_ROLE:
        client_emit(client, HEDDLE_CLIENT_ROLE, id, json_is_true(json_object_get(message, "host")) ? "host" : "");
        break;
    case MESSAGE_MUTED:
        on_muted(client, text_of(message, "source"), text_of(message, "by"));
        break;
    case MESSAGE_WAITING:
        client_emit(client, HEDDLE_CLIENT_WAITING, id, text_of(message, "room"));
        break;
    case MESSAGE_WAITING_LIST:
        on_waiting_list(client, message);
        break;
    case MESSAGE_UNMUTE_REQUEST:
        client_emit(client, HEDDLE_CLIENT_UNMUTE_REQUEST, text_of(message, "by"), text_of(message, "source"));
        break;
    case MESSAGE_PARTICIPANT_HAND:
        client_emit(client, HEDDLE_CLIENT_HAND, id,
                    json_integer_value(json_object_get(message, "hand")) != 0 ? "raised" : "lowered");
        break;
    case MESSAGE_REACTION:
        client_emit(client, HEDDLE_CLIENT_REACTION, text_of(message, "from"), text_of(message, "reaction"));
        break;
    case MESSAGE_CHAT_HISTORY:
        on_chat_history(client, message);
        break;
    case MESSAGE_CHAT:
        client_emit(client, text_of(message, "to") != NULL ? HEDDLE_CLIENT_CHAT_PRIVATE : HEDDLE_CLIENT_CHAT,
                    text_of(message, "from"), text_of(message, "text"));
        break;
    default:
        break;
    }
}

static void on_message(void *user, enum message_type type, const json_t *message)
{
    struct heddle_client *client = user;
    for (size_t i = 0; i < call_connections(client->call)->count; i++)
        client_count_ended(client, call_connections(client->call)->at[i]);
    const char *id = text_of(message, "participant");
    const json_t *object = json_object_get(message, "participant");
    switch (type) {
    case MESSAGE_PARTICIPANT_JOINED:
        client_encryption_came(client);
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        client_emit(client, HEDDLE_CLIENT_PARTICIPANT_JOINED, text_of(object, "id"), text_of(object, "name"));
        break;
    case MESSAGE_PARTICIPANT_LEFT:
        client_encryption_left(client);
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        client_emit(client, HEDDLE_CLIENT_PARTICIPANT_LEFT, id, text_of(message, "reason"));
        break;
    case MESSAGE_PARTICIPANT_STATE:
        client_emit(client, HEDDLE_CLIENT_PARTICIPANT_STATE, id, text_of(message, "state"));
        break;
    case MESSAGE_PUBLICATIONS:
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        client_emit(client, HEDDLE_CLIENT_PUBLICATIONS, id, "");
        break;
    case MESSAGE_RECORDING:
        client_emit(client, HEDDLE_CLIENT_RECORDING, text_of(message, "reason"), text_of(message, "state"));
        break;
    case MESSAGE_MIX_LANES:
        client_emit(client, HEDDLE_CLIENT_MIX_LANES, "", "");
        break;
    case MESSAGE_CONNECT:
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        follow_topology(client);
        break;
    case MESSAGE_SLOTS:
        on_slots(client, message);
        break;
    case MESSAGE_ENCODINGS:
        on_encodings(client, message);
        break;
    case MESSAGE_SPEAKERS:
        client_emit(client, HEDDLE_CLIENT_SPEAKERS,
                    json_string_value(json_array_get(json_object_get(message, "participants"), 0)), "");
        break;
    case MESSAGE_ERROR:
        client_emit(client, HEDDLE_CLIENT_WARNING, text_of(message, "code"), text_of(message, "message"));
        break;
    default:
        on_people_message(client, type, message);
        break;
    }
    client_tell_recording(client);
}

static void on_connection(void *user, const struct call_connection *connection)
{
    struct heddle_client *client = user;
    const struct reconnect *manager = call_connection_manager(connection);
    char text[32];
    if (manager->state == RECONNECT_CONNECTED) {
        client->was_connected = true;
        client_sources_start(&client->sources);
    }
    snprintf(text, sizeof text, "%s", reconnect_state_name(manager->state));
    if (manager->state == RECONNECT_RESTARTING)
        snprintf(text, sizeof text, "%s %u", reconnect_state_name(manager->state), manager->attempt);
    client_sources_follow(client);
    client_emit(client, HEDDLE_CLIENT_CONNECTION, call_connection_remote(connection), text);
}

static void on_status(void *user, const struct call_status *status)
{
    char text[48];
    snprintf(text, sizeof text, "%s", client_status_name(status->state));
    if (status->state == CALL_RECONNECTING)
        snprintf(text, sizeof text, "%s %u/%u", client_status_name(status->state), status->attempt, status->max);
    client_emit(user, HEDDLE_CLIENT_STATUS, "", text);
}

static void on_recovered(void *user, const struct call_recovery *recovery)
{
    struct heddle_client *client = user;
    if (client->recovery_count < RECORDS_MAX) {
        client->recoveries = mem_resize(client->recoveries, client->recovery_count + 1, sizeof *client->recoveries);
        struct recovery_record *record = &client->recoveries[client->recovery_count++];
        *record = (struct recovery_record){.at = clock_now(), .duration = recovery->duration, .gap = recovery->gap};
        snprintf(record->target, sizeof record->target, "%s", recovery->target);
        snprintf(record->cause, sizeof record->cause, "%s", recovery->cause);
        snprintf(record->path, sizeof record->path, "%s", recovery->path);
    }
    client_emit(client, HEDDLE_CLIENT_RECOVERY, recovery->target, recovery->path);
}

static void on_signaling(void *user, bool connected, const char *reason)
{
    client_emit(user, HEDDLE_CLIENT_SIGNALING, "", connected ? "connected" : reason);
}

static void on_ended(void *user, const char *code, const char *reason)
{
    struct heddle_client *client = user;
    if (client->has_ended)
        return;
    client->ended_at = clock_now();
    client_keep_stats(client);
    client->has_ended = true;
    client_sources_stop(&client->sources);
    call_stop(client->call);
    tiles_end(&client->tiles);
    client_tell_recording(client);
    client_emit(client, HEDDLE_CLIENT_ENDED, code, reason);
}

struct call_listener client_call_listener(struct heddle_client *client)
{
    return (struct call_listener){.joined = on_joined,
                                  .message = on_message,
                                  .connection = on_connection,
                                  .status = on_status,
                                  .recovered = on_recovered,
                                  .frame = on_frame,
                                  .keyframe = on_keyframe,
                                  .data = on_data,
                                  .closing = on_closing,
                                  .participants = on_participants,
                                  .has_moved = has_moved,
                                  .signaling = on_signaling,
                                  .ended = on_ended,
                                  .user = client};
}
