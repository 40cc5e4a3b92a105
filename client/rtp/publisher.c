#include "client/rtp/publisher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/media/audio_level.h"
#include "client/media/audio_source.h"
#include "client/media/opus_codec.h"
#include "client/media/video_source.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/ticker.h"

#define AUDIO_BITRATE_BPS 40000
#define AUDIO_INTERVAL (20 * USEC_PER_MSEC)
#define KEYFRAME_SPACING (150 * USEC_PER_MSEC)
#define LATE_AUDIO_MAX 10 /* frames of audio that are made up for; further behind, they are skipped */

struct encoding {
    bool active, needs_keyframe;
    struct vpx_encoder *encoder;
    struct picture *scaled; /* NULL: the source's own size */
    usec_t last_keyframe;
    usec_t next_frame; /* of an encoding slower than the source: not before */
};

struct publisher {
    uv_loop_t *loop;
    struct publisher_listener listener;
    struct video_source *video;
    struct audio_source *audio;
    struct opus_sender *opus;
    unsigned encoding_count;
    struct encoding encodings[MEDIA_ENCODINGS_MAX];
    uv_timer_t video_timer, audio_timer;
    struct ticker video_ticker, audio_ticker;
    int open_handles;
    bool started, video_muted, audio_muted;
    uint32_t audio_timestamp;
    struct publisher_stats stats;
};

static int open_encodings(struct publisher *publisher, const struct publisher_config *config)
{
    unsigned width = video_source_width(publisher->video), height = video_source_height(publisher->video);
    publisher->encoding_count = config->encodings;
    /* Shares of the whole bitrate, smallest encoding first. */
    static const unsigned shares[3][3] = {{100, 0, 0}, {25, 75, 0}, {8, 25, 67}};
    for (unsigned i = 0; i < config->encodings; i++) {
        struct encoding *encoding = &publisher->encodings[i];
        unsigned shift = config->encodings - 1 - i;
        struct vpx_encoder_config encoder = {
            .width = (width >> shift) & ~1U,
            .height = (height >> shift) & ~1U,
            .frames_per_second = video_source_frame_rate(publisher->video),
            .bitrate_bps = config->bitrate_bps / 100 * shares[config->encodings - 1][i],
            .temporal_layers = config->temporal_layers,
        };
        if (shift == 0) {
            encoder.width = width;
            encoder.height = height;
        }
        if (encoder.width < 16 || encoder.height < 16)
            return ERR_INVALID;
        encoding->active = true;
        encoding->encoder = vpx_encoder_new(&encoder);
        if (shift > 0)
            encoding->scaled = picture_new(encoder.width, encoder.height);
        if (encoding->encoder == NULL)
            return ERR_INVALID;
    }
    return 0;
}

/* The reason in words that help a person: which source, and what is wrong with it. */
static void explain(const char *name, int error, const char **reason)
{
    static char text[512];
    const char *why = *reason;
    if (error == ERR_TRUNCATED)
        why = "it ends too early";
    else if (error == ERR_INVALID && strcmp(why, error_text(error)) == 0)
        why = "it is not what its name says, or damaged";
    snprintf(text, sizeof text, "%.380s: %s", name, why);
    *reason = text;
}

static int open_video(struct publisher *publisher, const struct publisher_config *config, const char **reason)
{
    struct video_source_config source = {.name = config->video,
                                         .width = config->width,
                                         .height = config->height,
                                         .frames_per_second = config->frames_per_second,
                                         .seed = config->seed};
    int error = video_source_open(&publisher->video, &source, reason);
    if (error != 0)
        return error;
    error = open_encodings(publisher, config);
    if (error != 0)
        *reason = "the encoder refuses this size";
    return error;
}

static int open_audio(struct publisher *publisher, const struct publisher_config *config, const char **reason)
{
    int error = audio_source_open(&publisher->audio, config->audio, config->seed, reason);
    if (error != 0)
        return error;
    publisher->opus = opus_sender_new(audio_source_channels(publisher->audio), AUDIO_BITRATE_BPS);
    if (publisher->opus == NULL) {
        *reason = "the Opus encoder does not start";
        return ERR_UNSUPPORTED;
    }
    return 0;
}

static void fini(struct publisher *publisher)
{
    video_source_close(publisher->video);
    audio_source_close(publisher->audio);
    opus_sender_free(publisher->opus);
    for (unsigned i = 0; i < MEDIA_ENCODINGS_MAX; i++) {
        vpx_encoder_free(publisher->encodings[i].encoder);
        picture_free(publisher->encodings[i].scaled);
    }
    free(publisher);
}

static void timer_init(struct publisher *publisher, uv_timer_t *timer)
{
    uv_timer_init(publisher->loop, timer);
    timer->data = publisher;
    publisher->open_handles++;
}

