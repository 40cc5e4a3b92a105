#include "client/client_stats.h"

#include <stdio.h>
#include <string.h>

#include "client/client_encryption.h"
#include "client/client_sources.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

const char *client_status_name(enum call_state state)
{
    static const char *const names[] = {"connecting", "connected", "disconnected", "reconnecting", "failed"};
    return names[state];
}

bool client_track_stats(const struct call_connection *connection, const struct tile *tile, enum media_kind kind,
                        struct receive_track_stats *sum)
{
    const struct peer_connection *pc = call_connection_pc(connection);
    bool found = false;
    for (int i = 0; pc != NULL && i < MESSAGE_SOURCES; i++) {
        char publication[PUBLICATION_ID_MAX + 1];
        struct receive_track_stats part;
        if ((strcmp(message_source_kind(i), "audio") == 0) != (kind == MEDIA_AUDIO) ||
            message_source_tile(message_source_name(i)) != tile->which)
            continue;
        snprintf(publication, sizeof publication, "%s/%s", remote_participant(tile->remote), message_source_name(i));
        if (!rtp_session_receive_stats(peer_connection_session(pc), publication, &part))
            continue;
        receive_track_stats_add(sum, &part);
        found = true;
    }
    return found;
}

static void add_sent(struct send_track_stats *sum, const struct send_track_stats *part)
{
    sum->retransmissions += part->retransmissions;
    sum->keyframe_requests += part->keyframe_requests;
    sum->packets_lost += part->packets_lost;
    if (part->rtt != 0)
        sum->rtt = part->rtt;
}

static void add_connection_sent(struct send_track_stats *sum, const struct peer_connection *pc)
{
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        struct send_track_stats track;
        if (rtp_session_send_stats(peer_connection_session(pc), message_source_name(i), &track))
            add_sent(sum, &track);
    }
}

void client_keep_sent(struct heddle_client *client, const struct call_connection *connection)
{
    add_connection_sent(&client->past_sent, call_connection_pc(connection));
}

void client_keep_connections(struct heddle_client *client)
{
    if (client->last_connections != NULL)
        return;
    size_t count = call_connections(client->call)->count;
    client->last_connections = mem_array(count + 1, sizeof *client->last_connections);
    for (size_t i = 0; i < count; i++) {
        struct connection_record *record = &client->last_connections[i];
        heddle_client_get_connection(client, i, &record->was);
        snprintf(record->participant, sizeof record->participant, "%s", record->was.participant);
        record->was.participant = record->participant;
    }
    client->last_connection_count = count;
}

void client_keep_stats(struct heddle_client *client)
{
    client_keep_connections(client);
    heddle_client_get_stats(client, &client->last_stats);
    client->last_stats.connections = client->last_connection_count;
}

static void add_send_stats(const struct heddle_client *client, struct heddle_client_stats *stats)
{
    const struct call_connections *connections = call_connections(client->call);
    struct send_track_stats sum = client->past_sent;
    for (size_t i = 0; i < connections->count; i++) {
        const struct peer_connection *pc = call_connection_pc(connections->at[i]);
        if (pc == NULL)
            continue;
        add_connection_sent(&sum, pc);
        uint64_t estimate = rtp_session_estimate(peer_connection_session(pc));
        if (estimate != 0 && (stats->sent.estimate_bps == 0 || estimate < stats->sent.estimate_bps))
            stats->sent.estimate_bps = estimate;
    }
    stats->sent.retransmissions = sum.retransmissions;
    stats->sent.keyframe_requests = sum.keyframe_requests;
    stats->sent.packets_lost = sum.packets_lost;
    stats->sent.rtt_ms = sum.rtt != 0 ? (double)sum.rtt / 1000 : -1;
}

static void sum_tracks(const struct heddle_client *client, const struct tile *tile, enum media_kind kind,
                       struct receive_track_stats *sum)
{
    const struct call_connections *connections = call_connections(client->call);
    for (size_t i = 0; !tile->is_past && i < connections->count; i++)
        client_track_stats(connections->at[i], tile, kind, sum);
}

/* Of everybody who is or was here. Each packet is counted once, also when its track has ended or its sender has
 * left. */
