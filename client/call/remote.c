#include "client/call/remote.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/call/client_room.h"
#include "client/media/audio_level.h"
#include "client/media/layout.h"
#include "client/media/opus_codec.h"
#include "client/media/pattern.h"
#include "client/media/vpx_decoder.h"
#include "client/rtp/freeze.h"
#include "client/rtp/percentile.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define DECODERS_MAX 4  /* connections one publication may come in by at a time */
#define CONCEAL_MAX 5   /* packets; a longer gap is silence */
#define LEVEL_WEIGHT 50 /* frames of 20 ms: one second */
#define REFUSED_SIZE "too large"
#define REFUSED_TIME "too costly"
#define DELAY_SANE (60 * USEC_PER_SEC)

/* Of what comes by one connection. Each has its own, as the frames of each stream refer to each other. */
struct decoders {
    unsigned via; /* 0: free */
    enum codec codec;
    struct vpx_decoder *video;
    struct opus_receiver *audio;
    bool is_cut; /* pictures were left out: the next one that can be decoded is a keyframe */
};

struct remote {
    char participant[PARTICIPANT_ID_MAX + 1], name[PARTICIPANT_NAME_MAX + 1];
    struct decoders video_decoders[DECODERS_MAX], audio_decoders[DECODERS_MAX];
    unsigned video_via, audio_via; /* what is shown and heard; 0: nothing yet */
    struct recorder *recorder;
    struct remote_stats stats;
    struct freeze freeze;
    struct percentile delay;
    struct picture_quality quality;
    size_t tile_count; /* of its picture, when it is a mix */
    bool has_pattern;
    uint32_t last_pattern;
    usec_t last_audio;
    double level_power; /* smoothed, of full scale */
    struct decode_budget *budget;
    struct decode_cost costs[2]; /* by kind */
    struct picture picture;
    int16_t pcm[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX];
};

struct remote *remote_new(struct decode_budget *budget, const char *participant, const char *name)
{
    struct remote *remote = mem_alloc(sizeof *remote);
    remote->budget = budget;
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++)
        decode_budget_add(budget, &remote->costs[kind], (enum media_kind)kind);
    snprintf(remote->participant, sizeof remote->participant, "%s", participant);
    snprintf(remote->name, sizeof remote->name, "%s", name);
    remote->stats.video.refused = remote->stats.audio.refused = "";
    return remote;
}

static void close_decoders(struct decoders *decoders)
{
    vpx_decoder_free(decoders->video);
    opus_receiver_free(decoders->audio);
    *decoders = (struct decoders){0};
}

void remote_left(struct remote *remote)
{
    for (size_t i = 0; i < DECODERS_MAX; i++) {
        close_decoders(&remote->video_decoders[i]);
        close_decoders(&remote->audio_decoders[i]);
    }
    remote->video_via = remote->audio_via = 0;
    recorder_close(remote->recorder);
    remote->recorder = NULL;
}

void remote_free(struct remote *remote)
{
    if (remote == NULL)
        return;
    remote_left(remote);
    for (int kind = MEDIA_AUDIO; kind <= MEDIA_VIDEO; kind++)
        decode_budget_remove(remote->budget, &remote->costs[kind]);
    free(remote);
}

const char *remote_participant(const struct remote *remote)
{
    return remote->participant;
}

const char *remote_name(const struct remote *remote)
{
    return remote->name;
}

void remote_set_participant(struct remote *remote, const char *participant)
{
    snprintf(remote->participant, sizeof remote->participant, "%s", participant);
}

void remote_record(struct remote *remote, struct recordings *recordings, enum message_tile which)
{
    static const char *const suffixes[MESSAGE_TILES] = {"", "-screen", "-camera-2", "-screen-2"};
    if (remote->recorder == NULL)
        remote->recorder = recorder_new(recordings, remote->participant, remote->name, suffixes[which]);
}

/* Those of a connection, or free ones, or those of the oldest connection. */
static struct decoders *find_decoders(struct decoders all[DECODERS_MAX], unsigned via)
{
    struct decoders *oldest = &all[0];
    for (size_t i = 0; i < DECODERS_MAX; i++) {
        if (all[i].via == via)
            return &all[i];
        if (all[i].via < oldest->via)
            oldest = &all[i];
    }
    close_decoders(oldest);
    oldest->via = via;
    return oldest;
}

void remote_compare(struct remote *remote, unsigned width, unsigned height)
{
    remote->quality.width = width;
    remote->quality.height = height;
}

void remote_set_tiles(struct remote *remote, size_t count)
{
    remote->tile_count = count;
}

/* The part of the picture that may have a pattern: of a mix the first tile, which is somebody's whole picture. */
static struct picture patterned_part(const struct remote *remote)
{
    struct picture part = remote->picture;
    if (remote->tile_count == 0)
        return part;
    struct layout_tile tile = layout_grid(remote->tile_count, part.width, part.height).tiles[0];
    for (int i = 0; i < 3; i++)
        part.planes[i] += i == 0 ? tile.y * part.strides[i] + tile.x : tile.y / 2 * part.strides[i] + tile.x / 2;
    part.width = tile.width;
    part.height = tile.height;
    return part;
}