int publisher_new(struct publisher **out, uv_loop_t *loop, const struct publisher_config *config,
                  const struct publisher_listener *listener, const char **reason)
{
    struct publisher *publisher = mem_alloc(sizeof *publisher);
    publisher->loop = loop;
    publisher->listener = *listener;
    const char *name = config->video;
    int error = config->video != NULL ? open_video(publisher, config, reason) : 0;
    if (error == 0 && config->audio != NULL) {
        name = config->audio;
        error = open_audio(publisher, config, reason);
    }
    if (error != 0) {
        explain(name, error, reason);
        fini(publisher);
        return error;
    }
    if (publisher->video != NULL)
        publisher->video_ticker.interval = USEC_PER_SEC / video_source_frame_rate(publisher->video);
    publisher->audio_ticker.interval = AUDIO_INTERVAL;
    timer_init(publisher, &publisher->video_timer);
    timer_init(publisher, &publisher->audio_timer);
    *out = publisher;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct publisher *publisher = handle->data;
    if (--publisher->open_handles == 0)
        fini(publisher);
}

void publisher_free(struct publisher *publisher)
{
    if (publisher == NULL)
        return;
    uv_close((uv_handle_t *)&publisher->video_timer, on_closed);
    uv_close((uv_handle_t *)&publisher->audio_timer, on_closed);
}

bool publisher_has_video(const struct publisher *publisher)
{
    return publisher->video != NULL;
}

bool publisher_has_audio(const struct publisher *publisher)
{
    return publisher->audio != NULL;
}

unsigned publisher_encodings(const struct publisher *publisher)
{
    return publisher->encoding_count;
}

/* An encoding of half the source's frame rate leaves out every other picture; a quarter of an interval is tolerance. */
static void skip_frames(const struct publisher *publisher, struct encoding *encoding, usec_t now)
{
    usec_t interval = USEC_PER_SEC / vpx_encoder_get_config(encoding->encoder)->frames_per_second;
    encoding->next_frame = now + interval - publisher->video_ticker.interval / 4;
    if (interval <= publisher->video_ticker.interval)
        encoding->next_frame = now;
}

static void encode(struct publisher *publisher, unsigned index, const struct picture *picture, usec_t now)
{
    struct encoding *encoding = &publisher->encodings[index];
    if (!encoding->active || now < encoding->next_frame)
        return;
    skip_frames(publisher, encoding, now);
    if (encoding->scaled != NULL) {
        picture_scale(encoding->scaled, picture);
        picture = encoding->scaled;
    }
    bool keyframe =
        encoding->needs_keyframe && (encoding->last_keyframe == 0 || now - encoding->last_keyframe >= KEYFRAME_SPACING);
    uint32_t timestamp = (uint32_t)(uint64_t)(now * 9 / 100); /* 90 kHz */
    struct coded_frame frame;
    if (vpx_encoder_encode(encoding->encoder, picture, timestamp, keyframe, &frame) != 1)
        return;
    if (frame.keyframe) {
        encoding->needs_keyframe = false;
        encoding->last_keyframe = now;
        publisher->stats.keyframes++;
    }
    publisher->stats.video_frames++;
    publisher->stats.video_bytes += frame.length;
    publisher->listener.video(publisher->listener.user, index, &frame, now);
}

static bool fits(const struct publisher *publisher, const struct picture *picture)
{
    return picture->width == video_source_width(publisher->video) &&
           picture->height == video_source_height(publisher->video);
}

static void on_video(uv_timer_t *timer)
{
    struct publisher *publisher = timer->data;
    usec_t now = clock_now();
    uint64_t due = ticker_take(&publisher->video_ticker, now);
    publisher->stats.late += due > 0 ? due - 1 : 0; /* a late picture is not made up for */
    const struct picture *picture =
        publisher->video_muted ? NULL : video_source_next(publisher->video, clock_wall_us());
    if (picture != NULL && fits(publisher, picture)) {
        publisher->stats.pictures++;
        for (unsigned i = 0; i < publisher->encoding_count; i++)
            encode(publisher, i, picture, now);
    }
    timer_arm(timer, on_video, publisher->video_ticker.due);
}

static void send_audio(struct publisher *publisher, usec_t now)
{
    const int16_t *samples = audio_source_next(publisher->audio);
    uint8_t packet[OPUS_PACKET_MAX];
    int length = publisher->audio_muted ? 0 : opus_sender_encode(publisher->opus, samples, packet, sizeof packet);
    if (length > 0) {
        struct coded_audio audio = {
            .data = packet,
            .length = (size_t)length,
            .timestamp = publisher->audio_timestamp,
            .level_dbov = audio_level_dbov(samples, OPUS_FRAME * (size_t)audio_source_channels(publisher->audio)),
        };
        publisher->stats.audio_packets++;
        publisher->stats.audio_bytes += audio.length;
        publisher->listener.audio(publisher->listener.user, &audio, now);
    }
    publisher->audio_timestamp += OPUS_FRAME;
}