static void add_received(const struct heddle_client *client, struct heddle_client_stats *stats)
{
    struct receive_track_stats sum[2];
    memcpy(sum, client->tiles.forgotten, sizeof sum);
    for (size_t i = 0; i < client->tiles.count; i++) {
        const struct tile *tile = &client->tiles.at[i];
        struct remote_stats past;
        remote_get_stats(tile->remote, &past, clock_now());
        receive_track_stats_add(&sum[MEDIA_AUDIO], &past.past_audio);
        receive_track_stats_add(&sum[MEDIA_VIDEO], &past.past_video);
        sum_tracks(client, tile, MEDIA_AUDIO, &sum[MEDIA_AUDIO]);
        sum_tracks(client, tile, MEDIA_VIDEO, &sum[MEDIA_VIDEO]);
    }
    stats->received.video_packets = sum[MEDIA_VIDEO].packets;
    stats->received.video_packets_lost = sum[MEDIA_VIDEO].lost;
    stats->received.audio_packets = sum[MEDIA_AUDIO].packets;
    stats->received.audio_packets_lost = sum[MEDIA_AUDIO].lost;
    stats->received.recovered = sum[MEDIA_AUDIO].recovered + sum[MEDIA_VIDEO].recovered;
}

static void add_steps(const struct joining *joining, double *steps_ms)
{
    for (int i = 0; i < HEDDLE_CLIENT_STEPS; i++)
        steps_ms[i] = joining->at[i] != 0 ? (double)(joining->at[i] - joining->began) / 1000 : -1;
}

/* The best encoding that is made now; the camera's where there is one. */
static void add_best_encoding(const struct client_sources *sources, struct heddle_client_stats *stats)
{
    const struct publisher *publisher = NULL;
    for (int i = 0; i < MESSAGE_SOURCES && publisher == NULL; i++)
        if (sources->at[i].publisher != NULL && publisher_has_video(sources->at[i].publisher))
            publisher = sources->at[i].publisher;
    for (unsigned i = 0; publisher != NULL && i < publisher_encodings(publisher); i++) {
        struct encoding_plan plan = publisher_get_plan(publisher, i);
        if (!plan.is_active)
            continue;
        stats->sent.width = plan.width;
        stats->sent.height = plan.height;
        stats->sent.frames_per_second = plan.frames_per_second;
        stats->sent.bitrate_bps = plan.bitrate_bps;
    }
}

static void add_made(const struct client_sources *sources, struct heddle_client_stats *stats)
{
    struct publisher_stats made = sources->past, one;
    for (int i = 0; i < MESSAGE_SOURCES; i++) {
        if (sources->at[i].publisher == NULL)
            continue;
        publisher_get_stats(sources->at[i].publisher, &one);
        publisher_stats_add(&made, &one);
    }
    stats->sent.video_frames = made.video_frames;
    stats->sent.video_bytes = made.video_bytes;
    stats->sent.keyframes = made.keyframes;
    stats->sent.audio_packets = made.audio_packets;
    stats->sent.audio_bytes = made.audio_bytes;
    stats->sent.late_frames = made.late;
    add_best_encoding(sources, stats);
}

void heddle_client_get_stats(const struct heddle_client *client, struct heddle_client_stats *stats)
{
    const struct client_room *room = call_room(client->call);
    usec_t end = client->ended_at != 0 ? client->ended_at : clock_now();
    if (client->has_ended) {
        *stats = client->last_stats;
        return;
    }
    *stats = (struct heddle_client_stats){
        .participant = room->self,
        .room = room->name,
        .topology = room->topology,
        .topology_reason = room->reason,
        .pin = room->pin,
        .pin_by = room->pin_by,
        .status = client_status_name(call_get_status(client->call).state),
        .duration_s = client->joined_at != 0 ? (double)(end - client->joined_at) / 1e6 : 0,
        .was_connected = client->was_connected,
        .obstacle = call_obstacle(client->call),
        .signaling_bytes = call_signaling_bytes(client->call),
        .remotes = client->tiles.count,
        .forgotten = client->tiles.forgotten_count,
        .connections = call_connections(client->call)->count,
        .left_out = call_left_out(client->call),
        .recoveries = client->recovery_count,
        .switches = client->switch_count,
        .is_encrypted = client->encryption != NULL,
    };
    add_made(&client->sources, stats);
    add_send_stats(client, stats);
    add_received(client, stats);
    add_steps(call_joining(client->call), stats->steps_ms);
}

static bool is_live(const struct heddle_client *client, const char *participant, const char *source)
{
    char id[PUBLICATION_ID_MAX + 1];
    snprintf(id, sizeof id, "%s/%s", participant, source);
    const struct client_room *room = call_room(client->call);
    const struct client_publication *publication = client_room_find_publication(room, id);
    const struct client_participant *owner = client_room_participant(room, participant);
    return publication != NULL && !publication->muted &&
           !client_size_is_hidden(&owner->sizes[message_source_index(source)]);
}

static double ms_of(usec_t time)
{
    return time < 0 ? -1 : (double)time / 1000;
}

