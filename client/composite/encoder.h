/* An encoder of libavcodec: frames in, packets into a queue. No I/O. */
#ifndef HEDDLE_CLIENT_COMPOSITE_ENCODER_H
#define HEDDLE_CLIENT_COMPOSITE_ENCODER_H

#include <libavcodec/avcodec.h>

#include "client/composite/encoder_choice.h"
#include "client/composite/packet_queue.h"

#define COMPOSITE_VIDEO 0 /* `stream_index` of its packets */
#define COMPOSITE_AUDIO 1
#define COMPOSITE_TICKS 90000 /* a second: what times of video are counted in */
#define COMPOSITE_RATE 48000  /* and those of audio */
#define COMPOSITE_FPS 25      /* what a mixer typically sends; times are those of the pictures */

/* NULL: this machine's libavcodec has what a composite needs; else what is missing, in words. */
const char *encoder_missing(enum encoder_kind wish);

/* With a header for all packets, and one thread. Takes what is in `options`. 0, or an error of libavcodec. */
int encoder_open(AVCodecContext *encoder, const AVCodec *codec, AVDictionary **options);
/* AAC, stereo, 48 kHz, planar floats; time base 1/COMPOSITE_RATE. NULL: it was refused. */
AVCodecContext *encoder_new_aac(void);
/* `frame` NULL: the last one has been; borrowed. 0, or ERR_INVALID. */
int encoder_put(AVCodecContext *encoder, const AVFrame *frame, int stream, struct packet_queue *out);

#endif