static void on_audio(uv_timer_t *timer)
{
    struct publisher *publisher = timer->data;
    usec_t now = clock_now();
    uint64_t due = ticker_take(&publisher->audio_ticker, now);
    uint64_t missed = due > LATE_AUDIO_MAX ? due - LATE_AUDIO_MAX : 0;
    publisher->audio_timestamp += (uint32_t)(missed * OPUS_FRAME);
    for (; due > missed; due--)
        send_audio(publisher, now);
    timer_arm(timer, on_audio, publisher->audio_ticker.due);
}

void publisher_start(struct publisher *publisher)
{
    if (publisher->started)
        return;
    publisher->started = true;
    publisher->video_ticker.due = publisher->audio_ticker.due = clock_now();
    publisher->audio_timestamp = (uint32_t)(uint64_t)(clock_now() * 6 / 125); /* 48 kHz */
    if (publisher->video != NULL)
        timer_arm(&publisher->video_timer, on_video, publisher->video_ticker.due);
    if (publisher->audio != NULL)
        timer_arm(&publisher->audio_timer, on_audio, publisher->audio_ticker.due);
}

void publisher_stop(struct publisher *publisher)
{
    publisher->started = true;
    uv_timer_stop(&publisher->video_timer);
    uv_timer_stop(&publisher->audio_timer);
}

void publisher_request_keyframe(struct publisher *publisher, unsigned index)
{
    if (index < publisher->encoding_count)
        publisher->encodings[index].needs_keyframe = true;
}

void publisher_set_active(struct publisher *publisher, unsigned index, bool active)
{
    if (index >= publisher->encoding_count || publisher->encodings[index].active == active)
        return;
    publisher->encodings[index].active = active;
    publisher->encodings[index].needs_keyframe = active;
}

void publisher_set_plan(struct publisher *publisher, unsigned index, const struct encoding_plan *plan)
{
    struct encoding *encoding = &publisher->encodings[index];
    CHECK(index < publisher->encoding_count);
    struct vpx_encoder_config config = *vpx_encoder_get_config(encoding->encoder);
    bool is_resized = config.width != plan->width || config.height != plan->height;
    config.width = plan->width;
    config.height = plan->height;
    config.frames_per_second = plan->frames_per_second;
    config.bitrate_bps = plan->bitrate_bps;
    if (vpx_encoder_configure(encoding->encoder, &config) != 0)
        log_warning("publisher", "the encoder refuses %ux%u", plan->width, plan->height);
    if (!is_resized)
        return;
    picture_free(encoding->scaled);
    encoding->scaled = NULL;
    if (plan->width != video_source_width(publisher->video) || plan->height != video_source_height(publisher->video))
        encoding->scaled = picture_new(plan->width, plan->height);
}

struct encoding_plan publisher_get_plan(const struct publisher *publisher, unsigned index)
{
    CHECK(index < publisher->encoding_count);
    const struct encoding *encoding = &publisher->encodings[index];
    const struct vpx_encoder_config *config = vpx_encoder_get_config(encoding->encoder);
    return (struct encoding_plan){
        .is_active = encoding->active,
        .width = config->width,
        .height = config->height,
        .frames_per_second = config->frames_per_second,
        .bitrate_bps = config->bitrate_bps,
    };
}

void publisher_mute(struct publisher *publisher, enum media_kind kind, bool muted)
{
    if (kind == MEDIA_AUDIO) {
        publisher->audio_muted = muted;
        return;
    }
    publisher->video_muted = muted;
    for (unsigned i = 0; i < publisher->encoding_count; i++)
        publisher->encodings[i].needs_keyframe = true;
}

bool publisher_is_muted(const struct publisher *publisher, enum media_kind kind)
{
    return kind == MEDIA_AUDIO ? publisher->audio_muted : publisher->video_muted;
}

void publisher_get_stats(const struct publisher *publisher, struct publisher_stats *stats)
{
    *stats = publisher->stats;
}

void publisher_stats_add(struct publisher_stats *sum, const struct publisher_stats *stats)
{
    sum->pictures += stats->pictures;
    sum->video_frames += stats->video_frames;
    sum->video_bytes += stats->video_bytes;
    sum->keyframes += stats->keyframes;
    sum->audio_packets += stats->audio_packets;
    sum->audio_bytes += stats->audio_bytes;
    sum->late += stats->late;
}