static void read_pattern(struct remote *remote, usec_t now, int64_t wall_us)
{
    struct picture part = patterned_part(remote);
    uint32_t frame;
    int64_t sent;
    if (!pattern_read(&part, wall_us, &frame, &sent))
        return;
    remote->stats.video.pattern_frames++;
    picture_quality_look(&remote->quality, &part, frame, sent, now);
    if (llabs(wall_us - sent) < DELAY_SANE)
        percentile_add(&remote->delay, wall_us - sent);
    if (remote->has_pattern && remote->tile_count == 0) { /* a mixer has a frame rate of its own */
        uint32_t step = (frame - remote->last_pattern) % PATTERN_FRAME_LIMIT;
        if (step == 0 || step > PATTERN_FRAME_LIMIT / 2)
            remote->stats.video.pattern_repeated++;
        else
            remote->stats.video.pattern_missed += step - 1;
    }
    remote->has_pattern = true;
    remote->last_pattern = frame;
}

/* A decoded picture of the connection that is shown. */
static void show(struct remote *remote, usec_t now, int64_t wall_us)
{
    remote->stats.video.frames_decoded++;
    remote->stats.video.width = remote->picture.width;
    remote->stats.video.height = remote->picture.height;
    if (remote->stats.video.first_frame == 0)
        remote->stats.video.first_frame = now;
    freeze_frame(&remote->freeze, now);
    read_pattern(remote, now, wall_us);
}

/* Frames that show nothing are recorded, too: others refer to them. */
static bool record(struct remote *remote, const struct session_frame *frame)
{
    return remote->recorder == NULL || recorder_video(remote->recorder, remote->video_via, frame->codec, &frame->frame,
                                                      remote->picture.width, remote->picture.height);
}

/* Whether what came by this connection is shown, where `shown` is the connection shown now. */
static bool takes_over(struct remote_connection by, unsigned shown)
{
    return by.is_current || shown == 0 || by.via == shown;
}

/* Notes that media was refused. Returns the reason when it was not told before (`told` keeps it), else NULL. A
 * recording that misses something says so, too. */
static const char *refuse(struct remote *remote, const char **told, const char *why)
{
    if (remote->recorder != NULL)
        recorder_refuse(remote->recorder, why);
    if ((*told)[0] != '\0')
        return NULL;
    return *told = why;
}

/* False: it is left out, because of what decoding has cost so far. */
static bool may_decode(struct remote *remote, struct decoders *decoders, const struct session_frame *frame, usec_t now,
                       struct remote_picture *result)
{
    if (!decode_budget_allows(remote->budget, &remote->costs[MEDIA_VIDEO], now)) {
        decoders->is_cut = true;
        remote->stats.video.frames_left_out++;
        result->refused = refuse(remote, &remote->stats.video.refused, REFUSED_TIME);
        return false;
    }
    if (decoders->is_cut && !frame->frame.keyframe) {
        remote->stats.video.frames_left_out++;
        result->needs_keyframe = true;
        return false;
    }
    decoders->is_cut = false;
    return true;
}

void remote_charge(struct remote *remote, enum media_kind kind, usec_t spent, usec_t now)
{
    decode_budget_charge(&remote->costs[kind], spent, now);
}

void remote_video(struct remote *remote, struct remote_connection by, const struct session_frame *frame, usec_t now,
                  int64_t wall_us, struct remote_picture *result)
{
    *result = (struct remote_picture){.gap = -1};
    struct decoders *decoders = find_decoders(remote->video_decoders, by.via);
    if (decoders->video == NULL || decoders->codec != frame->codec) {
        vpx_decoder_free(decoders->video);
        decoders->video = vpx_decoder_new(frame->codec);
        decoders->codec = frame->codec;
    }
    if (by.via == remote->video_via || remote->video_via == 0) {
        remote->stats.video.frames_received++;
        remote->stats.video.bytes += frame->frame.length;
    }
    if (decoders->video == NULL && remote->recorder != NULL)
        recorder_refuse(remote->recorder, "its codec cannot be decoded here");
    if (decoders->video == NULL || !may_decode(remote, decoders, frame, now, result))
        return;
    int decoded = vpx_decoder_decode(decoders->video, frame->frame.data, frame->frame.length, &remote->picture);
    if (decoded == ERR_LIMIT)
        result->refused = refuse(remote, &remote->stats.video.refused, REFUSED_SIZE);
    if (decoded < 0) {
        remote->stats.video.decode_errors++;
        result->needs_keyframe = decoded != ERR_LIMIT; /* another one would be as large */
    }
    if (decoded == 0 && by.via == remote->video_via)
        record(remote, frame);
    if (decoded != 1 || !takes_over(by, remote->video_via))
        return;
    remote->video_via = by.via;
    if (remote->freeze.last != 0)
        result->gap = now - remote->freeze.last;
    show(remote, now, wall_us);
    if (!record(remote, frame))
        result->needs_keyframe = true;
    result->picture = &remote->picture;
}

