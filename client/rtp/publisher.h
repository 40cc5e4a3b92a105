/* What this client makes: video and audio from their sources, each coded once per quality, however many connections
 * carry it. A shell: timers in the loop's thread at the sources' own pace. */
#ifndef HEDDLE_CLIENT_PUBLISHER_H
#define HEDDLE_CLIENT_PUBLISHER_H

#include <uv.h>

#include "client/media/picture.h"
#include "client/rtp/adaptation.h"
#include "client/rtp/send_track.h"

struct publisher_config {
    const char *video, *audio; /* names of sources (video_source.h, audio_source.h); NULL: none */
    unsigned width, height, frames_per_second;
    unsigned bitrate_bps;
    unsigned encodings;       /* 1..3, each half the size of the next; the last is the full one */
    unsigned temporal_layers; /* 1..3 */
    uint32_t seed;            /* colours and pitch */
};

/* Called from the loop. */
struct publisher_listener {
    void (*video)(void *user, unsigned index, const struct coded_frame *frame, usec_t now);
    void (*audio)(void *user, const struct coded_audio *audio, usec_t now);
    void *user;
};

struct publisher;

/* 0, or an error with the reason in words, valid until the next call. */
int publisher_new(struct publisher **out, uv_loop_t *loop, const struct publisher_config *config,
                  const struct publisher_listener *listener, const char **reason);
void publisher_free(struct publisher *publisher); /* the memory is freed when the loop has run once more */
bool publisher_has_video(const struct publisher *publisher);
bool publisher_has_audio(const struct publisher *publisher);
unsigned publisher_encodings(const struct publisher *publisher);
/* Nothing is made before, so that frame numbers start with the call. Idempotent. */
void publisher_start(struct publisher *publisher);
/* Nothing is made any more, and the loop is not kept running; the statistics stay. */
void publisher_stop(struct publisher *publisher);

/* A keyframe as soon as possible; requests within 150 ms of the last keyframe wait. */
void publisher_request_keyframe(struct publisher *publisher, unsigned index);
/* An encoding nobody watches costs nothing; it comes back with a keyframe. */
void publisher_set_active(struct publisher *publisher, unsigned index, bool active);
/* How an encoding is made from the next picture on; `is_active` is publisher_set_active()'s. */
void publisher_set_plan(struct publisher *publisher, unsigned index, const struct encoding_plan *plan);
struct encoding_plan publisher_get_plan(const struct publisher *publisher, unsigned index);
void publisher_mute(struct publisher *publisher, enum media_kind kind, bool muted);
bool publisher_is_muted(const struct publisher *publisher, enum media_kind kind);

struct publisher_stats {
    uint64_t pictures; /* from the source */
    uint64_t video_frames, video_bytes, keyframes;
    uint64_t audio_packets, audio_bytes;
    uint64_t late; /* pictures skipped as the machine was too slow */
};
void publisher_stats_add(struct publisher_stats *sum, const struct publisher_stats *stats);
void publisher_get_stats(const struct publisher *publisher, struct publisher_stats *stats);

#endif
