#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client_state.h"
#include "client/client_stats.h"
#include "client/media/recorder.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/descriptors.h"

#define DESCRIPTORS_NEEDED 24 /* sockets of signaling and of a path, what libraries open at their start */
#define DEFAULT_WIDTH 640
#define DEFAULT_HEIGHT 360
#define DEFAULT_FRAME_RATE 30
#define DEFAULT_BITRATE_BPS 600000

static void emit(struct heddle_client *client, enum heddle_client_event_type type, const char *participant,
                 const char *text)
{
    struct heddle_client_event event = {type, participant != NULL ? participant : "", text != NULL ? text : ""};
    if (client->listener.event == NULL)
        return;
    client->callbacks++;
    client->listener.event(client->listener.user, &event);
    client->callbacks--;
}

/* A recording that fails is told once, as soon as it is known. */
static void tell_recording(struct heddle_client *client)
{
    if (client->has_told_recording || client->tiles.recordings.failure[0] == '\0')
        return;
    client->has_told_recording = true;
    emit(client, HEDDLE_CLIENT_RECORDING_FAILED, "", client->tiles.recordings.failure);
}

static void note_switch(struct heddle_client *client, const char *publication, enum tile_way way, usec_t gap,
                        usec_t now)
{
    int64_t epoch = call_room(client->call)->epoch;
    json_t *event =
        json_pack("{s:s,s:I,s:s}", "kind", "switch", "epoch", (json_int_t)epoch, "publication", publication);
    if (gap >= 0)
        json_object_set_new(event, "gap_ms", json_integer((json_int_t)(gap / USEC_PER_MSEC)));
    call_report(client->call, event);
    if (client->switch_count < RECORDS_MAX) {
        client->switches = mem_resize(client->switches, client->switch_count + 1, sizeof *client->switches);
        struct switch_record *record = &client->switches[client->switch_count++];
        *record = (struct switch_record){.epoch = epoch, .way = way, .at = now, .gap = gap};
        snprintf(record->publication, sizeof record->publication, "%s", publication);
    }
    emit(client, HEDDLE_CLIENT_SWITCH, "", publication);
}

static enum tile_way way_of(const struct call_connection *connection)
{
    return call_connection_is_to_router(connection) ? TILE_BY_ROUTER : TILE_DIRECT;
}

static struct remote_way remote_way_of(const struct call_connection *connection)
{
    return (struct remote_way){.via = peer_connection_serial(call_connection_pc(connection)),
                               .is_current = call_connection_is_current(connection)};
}

static void tell_refused(struct heddle_client *client, const char *publication, const char *what, const char *why)
{
    char text[PUBLICATION_MAX + 64];
    snprintf(text, sizeof text, "cannot play %s: its %s %s to decode", publication, what, why);
    emit(client, HEDDLE_CLIENT_WARNING, "unsupported", text);
}

/* In a Mesh no router keeps back what its owner, or a host, has muted. */
static bool is_silenced(const struct heddle_client *client, const char *publication)
{
    const struct publication *known = room_find_publication(call_room(client->call), publication);
    return known != NULL && known->muted && strcmp(call_room(client->call)->topology, "mesh") == 0;
}

static void on_remote_audio(struct heddle_client *client, struct tile *tile, const struct call_connection *connection,
                            const struct session_frame *frame, usec_t now)
{
    struct remote_pcm pcm;
    int64_t before = clock_thread_cpu_ns();
    remote_audio(tile->remote, remote_way_of(connection), frame, now, &pcm);
    remote_charge(tile->remote, MEDIA_AUDIO, (clock_thread_cpu_ns() - before) / 1000, now);
    if (pcm.refused != NULL)
        tell_refused(client, frame->publication, "audio is", pcm.refused);
    if (pcm.samples == NULL)
        return;
    if (tile_swapped(tile, MEDIA_AUDIO, way_of(connection)))
        note_switch(client, frame->publication, way_of(connection), pcm.gap, now);
    if (client->listener.audio == NULL || is_silenced(client, frame->publication))
        return;
    client->callbacks++;
    client->listener.audio(client->listener.user, remote_participant(tile->remote), pcm.samples, pcm.count);
    client->callbacks--;
}