/* Video that stands still at the end although it is not muted is a freeze, too. */
static void add_last_freeze(struct heddle_client_remote *remote, usec_t frozen)
{
    if (frozen <= 0)
        return;
    remote->video.freezes++;
    if ((double)frozen / 1000 > remote->video.longest_freeze_ms)
        remote->video.longest_freeze_ms = (double)frozen / 1000;
}

void heddle_client_get_remote(const struct heddle_client *client, size_t index, struct heddle_client_remote *remote)
{
    const struct tile *tile = &client->tiles.at[index];
    struct remote_stats stats;
    remote_get_stats(tile->remote, &stats, client->ended_at != 0 ? client->ended_at : clock_now());
    sum_tracks(client, tile, MEDIA_VIDEO, &stats.past_video);
    sum_tracks(client, tile, MEDIA_AUDIO, &stats.past_audio);
    *remote = (struct heddle_client_remote){
        .participant = remote_participant(tile->remote),
        .name = remote_name(tile->remote),
        .is_here = tile->is_here,
        .is_screen = tile->which == MESSAGE_TILE_SCREEN || tile->which == MESSAGE_TILE_SECOND_SCREEN,
        .source = message_tile_video(tile->which),
        .video = {.is_muted = tile->muted[MEDIA_VIDEO],
                  .frames_received = stats.video.frames_received,
                  .frames_decoded = stats.video.frames_decoded,
                  .frames_left_out = stats.video.frames_left_out,
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
                  .ssim = stats.video.ssim,
                  .width = stats.video.width,
                  .height = stats.video.height,
                  .first_frame_ms =
                      stats.video.first_frame != 0 ? (double)(stats.video.first_frame - tile->since) / 1000 : -1,
                  .keyframe_requests = stats.past_video.keyframe_requests,
                  .unsupported =
                      tile->unsupported[MEDIA_VIDEO][0] != '\0' ? tile->unsupported[MEDIA_VIDEO] : stats.video.refused},
        .encryption = client_encryption_state(client, tile),
        .audio = {.packets = stats.audio.packets,
                  .bytes = stats.audio.bytes,
                  .concealed = stats.audio.concealed,
                  .packets_left_out = stats.audio.packets_left_out,
                  .packets_lost = stats.past_audio.lost,
                  .level_dbov = stats.audio.level_dbov,
                  .longest_gap_ms = (double)stats.audio.longest_gap / 1000,
                  .unsupported =
                      tile->unsupported[MEDIA_AUDIO][0] != '\0' ? tile->unsupported[MEDIA_AUDIO] : stats.audio.refused},
    };
    if (tile->is_here && is_live(client, remote->participant, message_tile_video(tile->which)))
        add_last_freeze(remote, stats.video.frozen_now);
}

void heddle_client_get_connection(const struct heddle_client *client, size_t index,
                                  struct heddle_client_connection *out)
{
    if (client->has_ended) {
        *out = client->last_connections[index].was;
        return;
    }
    const struct call_connection *connection = call_connections(client->call)->at[index];
    const struct peer_connection *pc = call_connection_pc(connection);
    *out = (struct heddle_client_connection){.participant = call_connection_remote(connection),
                                             .state = reconnect_state_name(call_connection_manager(connection)->state),
                                             .path = pc != NULL ? peer_connection_path(pc) : "",
                                             .srtp_profile = pc != NULL ? peer_connection_srtp_profile(pc) : "",
                                             .is_retired = call_connection_is_retired(connection),
                                             .is_probe = call_connection_is_probe(connection)};
}

void heddle_client_get_recovery(const struct heddle_client *client, size_t index, struct heddle_client_recovery *out)
{
    const struct recovery_record *record = &client->recoveries[index];
    *out = (struct heddle_client_recovery){.target = record->target,
                                           .cause = record->cause,
                                           .path = record->path,
                                           .at_s = (double)(record->at - client->joined_at) / 1e6,
                                           .ms = ms_of(record->duration),
                                           .gap_ms = ms_of(record->gap)};
}

void heddle_client_get_switch(const struct heddle_client *client, size_t index, struct heddle_client_switch *out)
{
    const struct switch_record *record = &client->switches[index];
    *out = (struct heddle_client_switch){.epoch = record->epoch,
                                         .publication = record->publication,
                                         .topology = record->route == TILE_MIXED       ? "mcu"
                                                     : record->route == TILE_BY_ROUTER ? "sfu"
                                                                                       : "mesh",
                                         .at_s = (double)(record->at - client->joined_at) / 1e6,
                                         .gap_ms = ms_of(record->gap)};
}
