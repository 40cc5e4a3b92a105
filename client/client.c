#include "client/heddle_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "client/publisher.h"
#include "client/remote.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define CAMERA "camera"
#define MICROPHONE "microphone"
#define DEFAULT_WIDTH 640
#define DEFAULT_HEIGHT 360
#define DEFAULT_FRAME_RATE 30
#define DEFAULT_BITRATE_BPS 600000

struct tile { /* a participant that is or was here */
    struct remote *remote;
    bool is_here;
    usec_t since;
};

struct heddle_client {
    uv_loop_t *loop;
    struct heddle_client_listener listener;
    char *record_folder;
    struct call *call;
    struct publisher *publisher;
    struct tile *tiles;
    size_t tile_count;
    usec_t joined_at, ended_at;
    bool was_connected, has_ended;
    char shape[8];
};

static void emit(struct heddle_client *client, enum heddle_client_event_type type, const char *participant,
                 const char *text)
{
    struct heddle_client_event event = {type, participant != NULL ? participant : "", text != NULL ? text : ""};
    if (client->listener.event != NULL)
        client->listener.event(client->listener.user, &event);
}

static struct tile *find_tile(struct heddle_client *client, const char *participant)
{
    for (size_t i = 0; i < client->tile_count; i++)
        if (strcmp(remote_participant(client->tiles[i].remote), participant) == 0)
            return &client->tiles[i];
    return NULL;
}

static struct tile *add_tile(struct heddle_client *client, const struct participant *participant)
{
    struct tile *tile = find_tile(client, participant->id);
    if (tile == NULL) {
        client->tiles = mem_resize(client->tiles, client->tile_count + 1, sizeof(*client->tiles));
        tile = &client->tiles[client->tile_count++];
        *tile = (struct tile){.remote = remote_new(participant->id, participant->name), .since = clock_now()};
        if (client->record_folder != NULL)
            remote_record(tile->remote, client->record_folder);
    }
    tile->is_here = true;
    return tile;
}

/* "p3/camera" is of "p3". */
static struct tile *tile_of_publication(struct heddle_client *client, const char *publication)
{
    char participant[PARTICIPANT_ID_MAX + 1];
    size_t length = strcspn(publication, "/");
    if (length > PARTICIPANT_ID_MAX)
        return NULL;
    memcpy(participant, publication, length);
    participant[length] = '\0';
    return find_tile(client, participant);
}

static void on_frame(void *user, struct connection *connection, const struct session_frame *frame, usec_t now)
{
    struct heddle_client *client = user;
    struct tile *tile = tile_of_publication(client, frame->publication);
    if (tile == NULL)
        return;
    const char *id = remote_participant(tile->remote);
    if (frame->kind == MEDIA_AUDIO) {
        struct remote_sound sound;
        remote_audio(tile->remote, connection_serial(connection), frame, now, &sound);
        if (sound.samples != NULL && client->listener.sound != NULL)
            client->listener.sound(client->listener.user, id, sound.samples, sound.count);
        return;
    }
    struct remote_picture result;
    remote_video(tile->remote, connection_serial(connection), frame, now, clock_wall_us(), &result);
    if (result.wants_keyframe)
        connection_want_keyframe(connection, frame->mid);
    if (result.picture == NULL || client->listener.picture == NULL)
        return;
    struct heddle_client_picture picture = {.width = result.picture->width, .height = result.picture->height};
    for (int i = 0; i < 3; i++) {
        picture.planes[i] = result.picture->planes[i];
        picture.strides[i] = result.picture->strides[i];
    }
    client->listener.picture(client->listener.user, id, &picture);
}

static void on_keyframe(void *user, const char *source, unsigned encoding)
{
    struct heddle_client *client = user;
    if (client->publisher != NULL && strcmp(source, CAMERA) == 0)
        publisher_want_keyframe(client->publisher, encoding);
}

static bool track_stats(const struct connection *connection, const char *participant, const char *source,
                        struct receive_track_stats *stats)
{
    char publication[PUBLICATION_MAX + 1];
    snprintf(publication, sizeof(publication), "%s/%s", participant, source);
    return rtp_session_receive_stats(connection_session(connection), publication, stats);
}

static void on_closing(void *user, const struct connection *connection)
{
    struct heddle_client *client = user;
    for (size_t i = 0; i < client->tile_count; i++) {
        struct receive_track_stats video = {0}, audio = {0};
        struct remote *remote = client->tiles[i].remote;
        bool has_video = track_stats(connection, remote_participant(remote), CAMERA, &video);
        bool has_audio = track_stats(connection, remote_participant(remote), MICROPHONE, &audio);
        if (has_video || has_audio)
            remote_closed(remote, connection_serial(connection), &video, &audio);
    }
}