static void on_picture(struct heddle_client *client, struct tile *tile, const struct call_connection *connection,
                       const struct session_frame *frame, usec_t now)
{
    struct remote_picture result;
    int64_t before = clock_thread_cpu_ns();
    remote_video(tile->remote, remote_way_of(connection), frame, now, clock_wall_us(), &result);
    remote_charge(tile->remote, MEDIA_VIDEO, (clock_thread_cpu_ns() - before) / 1000, now);
    if (result.refused != NULL)
        tell_refused(client, frame->publication, "pictures are", result.refused);
    if (result.needs_keyframe)
        peer_connection_request_keyframe(call_connection_pc(connection), frame->mid);
    if (result.picture == NULL)
        return;
    if (tile_swapped(tile, MEDIA_VIDEO, way_of(connection)))
        note_switch(client, frame->publication, way_of(connection), result.gap, now);
    if (client->listener.picture == NULL || is_silenced(client, frame->publication))
        return;
    struct heddle_client_picture picture = {.width = result.picture->width, .height = result.picture->height};
    for (int i = 0; i < 3; i++) {
        picture.planes[i] = result.picture->planes[i];
        picture.strides[i] = result.picture->strides[i];
    }
    client->callbacks++;
    client->listener.picture(client->listener.user, remote_participant(tile->remote), &picture);
    client->callbacks--;
}

static void on_frame(void *user, struct call_connection *connection, const struct session_frame *frame, usec_t now)
{
    struct heddle_client *client = user;
    struct tile *tile = tiles_of_publication(&client->tiles, frame->publication);
    if (tile == NULL || !tile->is_here)
        return;
    if (frame->kind == MEDIA_AUDIO)
        on_remote_audio(client, tile, connection, frame, now);
    else
        on_picture(client, tile, connection, frame, now);
    tell_recording(client);
}

static void on_keyframe(void *user, const char *source, unsigned encoding)
{
    struct heddle_client *client = user;
    if (client->publisher != NULL && strcmp(source, CAMERA) == 0)
        publisher_request_keyframe(client->publisher, encoding);
}

static void count_ended(struct heddle_client *client, const struct call_connection *connection)
{
    struct ended_track ended;
    while (call_connection_pc(connection) != NULL && peer_connection_take_ended(call_connection_pc(connection), &ended))
        tiles_count_ended(&client->tiles, &ended);
}

static void on_closing(void *user, const struct call_connection *connection)
{
    struct heddle_client *client = user;
    client_keep_sent(client, connection);
    count_ended(client, connection);
    for (size_t i = 0; i < client->tiles.count; i++) {
        struct receive_track_stats video = {0}, audio = {0};
        struct remote *remote = client->tiles.at[i].remote;
        if (client->tiles.at[i].is_past)
            continue;
        bool has_video = client_track_stats(connection, remote_participant(remote), MEDIA_VIDEO, &video);
        bool has_audio = client_track_stats(connection, remote_participant(remote), MEDIA_AUDIO, &audio);
        if (has_video || has_audio)
            remote_closed(remote, peer_connection_serial(call_connection_pc(connection)), &video, &audio);
    }
}

/* The connection that a participant's media is to come by. */
static const struct call_connection *current_connection(const struct heddle_client *client, const char *participant)
{
    const struct call_connections *connections = call_connections(client->call);
    for (size_t i = 0; i < connections->count; i++) {
        const struct call_connection *connection = connections->at[i];
        if (call_connection_is_current(connection) &&
            (strcmp(call_connection_remote(connection), participant) == 0 || call_connection_is_to_router(connection)))
            return connection;
    }
    return NULL;
}

static bool has_moved(void *user)
{
    struct heddle_client *client = user;
    for (size_t i = 0; i < client->tiles.count; i++) {
        const struct tile *tile = &client->tiles.at[i];
        if (!tile->is_here)
            continue;
        const struct call_connection *connection = current_connection(client, remote_participant(tile->remote));
        if (connection == NULL || call_connection_pc(connection) == NULL)
            return false;
        unsigned via = peer_connection_serial(call_connection_pc(connection));
        for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++) /* a muted publication sends no frame to wait for */
            if (!tile->muted[kind] && !remote_is_via(tile->remote, (enum media_kind)kind, via))
                return false;
    }
    return true;
}

