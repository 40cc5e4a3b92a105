/* The pictures of a composite: VP8 or VP9 as it comes becomes H.264 of one size, that of the first picture, with a
 * keyframe every two seconds and after each gap of a second. No I/O. */
#ifndef HEDDLE_CLIENT_H264_TRACK_H
#define HEDDLE_CLIENT_H264_TRACK_H

#include <libavcodec/avcodec.h>
#include <stddef.h>
#include <stdint.h>

#include "client/composite/encoder_choice.h"
#include "client/composite/packet_queue.h"
#include "transport/wire/codec.h"

#define H264_KEYFRAME_US 2000000
#define COMPOSITE_GAP_US 1000000 /* without pictures: what follows begins anew */

struct h264_track;

struct h264_track *h264_track_new(enum encoder_kind wish);
void h264_track_free(struct h264_track *track);
/* One frame, of `at_us` from time 0 on. 0; ERR_AGAIN: a keyframe has to come first; ERR_UNSUPPORTED: there is no
 * encoder for it, or it failed. */
int h264_track_put(struct h264_track *track, enum codec codec, const uint8_t *data, size_t length, int64_t at_us,
                   struct packet_queue *out);
int h264_track_finish(struct h264_track *track, struct packet_queue *out);
const struct encoder_choice *h264_track_choice(const struct h264_track *track); /* NULL: as below */
const AVCodecContext *h264_track_encoder(const struct h264_track *track);       /* NULL: no picture came yet */

#endif
