/* A source that the application fills itself: video or audio, encoded once for everybody. A shell around encoders;
 * time is an argument. */
#ifndef HEDDLE_CLIENT_PUSHED_H
#define HEDDLE_CLIENT_PUSHED_H

#include "client/rtp/negotiation.h"
#include "client/rtp/send_track.h"

struct pushed_config {
    const char *source;
    enum media_kind kind;
    unsigned width, height, frames_per_second, bitrate_bps; /* of audio: the bitrate only */
};

struct pushed;

struct pushed *pushed_new(const struct pushed_config *config); /* NULL: the encoder refuses that */
void pushed_free(struct pushed *pushed);
struct negotiation_source pushed_source(const struct pushed *pushed);
void pushed_request_keyframe(struct pushed *pushed);
/* One picture of the configured size. False: nothing is to be sent of it. */
bool pushed_picture(struct pushed *pushed, const struct picture *picture, usec_t now, struct coded_frame *frame);
/* 20 ms, stereo at 48 kHz. The packet is the source's until the next call. */
bool pushed_audio(struct pushed *pushed, const int16_t *samples, usec_t now, struct coded_audio *audio);

#endif