static void follow_topology(struct heddle_client *client)
{
    const struct room *room = call_room(client->call);
    if (strcmp(room->topology, client->topology) == 0)
        return;
    snprintf(client->topology, sizeof client->topology, "%s", room->topology);
    emit(client, HEDDLE_CLIENT_TOPOLOGY, "", client->topology);
}

static const char *text_of(const json_t *message, const char *key)
{
    return json_string_value(json_object_get(message, key));
}

/* A host muted a source of ours: it stays so until the application unmutes it. */
static void on_muted(struct heddle_client *client, const char *source, const char *by)
{
    bool is_camera = strcmp(source, CAMERA) == 0;
    if (client->publisher != NULL && (is_camera || strcmp(source, MICROPHONE) == 0)) {
        publisher_mute(client->publisher, is_camera ? MEDIA_VIDEO : MEDIA_AUDIO, true);
        call_mute(client->call, source, true);
    }
    emit(client, HEDDLE_CLIENT_MUTED, by, source);
}

static void tell_hosts(struct heddle_client *client, const struct room *room)
{
    if (room->is_host)
        emit(client, HEDDLE_CLIENT_ROLE, room->self, "host");
    for (size_t i = 0; i < room->participant_count; i++)
        if (room->participants[i].is_host)
            emit(client, HEDDLE_CLIENT_ROLE, room->participants[i].id, "host");
}

static void on_joined(void *user, bool resumed)
{
    struct heddle_client *client = user;
    const struct room *room = call_room(client->call);
    if (client->joined_at == 0)
        client->joined_at = clock_now();
    if (!resumed) {
        tiles_renew(&client->tiles);
        sending_set_encodings(&client->sending, NULL, call_connections(client->call));
    }
    tiles_follow(&client->tiles, room, clock_now());
    emit(client, HEDDLE_CLIENT_JOINED, room->self, room->name);
    tell_hosts(client, room);
    for (int i = 0; i < MESSAGE_SOURCES; i++)
        if (room->muted_by[i][0] != '\0')
            on_muted(client, message_source_name(i), room->muted_by[i]);
    follow_topology(client);
}

static void on_encodings(struct heddle_client *client, const json_t *message)
{
    const char *source = text_of(message, "source");
    if (source != NULL && strcmp(source, CAMERA) == 0)
        sending_set_encodings(&client->sending, json_object_get(message, "active"), call_connections(client->call));
}

/* The router cannot send us a publication in a codec that we take: said once, and in the summary. */
static void on_slot(struct heddle_client *client, const json_t *slot)
{
    const char *publication = text_of(slot, "publication"), *codec = text_of(slot, "codec");
    const struct publication *known = room_find_publication(call_room(client->call), publication);
    struct tile *tile = tiles_of_publication(&client->tiles, publication);
    bool is_unsupported = strcmp(text_of(slot, "state"), "unsupported") == 0;
    char text[PUBLICATION_MAX + 64];
    if (known == NULL || tile == NULL)
        return;
    char *unsupported = tile->unsupported[known->kind];
    bool is_news = is_unsupported && unsupported[0] == '\0';
    codec = codec != NULL ? codec : "unknown codec";
    snprintf(unsupported, CODEC_NAME_MAX + 1, "%s", is_unsupported ? codec : "");
    snprintf(text, sizeof text, "cannot play %s: its codec (%s) is not one of ours", publication, codec);
    if (is_news)
        emit(client, HEDDLE_CLIENT_WARNING, "unsupported", text);
}

static void on_slots(struct heddle_client *client, const json_t *message)
{
    size_t index;
    json_t *slot;
    json_array_foreach(json_object_get(message, "slots"), index, slot) on_slot(client, slot);
}