/* The connection that a participant's media is to come by. */
static const struct connection *wanted_connection(const struct heddle_client *client, const char *participant)
{
    for (size_t i = 0; i < call_connection_count(client->call); i++) {
        const struct connection *connection = call_connection(client->call, i);
        const char *id = connection_remote_id(connection);
        if (!call_is_retiring(client->call, connection) &&
            (strcmp(id, participant) == 0 || strcmp(id, MESSAGE_ROUTER) == 0))
            return connection;
    }
    return NULL;
}

static bool has_moved(void *user)
{
    struct heddle_client *client = user;
    for (size_t i = 0; i < client->tile_count; i++) {
        const struct tile *tile = &client->tiles[i];
        if (!tile->is_here)
            continue;
        const struct connection *connection = wanted_connection(client, remote_participant(tile->remote));
        if (connection == NULL)
            return false;
        unsigned via = connection_serial(connection);
        if (!remote_is_via(tile->remote, MEDIA_VIDEO, via) || !remote_is_via(tile->remote, MEDIA_AUDIO, via))
            return false;
    }
    return true;
}

static void follow_participants(struct heddle_client *client)
{
    const struct room *room = call_room(client->call);
    for (size_t i = 0; i < client->tile_count; i++)
        client->tiles[i].is_here = false;
    for (size_t i = 0; i < room->participant_count; i++)
        add_tile(client, &room->participants[i]);
}

static void follow_shape(struct heddle_client *client)
{
    const struct room *room = call_room(client->call);
    if (strcmp(room->shape, client->shape) == 0)
        return;
    snprintf(client->shape, sizeof(client->shape), "%s", room->shape);
    emit(client, HEDDLE_CLIENT_SHAPE, "", client->shape);
}

static void on_joined(void *user, bool resumed)
{
    struct heddle_client *client = user;
    const struct room *room = call_room(client->call);
    (void)resumed;
    if (client->joined_at == 0)
        client->joined_at = clock_now();
    follow_participants(client);
    emit(client, HEDDLE_CLIENT_JOINED, room->self, room->name);
    follow_shape(client);
}

static const char *text_of(const json_t *message, const char *key)
{
    return json_string_value(json_object_get(message, key));
}

/* Standing still because of a mute is no freeze: what was shown last before a change starts afresh. */
static void on_publications(struct heddle_client *client, const char *id)
{
    struct tile *tile = find_tile(client, id);
    if (tile == NULL)
        return;
    remote_pause(tile->remote, MEDIA_VIDEO);
    remote_pause(tile->remote, MEDIA_AUDIO);
}

static bool is_live(const struct heddle_client *client, const char *participant, const char *source)
{
    char id[PUBLICATION_MAX + 1];
    snprintf(id, sizeof(id), "%s/%s", participant, source);
    const struct publication *publication = room_find_publication(call_room(client->call), id);
    return publication != NULL && !publication->muted;
}

static void on_layers(struct heddle_client *client, const json_t *message)
{
    const json_t *active = json_object_get(message, "active");
    const char *source = text_of(message, "source");
    if (client->publisher == NULL || source == NULL || strcmp(source, CAMERA) != 0)
        return;
    for (unsigned i = 0; i < json_array_size(active); i++)
        publisher_set_active(client->publisher, i, json_is_true(json_array_get(active, i)));
}

