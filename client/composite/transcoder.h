/* A mixer's frames in, packets of H.264 and AAC out: decoded once and encoded once, whatever they are for. Sound from
 * before the first picture is left out. No I/O, no clock. */
#ifndef HEDDLE_CLIENT_TRANSCODER_H
#define HEDDLE_CLIENT_TRANSCODER_H

#include <libavcodec/avcodec.h>

#include "client/composite/composite_frame.h"
#include "client/composite/encoder_choice.h"

#define TRANSCODER_LEAD_US                                                                                             \
    100000 /* time 0 is so long before the first picture: the sound's first frame begins earlier */

struct transcoder;

struct transcoder *transcoder_new(enum encoder_kind wish); /* NULL: there is no encoder of sound */
void transcoder_free(struct transcoder *transcoder);
/* 0; ERR_AGAIN: a keyframe has to come first; else an encoder failed. Packets may be there also then. */
int transcoder_take(struct transcoder *transcoder, const struct composite_frame *frame);
int transcoder_finish(struct transcoder *transcoder); /* no more comes */
/* The next packet, the caller's; `stream_index` is COMPOSITE_VIDEO or COMPOSITE_AUDIO (encoder.h). NULL: none yet. */
AVPacket *transcoder_packet(struct transcoder *transcoder);
/* The encoders of the packets; there are some once there is a packet. Borrowed. */
const AVCodecContext *transcoder_video(const struct transcoder *transcoder);
const AVCodecContext *transcoder_audio(const struct transcoder *transcoder);
/* Of the pictures. NULL: none came yet. */
const struct encoder_choice *transcoder_choice(const struct transcoder *transcoder);
int64_t transcoder_began_us(const struct transcoder *transcoder); /* the wall clock at time 0 */

#endif