static void on_message(void *user, enum message_type type, const json_t *message)
{
    struct heddle_client *client = user;
    for (size_t i = 0; i < call_connections(client->call)->count; i++)
        count_ended(client, call_connections(client->call)->at[i]);
    const char *id = text_of(message, "participant");
    const json_t *object = json_object_get(message, "participant");
    switch (type) {
    case MESSAGE_PARTICIPANT_JOINED:
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        emit(client, HEDDLE_CLIENT_PARTICIPANT_JOINED, text_of(object, "id"), text_of(object, "name"));
        break;
    case MESSAGE_PARTICIPANT_LEFT:
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        emit(client, HEDDLE_CLIENT_PARTICIPANT_LEFT, id, text_of(message, "reason"));
        break;
    case MESSAGE_PARTICIPANT_STATE:
        emit(client, HEDDLE_CLIENT_PARTICIPANT_STATE, id, text_of(message, "state"));
        break;
    case MESSAGE_PUBLICATIONS:
        tiles_follow(&client->tiles, call_room(client->call), clock_now());
        emit(client, HEDDLE_CLIENT_PUBLICATIONS, id, "");
        break;
    case MESSAGE_CONNECT:
        follow_topology(client);
        break;
    case MESSAGE_SLOTS:
        on_slots(client, message);
        break;
    case MESSAGE_ENCODINGS:
        on_encodings(client, message);
        break;
    case MESSAGE_SPEAKERS:
        emit(client, HEDDLE_CLIENT_SPEAKERS,
             json_string_value(json_array_get(json_object_get(message, "participants"), 0)), "");
        break;
    case MESSAGE_PARTICIPANT_ROLE:
        emit(client, HEDDLE_CLIENT_ROLE, id, json_is_true(json_object_get(message, "host")) ? "host" : "");
        break;
    case MESSAGE_MUTED:
        on_muted(client, text_of(message, "source"), text_of(message, "by"));
        break;
    case MESSAGE_UNMUTE_REQUEST:
        emit(client, HEDDLE_CLIENT_UNMUTE_REQUEST, text_of(message, "by"), text_of(message, "source"));
        break;
    case MESSAGE_CHAT:
        emit(client, HEDDLE_CLIENT_CHAT, text_of(message, "from"), text_of(message, "text"));
        break;
    case MESSAGE_ERROR:
        emit(client, HEDDLE_CLIENT_WARNING, text_of(message, "code"), text_of(message, "message"));
        break;
    default:
        break;
    }
    tell_recording(client);
}

static void on_connection(void *user, const struct call_connection *connection)
{
    struct heddle_client *client = user;
    const struct reconnect *manager = call_connection_manager(connection);
    char text[32];
    if (manager->state == RECONNECT_CONNECTED) {
        client->was_connected = true;
        if (client->publisher != NULL)
            publisher_start(client->publisher);
    }
    snprintf(text, sizeof text, "%s", reconnect_state_name(manager->state));
    if (manager->state == RECONNECT_RESTARTING)
        snprintf(text, sizeof text, "%s %u", reconnect_state_name(manager->state), manager->attempt);
    sending_follow(&client->sending, call_connections(client->call));
    emit(client, HEDDLE_CLIENT_CONNECTION, call_connection_remote(connection), text);
}

static void on_status(void *user, const struct call_status *status)
{
    char text[48];
    snprintf(text, sizeof text, "%s", client_status_name(status->state));
    if (status->state == CALL_RECONNECTING)
        snprintf(text, sizeof text, "%s %u/%u", client_status_name(status->state), status->attempt, status->max);
    emit(user, HEDDLE_CLIENT_STATUS, "", text);
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
    emit(client, HEDDLE_CLIENT_RECOVERY, recovery->target, recovery->path);
}

static void on_signaling(void *user, bool connected, const char *reason)
{
    emit(user, HEDDLE_CLIENT_SIGNALING, "", connected ? "connected" : reason);
}

static void on_ended(void *user, const char *code, const char *reason)
{
    struct heddle_client *client = user;
    if (client->has_ended)
        return;
    client->ended_at = clock_now();
    client_keep_stats(client);
    client->has_ended = true;
    if (client->publisher != NULL)
        publisher_stop(client->publisher);
    call_stop(client->call);
    tiles_end(&client->tiles);
    tell_recording(client);
    emit(client, HEDDLE_CLIENT_ENDED, code, reason);
}

static usec_t or_default(unsigned ms, usec_t standard)
{
    return ms != 0 ? usec_from_ms(ms) : standard;
}

static struct reconnect_constants constants_of(const struct heddle_client_reconnection *reconnection)
{
    struct reconnect_constants constants = reconnect_defaults;
    constants.connect_timeout = or_default(reconnection->connect_timeout_ms, constants.connect_timeout);
    constants.auto_wait = or_default(reconnection->auto_wait_ms, constants.auto_wait);
    constants.speculative_delay = or_default(reconnection->speculative_delay_ms, constants.speculative_delay);
    constants.retry_delay = or_default(reconnection->retry_delay_ms, constants.retry_delay);
    constants.restart_timeout = or_default(reconnection->restart_timeout_ms, constants.restart_timeout);
    if (reconnection->max_restarts != 0)
        constants.max_restarts = reconnection->max_restarts;
    return constants;
}

