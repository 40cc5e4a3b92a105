#include "client/client_receive.h"

#include <stdio.h>
#include <string.h>

#include "client/call/mixed_view.h"
#include "client/client_encryption.h"
#include "client/client_events.h"
#include "client/client_stats.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

static void note_switch(struct heddle_client *client, const char *publication, enum tile_route route, usec_t gap,
                        usec_t now)
{
    int64_t epoch = call_room(client->call)->epoch;
    json_t *event =
        json_pack("{s:s,s:I,s:s}", "kind", "switch", "epoch", (json_int_t)epoch, "publication", publication);
    if (gap >= 0)
        json_object_set_new(event, "gap_ms", json_integer((json_int_t)(gap / USEC_PER_MSEC)));
    call_tell_event(client->call, event);
    if (client->switch_count < RECORDS_MAX) {
        client->switches = mem_resize(client->switches, client->switch_count + 1, sizeof *client->switches);
        struct switch_record *record = &client->switches[client->switch_count++];
        *record = (struct switch_record){.epoch = epoch, .route = route, .at = now, .gap = gap};
        snprintf(record->publication, sizeof record->publication, "%s", publication);
    }
    client_emit(client, HEDDLE_CLIENT_SWITCH, "", publication);
}

static enum tile_route route_of(const struct call_connection *connection)
{
    return call_connection_is_to_router(connection) ? TILE_BY_ROUTER : TILE_DIRECT;
}

static struct remote_connection remote_connection_of(const struct call_connection *connection)
{
    return (struct remote_connection){.via = peer_connection_serial(call_connection_pc(connection)),
                                      .is_current = call_connection_is_current(connection)};
}

static void tell_refused(struct heddle_client *client, const char *publication, const char *what, const char *why)
{
    char text[PUBLICATION_ID_MAX + 64];
    snprintf(text, sizeof text, "cannot play %s: its %s %s to decode", publication, what, why);
    client_emit(client, HEDDLE_CLIENT_WARNING, "unsupported", text);
}

/* In a Mesh no router keeps back what its owner, or a host, has muted. */
static bool is_silenced(const struct heddle_client *client, const char *publication)
{
    const struct client_publication *known = client_room_find_publication(call_room(client->call), publication);
    return known != NULL && known->muted && strcmp(call_room(client->call)->topology, "mesh") == 0;
}

/* Whether a decoded frame is shown or played: in a room with a mixer either its frames are, or those of the others. */
static bool is_shown(struct heddle_client *client, struct tile *tile, const struct call_connection *connection,
                     const struct session_frame *frame, usec_t now)
{
    struct mixed_view *view = call_view(client->call);
    const struct client_participant *participant =
        client_room_participant(call_room(client->call), remote_participant(tile->remote));
    bool is_mix = participant != NULL && participant->is_mixer;
    usec_t gap;
    if (tile->which != MESSAGE_TILE_PERSON) /* these are shown beside a mix */
        return true;
    tile->last_frame[frame->kind] = now;
    bool has_all = !is_mix && tiles_have_all(&client->tiles, call_room(client->call), frame->kind, view->changed_at);
    bool was_mixed = view->is_shown[frame->kind];
    bool is_shown = mixed_view_frame(view, frame->kind, is_mix, has_all, now, &gap);
    if (was_mixed != view->is_shown[frame->kind]) {
        tiles_pause(&client->tiles, frame->kind);
        note_switch(client, frame->publication, is_mix ? TILE_MIXED : route_of(connection), gap, now);
    }
    if (!is_shown)
        remote_pause(tile->remote, frame->kind);
    return is_shown && !is_silenced(client, frame->publication);
}

static const char *source_of(const struct session_frame *frame)
{
    const char *slash = strchr(frame->publication, '/');
    return slash != NULL ? slash + 1 : "";
}

static void on_remote_audio(struct heddle_client *client, struct tile *tile, const struct call_connection *connection,
                            const struct session_frame *frame, usec_t now)
{
    struct remote_pcm pcm;
    int64_t before = clock_thread_cpu_ns();
    remote_audio(tile->remote, remote_connection_of(connection), frame, now, &pcm);
    remote_charge(tile->remote, MEDIA_AUDIO, (clock_thread_cpu_ns() - before) / 1000, now);
    if (pcm.refused != NULL)
        tell_refused(client, frame->publication, "audio is", pcm.refused);
    if (pcm.samples == NULL)
        return;
    if (tile_swapped(tile, MEDIA_AUDIO, route_of(connection)))
        note_switch(client, frame->publication, route_of(connection), pcm.gap, now);
    if (!is_shown(client, tile, connection, frame, now) || client->listener.audio == NULL)
        return;
    client->callbacks++;
    client->listener.audio(client->listener.user, remote_participant(tile->remote), source_of(frame), pcm.samples,
                           pcm.count);
    client->callbacks--;
}

static void show_picture(struct heddle_client *client, struct tile *tile, const struct call_connection *connection,
                         const struct session_frame *frame, usec_t now)
{
    struct remote_picture result;
    remote_video(tile->remote, remote_connection_of(connection), frame, now, clock_wall_us(), &result);
    if (result.refused != NULL)
        tell_refused(client, frame->publication, "pictures are", result.refused);
    if (result.needs_keyframe)
        peer_connection_request_keyframe(call_connection_pc(connection), frame->mid);
    if (result.picture == NULL)
        return;
    if (tile_swapped(tile, MEDIA_VIDEO, route_of(connection)))
        note_switch(client, frame->publication, route_of(connection), result.gap, now);
    if (!is_shown(client, tile, connection, frame, now) || client->listener.picture == NULL)
        return;
    struct heddle_client_picture picture = {.width = result.picture->width, .height = result.picture->height};
    for (int i = 0; i < 3; i++) {
        picture.planes[i] = result.picture->planes[i];
        picture.strides[i] = result.picture->strides[i];
    }
    client->callbacks++;
    client->listener.picture(client->listener.user, remote_participant(tile->remote), source_of(frame), &picture);
    client->callbacks--;
}