static void on_message(void *user, enum message_type type, const json_t *message)
{
    struct heddle_client *client = user;
    const char *id = text_of(message, "participant");
    const json_t *object = json_object_get(message, "participant");
    switch (type) {
    case MESSAGE_PARTICIPANT_JOINED:
        follow_participants(client);
        emit(client, HEDDLE_CLIENT_PARTICIPANT_JOINED, text_of(object, "id"), text_of(object, "name"));
        break;
    case MESSAGE_PARTICIPANT_LEFT:
        follow_participants(client);
        emit(client, HEDDLE_CLIENT_PARTICIPANT_LEFT, id, text_of(message, "reason"));
        break;
    case MESSAGE_PUBLICATIONS:
        on_publications(client, id);
        emit(client, HEDDLE_CLIENT_PUBLICATIONS, id, "");
        break;
    case MESSAGE_CONNECT:
        follow_shape(client);
        break;
    case MESSAGE_LAYERS:
        on_layers(client, message);
        break;
    case MESSAGE_SPEAKERS:
        emit(client, HEDDLE_CLIENT_SPEAKERS,
             json_string_value(json_array_get(json_object_get(message, "participants"), 0)), "");
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
}

static void on_connection(void *user, const struct connection *connection, enum connection_state state, usec_t now)
{
    struct heddle_client *client = user;
    (void)now;
    if (state == CONNECTION_CONNECTED) {
        client->was_connected = true;
        if (client->publisher != NULL)
            publisher_start(client->publisher);
    }
    emit(client, HEDDLE_CLIENT_CONNECTION, connection_remote_id(connection), connection_state_name(state));
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
    client->has_ended = true;
    client->ended_at = clock_now();
    emit(client, HEDDLE_CLIENT_ENDED, code, reason);
}

static int open_call(struct heddle_client *client, const struct heddle_client_config *config, const char **reason)
{
    struct call_config call = {.loop = client->loop,
                               .name = config->name,
                               .token = config->token,
                               .shape = config->shape,
                               .accept_any_certificate = config->accept_any_certificate,
                               .relay_only = config->relay_only,
                               .receive = config->receive,
                               .mesh = !config->no_mesh,
                               .sfu = !config->no_sfu};
    if (url_parse(&call.url, config->url) != 0) {
        *reason = "this is not an address like http://127.0.0.1:8080";
        return ERR_INVALID;
    }
    call.room = config->room != NULL ? config->room : call.url.room;
    if (!message_is_room_name(call.room)) {
        *reason = "a room's name is 1 to 64 of A-Z a-z 0-9 . _ -";
        return ERR_INVALID;
    }
    struct call_listener listener = {.joined = on_joined,
                                     .message = on_message,
                                     .connection = on_connection,
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
    struct heddle_client *client = mem_alloc(sizeof(*client));
    client->loop = loop;
    client->listener = *listener;
    client->record_folder = mem_text(config->record_folder);
    int error = open_call(client, config, reason);
    if (error != 0) {
        free(client->record_folder);
        free(client);
        return error;
    }
    *out = client;
    return 0;
}

void heddle_client_join(struct heddle_client *client)
{
    call_start(client->call);
}

void heddle_client_leave(struct heddle_client *client)
{
    if (!client->has_ended)
        call_leave(client->call);
}

int heddle_client_free(struct heddle_client *client)
{
    if (client == NULL)
        return 0;
    int error = 0;
    client->listener = (struct heddle_client_listener){0};
    publisher_free(client->publisher);
    call_free(client->call);
    for (size_t i = 0; i < client->tile_count; i++)
        if (remote_free(client->tiles[i].remote) != 0)
            error = ERR_IO;
    free(client->tiles);
    free(client->record_folder);
    free(client);
    return error;
}

static void on_video(void *user, unsigned encoding, const struct coded_frame *frame, usec_t now)
{
    struct heddle_client *client = user;
    call_video(client->call, CAMERA, encoding, frame, now);
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
        snprintf(sources[count].source, sizeof(sources[count].source), MICROPHONE);
        sources[count++].kind = MEDIA_AUDIO;
    }
    if (publisher_has_video(client->publisher)) {
        struct negotiation_source *source = &sources[count++];
        unsigned encodings = publisher_encodings(client->publisher);
        snprintf(source->source, sizeof(source->source), CAMERA);
        source->kind = MEDIA_VIDEO;
        source->rid_count = encodings > 1 ? encodings : 0;
        memcpy(source->rids, rids[MEDIA_ENCODINGS_MAX - encodings], encodings * sizeof(rids[0]));
    }
    call_set_sources(client->call, sources, count);
}

int heddle_client_publish(struct heddle_client *client, const struct heddle_client_media *media, const char **reason)
{
    if (client->publisher != NULL) {
        *reason = "something is published already";
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
    random_secure(&config.seed, sizeof(config.seed));
    struct publisher_listener listener = {.video = on_video, .audio = on_audio, .user = client};
    int error = publisher_new(&client->publisher, client->loop, &config, &listener, reason);
    if (error != 0)
        return error;
    set_sources(client);
    if (client->was_connected)
        publisher_start(client->publisher);
    return 0;
}

void heddle_client_mute(struct heddle_client *client, bool audio, bool video)
{
    if (client->publisher == NULL)
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

static void add_send_stats(const struct heddle_client *client, const char *source, struct heddle_client_stats *stats)
{
    for (size_t i = 0; i < call_connection_count(client->call); i++) {
        struct send_track_stats track;
        if (!rtp_session_send_stats(connection_session(call_connection(client->call, i)), source, &track))
            continue;
        stats->sent.retransmissions += track.retransmissions;
        stats->sent.keyframe_requests += track.keyframe_requests;
        stats->sent.packets_lost += track.packets_lost;
        if (track.rtt != 0)
            stats->sent.rtt_ms = (double)track.rtt / 1000;
    }
}

void heddle_client_get_stats(const struct heddle_client *client, struct heddle_client_stats *stats)
{
    const struct room *room = call_room(client->call);
    usec_t end = client->ended_at != 0 ? client->ended_at : clock_now();
    *stats = (struct heddle_client_stats){
        .participant = room->self,
        .room = room->name,
        .shape = room->shape,
        .duration_s = client->joined_at != 0 ? (double)(end - client->joined_at) / 1e6 : 0,
        .was_connected = client->was_connected,
        .signaling_bytes = call_signaling_bytes(client->call),
        .remotes = client->tile_count,
        .connections = call_connection_count(client->call),
    };
    stats->sent.rtt_ms = -1;
    if (client->publisher != NULL) {
        struct publisher_stats made;
        publisher_get_stats(client->publisher, &made);
        stats->sent.video_frames = made.video_frames;
        stats->sent.video_bytes = made.video_bytes;
        stats->sent.keyframes = made.keyframes;
        stats->sent.audio_packets = made.audio_packets;
        stats->sent.audio_bytes = made.audio_bytes;
        stats->sent.late_frames = made.late;
    }
    add_send_stats(client, CAMERA, stats);
    add_send_stats(client, MICROPHONE, stats);
}

static void sum_tracks(const struct heddle_client *client, const char *participant, const char *source,
                       struct receive_track_stats *sum)
{
    for (size_t i = 0; i < call_connection_count(client->call); i++) {
        struct receive_track_stats stats;
        if (!track_stats(call_connection(client->call, i), participant, source, &stats))
            continue;
        sum->packets += stats.packets;
        sum->recovered += stats.recovered;
        sum->lost += stats.lost;
        sum->keyframe_requests += stats.keyframe_requests;
    }
}

void heddle_client_get_remote(const struct heddle_client *client, size_t index, struct heddle_client_remote *remote)
{
    const struct tile *tile = &client->tiles[index];
    struct remote_stats stats;
    remote_get_stats(tile->remote, &stats, client->ended_at != 0 ? client->ended_at : clock_now());
    sum_tracks(client, remote_participant(tile->remote), CAMERA, &stats.past_video);
    sum_tracks(client, remote_participant(tile->remote), MICROPHONE, &stats.past_audio);
    *remote = (struct heddle_client_remote){
        .participant = remote_participant(tile->remote),
        .name = remote_name(tile->remote),
        .is_here = tile->is_here,
        .video = {.frames_received = stats.video.frames_received,
                  .frames_decoded = stats.video.frames_decoded,
                  .decode_errors = stats.video.decode_errors,
                  .bytes = stats.video.bytes,
                  .packets = stats.past_video.packets,
                  .recovered = stats.past_video.recovered,
                  .counter_read = stats.video.pattern_frames,
                  .counter_missed = stats.video.pattern_missed,
                  .counter_repeated = stats.video.pattern_repeated,
                  .packets_lost = stats.past_video.lost,
                  .freezes = stats.video.freezes,
                  .longest_freeze_ms = (double)stats.video.longest_freeze / 1000,
                  .longest_gap_ms = (double)stats.video.longest_gap / 1000,
                  .delay_p50_ms = stats.video.delay_p50_ms,
                  .delay_p95_ms = stats.video.delay_p95_ms,
                  .width = stats.video.width,
                  .height = stats.video.height,
                  .first_frame_ms =
                      stats.video.first_frame != 0 ? (double)(stats.video.first_frame - tile->since) / 1000 : -1,
                  .keyframe_requests = stats.past_video.keyframe_requests},
        .audio = {.packets = stats.audio.packets,
                  .bytes = stats.audio.bytes,
                  .concealed = stats.audio.concealed,
                  .packets_lost = stats.past_audio.lost,
                  .level_dbov = stats.audio.level_dbov,
                  .longest_gap_ms = (double)stats.audio.longest_gap / 1000},
    };
    /* A picture that stands still at the end, and should not, is a freeze too. */
    if (stats.video.frozen_now > 0 && is_live(client, remote->participant, CAMERA)) {
        remote->video.freezes++;
        if ((double)stats.video.frozen_now / 1000 > remote->video.longest_freeze_ms)
            remote->video.longest_freeze_ms = (double)stats.video.frozen_now / 1000;
    }
}

void heddle_client_get_connection(const struct heddle_client *client, size_t index,
                                  struct heddle_client_connection *out)
{
    const struct connection *connection = call_connection(client->call, index);
    *out = (struct heddle_client_connection){.participant = connection_remote_id(connection),
                                             .state = connection_state_name(connection_state(connection)),
                                             .path = connection_path(connection),
                                             .srtp_profile = connection_srtp_profile(connection)};
}