/* What the server would refuse, and what cannot be sent at all, is refused here. */
static int check_texts(const struct call_config *call, const char **reason)
{
    static char text[300];
    struct refusal refusal;
    enum message_type type;
    json_t *join = json_pack("{s:s,s:s,s:s,s:{s:b,s:b},s:s*,s:s*}", "type", "join", "room", call->room, "name",
                             call->name, "capabilities", "mesh", call->mesh, "sfu", call->sfu, "token", call->token,
                             "topology", call->topology);
    *reason = "room, name and token are to be UTF-8";
    if (join == NULL)
        return ERR_INVALID;
    int error = message_check(join, &type, MESSAGE_TO_SERVER, &refusal);
    if (error != 0) {
        snprintf(text, sizeof text, "the %s is to be %s", refusal.field, refusal.expected);
        *reason = text;
    }
    json_decref(join);
    return error;
}

static int open_call(struct heddle_client *client, const struct heddle_client_config *config, const char **reason)
{
    struct call_config call = {.loop = client->loop,
                               .name = config->name,
                               .token = config->token,
                               .topology = client->requested_topology,
                               .accept_any_certificate = config->accept_any_certificate,
                               .relay_only = config->relay_only,
                               .receive = config->receive,
                               .mesh = !config->no_mesh,
                               .sfu = !config->no_sfu,
                               .reconnect = constants_of(&config->reconnection)};
    if (url_parse(&call.url, config->url) != 0) {
        *reason = "this is not an address like http://127.0.0.1:8080";
        return ERR_INVALID;
    }
    call.room = config->room != NULL ? config->room : call.url.room;
    if (call.room[0] == '\0' || config->name == NULL) {
        *reason = config->name == NULL ? "no name is given" : "no room is named";
        return ERR_INVALID;
    }
    if (check_texts(&call, reason) != 0)
        return ERR_INVALID;
    struct call_listener listener = {.joined = on_joined,
                                     .message = on_message,
                                     .connection = on_connection,
                                     .status = on_status,
                                     .recovered = on_recovered,
                                     .frame = on_frame,
                                     .keyframe = on_keyframe,
                                     .closing = on_closing,
                                     .has_moved = has_moved,
                                     .signaling = on_signaling,
                                     .ended = on_ended,
                                     .user = client};
    client->call = call_new(&call, &listener);
    *reason = client->call == NULL ? "the socket library does not start" : NULL;
    return client->call == NULL ? ERR_IO : 0;
}

int heddle_client_new(struct heddle_client **out, uv_loop_t *loop, const struct heddle_client_config *config,
                      const struct heddle_client_listener *listener, const char **reason)
{
    if (!descriptors_are_free(DESCRIPTORS_NEEDED)) {
        *reason = "too few open files are allowed: raise the limit (ulimit -n)";
        return ERR_LIMIT;
    }
    if (config->record_folder != NULL && recorder_make_folder(config->record_folder) != 0) {
        static char text[512];
        snprintf(text, sizeof text, "cannot record to the folder %.400s: %s", config->record_folder, strerror(errno));
        *reason = text;
        return ERR_IO;
    }
    struct heddle_client *client = mem_alloc(sizeof *client);
    client->loop = loop;
    client->listener = *listener;
    client->requested_topology = mem_text(config->topology);
    tiles_init(&client->tiles, config->record_folder);
    int error = open_call(client, config, reason);
    if (error != 0) {
        tiles_fini(&client->tiles);
        free(client->requested_topology);
        free(client);
        return error;
    }
    *out = client;
    return 0;
}

void heddle_client_join(struct heddle_client *client)
{
    if (client->was_started || client->has_ended)
        return;
    client->was_started = true;
    call_start(client->call);
}

void heddle_client_leave(struct heddle_client *client)
{
    if (client->has_ended)
        return;
    client_keep_connections(client);
    call_leave(client->call);
}

