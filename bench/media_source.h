/* Synthetic media in packets like those of real media: VP8 frames cut into packets whose sizes differ by a byte or two,
 * a larger keyframe when asked for, audio packets of the size of Opus, each frame's packets a little apart. The payload
 * is noise; its last bytes hold the send time, from which a receiver that decrypts it computes the delay. Pure. */
#ifndef HEDDLE_BENCH_MEDIA_SOURCE_H
#define HEDDLE_BENCH_MEDIA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/random.h"
#include "transport/base/time.h"
#include "transport/wire/media.h"

struct media_source_config {
    bool is_video;
    uint64_t bitrate_bps; /* of payloads */
    unsigned frames_per_second;
    usec_t packet_interval; /* between the packets of a frame; 0: all at once */
    uint32_t ssrc;
    uint8_t payload_type;
    const char *mid;  /* at most MEDIA_MID_MAX characters; copied */
    const char *rid;  /* of an encoding, copied; NULL: none */
    uint8_t encoding; /* written into the payload with the send time */
    uint16_t width, height;
    struct extension_map extensions;
};

struct media_source {
    struct media_source_config config;
    char mid[MEDIA_MID_MAX + 1], rid[MEDIA_RID_MAX + 1];
    struct rng rng;
    uint16_t sequence, picture_id;
    uint8_t tl0picidx;
    uint32_t timestamp;
    uint64_t frame_count;
    usec_t next_frame, next_packet; /* the latter within the frame being cut */
    bool needs_keyframe;
    size_t left, packets_left; /* of the frame being cut */
    bool is_frame_start, is_keyframe;
};

#define MEDIA_SOURCE_PACKET_MAX 1200
/* Browsers hand packets to the network one by one: Chromium's follow each other after 37 to 125 us (quartiles). */
#define MEDIA_SOURCE_PACKET_INTERVAL 100

void media_source_init(struct media_source *source, const struct media_source_config *config, uint64_t seed,
                       usec_t start);
void media_source_request_keyframe(struct media_source *source);
/* The next packet that is due at `now`, written to `out` (MEDIA_SOURCE_PACKET_MAX bytes) with `transport_sequence` in
 * its extension and `now` as its send time. Returns its length; 0: nothing is due. */
size_t media_source_poll(struct media_source *source, uint8_t *out, uint16_t transport_sequence, usec_t now);
/* When its next packet is due. */
usec_t media_source_next(const struct media_source *source);

/* Sends again after a pause: timestamps skip the pause, and the first frame is a keyframe. */
void media_source_resume(struct media_source *source, usec_t now);
/* The timestamp of `now`, for a sender report. */
uint32_t media_source_timestamp(const struct media_source *source, usec_t now);

/* Reads the send time and encoding from a decrypted payload (padding removed); false: no media source wrote it. */
bool media_source_sent_at(const uint8_t *payload, size_t length, usec_t *sent, uint8_t *encoding);

#endif