/* What the application does with a picture, like scaling it, takes as much of the thread as decoding. */
static void on_picture(struct heddle_client *client, struct tile *tile, const struct call_connection *connection,
                       const struct session_frame *frame, usec_t now)
{
    int64_t before = clock_thread_cpu_ns();
    show_picture(client, tile, connection, frame, now);
    remote_charge(tile->remote, MEDIA_VIDEO, (clock_thread_cpu_ns() - before) / 1000, now);
}

/* As it came. */
static void hand_over(struct heddle_client *client, const struct tile *tile, const struct call_connection *connection,
                      const struct session_frame *frame)
{
    const struct receive_track_origin *origin = &frame->origin;
    const struct client_participant *participant =
        client_room_participant(call_room(client->call), remote_participant(tile->remote));
    const struct heddle_client_frame handed = {.participant = remote_participant(tile->remote),
                                               .name = remote_name(tile->remote),
                                               .source = source_of(frame),
                                               .codec = codec_name(frame->codec),
                                               .data = frame->frame.data,
                                               .length = frame->frame.length,
                                               .is_keyframe = frame->frame.keyframe,
                                               .is_mix = participant != NULL && participant->is_mixer,
                                               .stream = origin->ssrc,
                                               .timestamp = frame->frame.timestamp,
                                               .clock_rate = origin->clock_rate,
                                               .arrival_us = frame->frame.arrival,
                                               .has_report = origin->has_report,
                                               .report_us = origin->written_us,
                                               .report_arrival_us = origin->arrival,
                                               .report_timestamp = origin->timestamp};
    client->callbacks++;
    if (!client->listener.frame(client->listener.user, &handed))
        peer_connection_request_keyframe(call_connection_pc(connection), frame->mid);
    client->callbacks--;
}

/* Whether some of the cameras is left out, or the mix, whichever is shown; of the other one it is forgotten. */
static bool is_cut(struct heddle_client *client, bool is_mixed)
{
    bool is = false;
    for (size_t i = 0; i < client->tiles.count; i++) {
        struct tile *tile = &client->tiles.at[i];
        const struct client_participant *owner =
            client_room_participant(call_room(client->call), remote_participant(tile->remote));
        bool is_mixer = owner != NULL && owner->is_mixer;
        tile->is_cut = tile->is_cut && is_mixer == is_mixed;
        is = is || (tile->is_cut && tile->is_here);
    }
    return is;
}

/* Who left it to the server is sent one picture of all then, or, if it has that and this is too much, too, no more. */
static void look_at_weakness(struct heddle_client *client, usec_t now)
{
    static const char *const names[] = {[WEAKNESS_LINK] = "link", [WEAKNESS_DEVICE] = "device"};
    const struct client_room *room = call_room(client->call);
    bool is_mixed = strcmp(room->topology, "mcu") == 0, is_theirs = strncmp(room->reason, "weak-", 5) == 0;
    enum weakness_kind weak = weakness_look(&client->weakness, is_cut(client, is_mixed),
                                            decode_budget_leaves_out(&client->tiles.decoding), now);
    if (weak != WEAKNESS_NONE && is_mixed == is_theirs && strcmp(room->mix, "auto") == 0 && client->encryption == NULL)
        call_tell_event(client->call, json_pack("{s:s,s:s}", "kind", "weak", "reason", names[weak]));
}

void client_receive(struct heddle_client *client, const struct call_connection *connection,
                    const struct session_frame *frame, usec_t now)
{
    struct tile *tile = tiles_of_publication(&client->tiles, frame->publication);
    struct session_frame decrypted = *frame;
    bool needs_keyframe;
    if (weakness_is_due(&client->weakness, now))
        look_at_weakness(client, now);
    if (tile == NULL || !tile->is_here)
        return;
    bool is_decrypted = client_encryption_decrypt(client, tile, &decrypted, &needs_keyframe, now);
    if (needs_keyframe)
        peer_connection_request_keyframe(call_connection_pc(connection), frame->mid);
    if (!is_decrypted)
        return;
    if (client->listener.frame != NULL)
        hand_over(client, tile, connection, &decrypted);
    else if (frame->kind == MEDIA_AUDIO)
        on_remote_audio(client, tile, connection, &decrypted, now);
    else
        on_picture(client, tile, connection, &decrypted, now);
    client_tell_recording(client);
}

void client_count_ended(struct heddle_client *client, const struct call_connection *connection)
{
    struct ended_track ended;
    while (call_connection_pc(connection) != NULL && peer_connection_take_ended(call_connection_pc(connection), &ended))
        tiles_count_ended(&client->tiles, &ended);
}

void client_connection_closing(struct heddle_client *client, const struct call_connection *connection)
{
    client_keep_sent(client, connection);
    client_count_ended(client, connection);
    for (size_t i = 0; i < client->tiles.count; i++) {
        struct receive_track_stats video = {0}, audio = {0};
        struct remote *remote = client->tiles.at[i].remote;
        if (client->tiles.at[i].is_past)
            continue;
        bool has_video = client_track_stats(connection, &client->tiles.at[i], MEDIA_VIDEO, &video);
        bool has_audio = client_track_stats(connection, &client->tiles.at[i], MEDIA_AUDIO, &audio);
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

bool client_has_moved(const struct heddle_client *client)
{
    const struct mixed_view *view = call_view(client->call);
    if (view->is_requested)
        return view->is_shown[MEDIA_AUDIO] && view->is_shown[MEDIA_VIDEO];
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
