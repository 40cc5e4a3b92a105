/* A source that the application fills itself, with video or audio that is encoded here, once for everybody, or with
 * what it has encoded. A shell around encoders; time is an argument. */
#ifndef HEDDLE_CLIENT_PUSHED_H
#define HEDDLE_CLIENT_PUSHED_H

#include "client/rtp/negotiation.h"
#include "client/rtp/send_track.h"
#include "transport/base/bytes.h"

struct pushed_config {
    const char *source;
    enum media_kind kind;
    enum codec codec; /* that the application encodes with; CODEC_NONE: it is encoded here */
    unsigned width, height, frames_per_second, bitrate_bps; /* of audio: the bitrate only */
    unsigned temporal_layers;                               /* of video that is encoded here, 1 to 3; 0: 1 */
};

struct pushed;

struct pushed *pushed_new(const struct pushed_config *config); /* NULL: the encoder refuses that */
void pushed_free(struct pushed *pushed);                       /* NULL is fine */
struct negotiation_source pushed_source(const struct pushed *pushed);
void pushed_request_keyframe(struct pushed *pushed);
/* One picture of the configured size, in I420, or in NV12 where planes[2] is NULL. False: nothing is to be sent of
 * it. */
bool pushed_picture(struct pushed *pushed, const struct picture *picture, usec_t now, struct coded_frame *frame);
/* 20 ms, stereo at 48 kHz. The packet is the source's until the next call. */
bool pushed_audio(struct pushed *pushed, const int16_t *samples, usec_t now, struct coded_audio *audio);

enum codec pushed_codec(const struct pushed *pushed); /* that it is sent in */
/* What the application encoded. False: it is none of this source, or too long for a packet (audio), or no Opus. */
bool pushed_frame(struct pushed *pushed, struct span data, bool is_keyframe, usec_t now, struct coded_frame *frame);
bool pushed_packet(struct pushed *pushed, struct span data, usec_t now, struct coded_audio *audio);

#endif
