#include "client/summary_parts.h"

#include <math.h>

/* What is not known is null, times are rounded to a tenth. */
static json_t *rounded(double value)
{
    return value < 0 ? json_null() : json_real(round(value * 10) / 10);
}

static json_t *known(int value)
{
    return value < 0 ? json_null() : json_integer(value);
}

static json_t *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *steps_of(const struct heddle_client_stats *stats)
{
    static const char *const names[] = {"socket", "joined", "offer", "answer", "ice", "dtls", "packet", "frame"};
    json_t *steps = json_object();
    for (int i = 0; i < HEDDLE_CLIENT_STEPS; i++)
        json_object_set_new(steps, names[i], rounded(stats->steps_ms[i]));
    return steps;
}

json_t *summary_totals(const struct heddle_client_stats *stats, double cpu_s)
{
    json_t *sent = json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:I,s:i,s:i,s:i,s:i}", "video_frames",
                             (json_int_t)stats->sent.video_frames, "video_bytes", (json_int_t)stats->sent.video_bytes,
                             "keyframes", (json_int_t)stats->sent.keyframes, "audio_packets",
                             (json_int_t)stats->sent.audio_packets, "audio_bytes", (json_int_t)stats->sent.audio_bytes,
                             "retransmissions", (json_int_t)stats->sent.retransmissions, "keyframe_requests",
                             (json_int_t)stats->sent.keyframe_requests, "packets_lost",
                             (json_int_t)stats->sent.packets_lost, "rtt_ms", rounded(stats->sent.rtt_ms), "late_frames",
                             (json_int_t)stats->sent.late_frames, "estimate_bps", (json_int_t)stats->sent.estimate_bps,
                             "width", (int)stats->sent.width, "height", (int)stats->sent.height, "frames_per_second",
                             (int)stats->sent.frames_per_second, "bitrate_bps", (int)stats->sent.bitrate_bps);
    json_t *received = json_pack("{s:I,s:I,s:I,s:I,s:I}", "video_packets", (json_int_t)stats->received.video_packets,
                                 "video_packets_lost", (json_int_t)stats->received.video_packets_lost, "audio_packets",
                                 (json_int_t)stats->received.audio_packets, "audio_packets_lost",
                                 (json_int_t)stats->received.audio_packets_lost, "packets_recovered",
                                 (json_int_t)stats->received.recovered);
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:o,s:o,s:b,s:b,s:I,s:o,s:o,s:I,s:I,s:o}", "participant", stats->participant,
        "room", stats->room, "topology", stats->topology, "topology_reason", text_or_null(stats->topology_reason),
        "pin", text_or_null(stats->pin), "pin_by", text_or_null(stats->pin_by), "status", stats->status, "duration_s",
        json_real(round(stats->duration_s * 1000) / 1000), "cpu_s", json_real(round(cpu_s * 1000) / 1000), "connected",
        stats->was_connected, "encrypted", stats->is_encrypted, "signaling_bytes", (json_int_t)stats->signaling_bytes,
        "sent", sent, "received", received, "forgotten_remotes", (json_int_t)stats->forgotten, "left_out",
        (json_int_t)stats->left_out, "steps_ms", steps_of(stats));
}

static json_t *video_of(const struct heddle_client_remote *remote)
{
    json_t *video = json_object();
    json_object_set_new(video, "frames_received", json_integer((json_int_t)remote->video.frames_received));
    json_object_set_new(video, "frames_decoded", json_integer((json_int_t)remote->video.frames_decoded));
    json_object_set_new(video, "frames_left_out", json_integer((json_int_t)remote->video.frames_left_out));
    json_object_set_new(video, "decode_errors", json_integer((json_int_t)remote->video.decode_errors));
    json_object_set_new(video, "freezes", json_integer(remote->video.freezes));
    json_object_set_new(video, "longest_freeze_ms", rounded(remote->video.longest_freeze_ms));
    json_object_set_new(video, "longest_gap_ms", rounded(remote->video.longest_gap_ms));
    json_object_set_new(video, "delay_p50_ms", known(remote->video.delay_p50_ms));
    json_object_set_new(video, "delay_p95_ms", known(remote->video.delay_p95_ms));
    json_object_set_new(video, "ssim",
                        remote->video.ssim < 0 ? json_null() : json_real(round(remote->video.ssim * 1e4) / 1e4));
    json_object_set_new(video, "packets", json_integer((json_int_t)remote->video.packets));
    json_object_set_new(video, "packets_lost", json_integer((json_int_t)remote->video.packets_lost));
    json_object_set_new(video, "packets_recovered", json_integer((json_int_t)remote->video.recovered));
    json_object_set_new(video, "bytes", json_integer((json_int_t)remote->video.bytes));
    json_object_set_new(video, "width", json_integer(remote->video.width));
    json_object_set_new(video, "height", json_integer(remote->video.height));
    json_object_set_new(video, "first_frame_ms", rounded(remote->video.first_frame_ms));
    json_object_set_new(video, "keyframe_requests", json_integer((json_int_t)remote->video.keyframe_requests));
    json_object_set_new(video, "counter_read", json_integer((json_int_t)remote->video.counter_read));
    json_object_set_new(video, "counter_missed", json_integer((json_int_t)remote->video.counter_missed));
    json_object_set_new(video, "counter_repeated", json_integer((json_int_t)remote->video.counter_repeated));
    json_object_set_new(video, "unsupported", text_or_null(remote->video.unsupported));
    return video;
}

json_t *summary_remote(const struct heddle_client_remote *remote)
{
    json_t *audio =
        json_pack("{s:I,s:I,s:I,s:I,s:I,s:i,s:o,s:o}", "packets", (json_int_t)remote->audio.packets, "packets_lost",
                  (json_int_t)remote->audio.packets_lost, "bytes", (json_int_t)remote->audio.bytes, "concealed",
                  (json_int_t)remote->audio.concealed, "packets_left_out", (json_int_t)remote->audio.packets_left_out,
                  "level_dbov", remote->audio.level_dbov, "longest_gap_ms", rounded(remote->audio.longest_gap_ms),
                  "unsupported", text_or_null(remote->audio.unsupported));
    return json_pack("{s:s,s:s,s:s,s:b,s:b,s:o,s:o,s:o}", "participant", remote->participant, "name", remote->name,
                     "source", remote->source, "screen", remote->is_screen, "here", remote->is_here, "encryption",
                     text_or_null(remote->encryption), "video", video_of(remote), "audio", audio);
}

json_t *summary_connection(const struct heddle_client_connection *connection)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:b,s:b}", "participant", connection->participant, "state", connection->state,
                     "path", connection->path, "srtp_profile", connection->srtp_profile, "retired",
                     connection->is_retired, "probe", connection->is_probe);
}

static json_t *seconds(double value)
{
    return json_real(round(value * 1000) / 1000);
}

json_t *summary_recovery(const struct heddle_client_recovery *recovery)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o}", "kind", "recovery", "target", recovery->target, "cause",
                     recovery->cause, "path", recovery->path, "at_s", seconds(recovery->at_s), "ms",
                     rounded(recovery->ms), "gap_ms", rounded(recovery->gap_ms));
}

json_t *summary_switch(const struct heddle_client_switch *change)
{
    return json_pack("{s:I,s:s,s:s,s:o,s:o}", "epoch", (json_int_t)change->epoch, "publication", change->publication,
                     "topology", change->topology, "at_s", seconds(change->at_s), "gap_ms", rounded(change->gap_ms));
}