int heddle_client_free(struct heddle_client *client)
{
    if (client == NULL)
        return 0;
    CHECK(client->callbacks == 0);
    client->listener = (struct heddle_client_listener){0};
    publisher_free(client->publisher);
    call_free(client->call);
    int error = tiles_fini(&client->tiles);
    free(client->recoveries);
    free(client->switches);
    free(client->last_connections);
    free(client->requested_topology);
    free(client);
    return error;
}

static void on_video(void *user, unsigned encoding, const struct coded_frame *frame, usec_t now)
{
    struct heddle_client *client = user;
    call_video(client->call, CAMERA, encoding, frame, now);
    sending_adapt(&client->sending, call_connections(client->call), now);
}

static void on_audio(void *user, const struct coded_audio *audio, usec_t now)
{
    struct heddle_client *client = user;
    call_audio(client->call, MICROPHONE, audio, now);
}

static void set_sources(struct heddle_client *client)
{
    static const char rids[MEDIA_ENCODINGS_MAX][MEDIA_RID_MAX + 1] = {"q", "h", "f"};
    struct negotiation_source sources[2] = {0};
    size_t count = 0;
    if (publisher_has_audio(client->publisher)) {
        snprintf(sources[count].source, sizeof sources[count].source, MICROPHONE);
        sources[count++].kind = MEDIA_AUDIO;
    }
    if (publisher_has_video(client->publisher)) {
        struct negotiation_source *source = &sources[count++];
        unsigned encodings = publisher_encodings(client->publisher);
        snprintf(source->source, sizeof source->source, CAMERA);
        source->kind = MEDIA_VIDEO;
        source->rid_count = encodings > 1 ? encodings : 0;
        memcpy(source->rids, rids[MEDIA_ENCODINGS_MAX - encodings], encodings * sizeof rids[0]);
    }
    call_set_sources(client->call, sources, count);
}

int heddle_client_publish(struct heddle_client *client, const struct heddle_client_media *media, const char **reason)
{
    if (client->publisher != NULL || client->has_ended) {
        *reason = client->has_ended ? "the call is over" : "something is published already";
        return ERR_WRONG_STATE;
    }
    struct publisher_config config = {
        .video = media->video,
        .audio = media->audio,
        .width = media->width != 0 ? media->width : DEFAULT_WIDTH,
        .height = media->height != 0 ? media->height : DEFAULT_HEIGHT,
        .frames_per_second = media->frames_per_second != 0 ? media->frames_per_second : DEFAULT_FRAME_RATE,
        .bitrate_bps = media->bitrate_bps != 0 ? media->bitrate_bps : DEFAULT_BITRATE_BPS,
        .encodings = media->encodings != 0 ? media->encodings : 1,
        .temporal_layers = media->temporal_layers != 0 ? media->temporal_layers : 1,
    };
    random_secure(&config.seed, sizeof config.seed);
    struct publisher_listener listener = {.video = on_video, .audio = on_audio, .user = client};
    int error = publisher_new(&client->publisher, client->loop, &config, &listener, reason);
    if (error != 0)
        return error;
    sending_init(&client->sending, client->publisher, media->is_fixed);
    set_sources(client);
    if (client->was_connected)
        publisher_start(client->publisher);
    return 0;
}

void heddle_client_mute(struct heddle_client *client, bool audio, bool video)
{
    if (client->publisher == NULL || client->has_ended)
        return;
    if (publisher_has_audio(client->publisher) && publisher_is_muted(client->publisher, MEDIA_AUDIO) != audio) {
        publisher_mute(client->publisher, MEDIA_AUDIO, audio);
        call_mute(client->call, MICROPHONE, audio);
    }
    if (publisher_has_video(client->publisher) && publisher_is_muted(client->publisher, MEDIA_VIDEO) != video) {
        publisher_mute(client->publisher, MEDIA_VIDEO, video);
        call_mute(client->call, CAMERA, video);
    }
}

void heddle_client_chat(struct heddle_client *client, const char *text)
{
    call_send(client->call, json_pack("{s:s,s:s}", "type", "chat", "text", text));
}

void heddle_client_network_changed(struct heddle_client *client)
{
    if (client->was_started && !client->has_ended)
        call_network_changed(client->call);
}

void heddle_client_rejoin(struct heddle_client *client)
{
    if (client->was_started && !client->has_ended)
        call_rejoin(client->call);
}