static void measure_level(struct remote *remote, size_t samples)
{
    double level = audio_level_dbov(remote->pcm, samples * OPUS_CHANNELS_MAX);
    double power = level <= AUDIO_LEVEL_SILENCE ? 0 : pow(10, level / 10);
    double weight = remote->stats.audio.packets < LEVEL_WEIGHT ? 1.0 / (double)(remote->stats.audio.packets + 1)
                                                               : 1.0 / LEVEL_WEIGHT;
    remote->level_power += (power - remote->level_power) * weight;
}

void remote_audio(struct remote *remote, struct remote_connection by, const struct session_frame *frame, usec_t now,
                  struct remote_pcm *result)
{
    *result = (struct remote_pcm){.gap = -1};
    struct decoders *decoders = find_decoders(remote->audio_decoders, by.via);
    if (decoders->audio == NULL)
        decoders->audio = opus_receiver_new();
    if (decoders->audio == NULL)
        return;
    if (!decode_budget_allows(remote->budget, &remote->costs[MEDIA_AUDIO], now)) {
        remote->stats.audio.packets_left_out++;
        result->refused = refuse(remote, &remote->stats.audio.refused, REFUSED_TIME);
        return;
    }
    for (unsigned lost = 0; lost < frame->frame.skipped && frame->frame.skipped <= CONCEAL_MAX; lost++) {
        bool is_last = lost + 1 == frame->frame.skipped;
        if (is_last)
            opus_receiver_repair(decoders->audio, frame->frame.data, frame->frame.length, remote->pcm);
        else
            opus_receiver_decode(decoders->audio, NULL, 0, remote->pcm);
        remote->stats.audio.concealed += by.via == remote->audio_via;
    }
    int samples = opus_receiver_decode(decoders->audio, frame->frame.data, frame->frame.length, remote->pcm);
    if (samples <= 0 || !takes_over(by, remote->audio_via))
        return;
    remote->audio_via = by.via;
    measure_level(remote, (size_t)samples);
    remote->stats.audio.packets++;
    remote->stats.audio.bytes += frame->frame.length;
    if (remote->last_audio != 0) {
        result->gap = now - remote->last_audio;
        remote->stats.audio.longest_gap = usec_max(remote->stats.audio.longest_gap, result->gap);
    }
    remote->last_audio = now;
    if (remote->recorder != NULL)
        recorder_audio(remote->recorder, &frame->frame);
    result->samples = remote->pcm;
    result->count = (size_t)samples;
}

void remote_count(struct remote *remote, enum media_kind kind, const struct receive_track_stats *stats)
{
    receive_track_stats_add(kind == MEDIA_VIDEO ? &remote->stats.past_video : &remote->stats.past_audio, stats);
}

static void forget(struct decoders all[DECODERS_MAX], unsigned via, unsigned *shown)
{
    for (size_t i = 0; i < DECODERS_MAX; i++)
        if (all[i].via == via)
            close_decoders(&all[i]);
    if (*shown == via)
        *shown = 0; /* the next connection that brings a frame is shown */
}

void remote_closed(struct remote *remote, unsigned via, const struct receive_track_stats *video,
                   const struct receive_track_stats *audio)
{
    forget(remote->video_decoders, via, &remote->video_via);
    forget(remote->audio_decoders, via, &remote->audio_via);
    remote_count(remote, MEDIA_VIDEO, video);
    remote_count(remote, MEDIA_AUDIO, audio);
}

void remote_pause(struct remote *remote, enum media_kind kind)
{
    if (kind == MEDIA_VIDEO) {
        freeze_pause(&remote->freeze);
        remote->has_pattern = false;
    } else {
        remote->last_audio = 0;
    }
}

bool remote_is_via(const struct remote *remote, enum media_kind kind, unsigned via)
{
    unsigned shown = kind == MEDIA_VIDEO ? remote->video_via : remote->audio_via;
    return shown == 0 || shown == via;
}

void remote_get_stats(const struct remote *remote, struct remote_stats *stats, usec_t now)
{
    *stats = remote->stats;
    stats->video.freezes = remote->freeze.freezes;
    stats->video.longest_freeze = remote->freeze.longest_freeze;
    stats->video.longest_gap = remote->freeze.longest_gap;
    stats->video.frozen_now = freeze_current(&remote->freeze, now);
    stats->video.delay_p50_ms = percentile_ms(&remote->delay, 0.5);
    stats->video.delay_p95_ms = percentile_ms(&remote->delay, 0.95);
    stats->video.ssim = picture_quality_mean(&remote->quality);
    double level = remote->level_power > 0 ? 10 * log10(remote->level_power) : AUDIO_LEVEL_SILENCE;
    stats->audio.level_dbov = level < AUDIO_LEVEL_SILENCE ? AUDIO_LEVEL_SILENCE : (int)lround(level);
}
