/* An encoder of libavcodec: frames in, packets into a queue. No I/O. */
#ifndef HEDDLE_CLIENT_COMPOSITE_ENCODER_H
#define HEDDLE_CLIENT_COMPOSITE_ENCODER_H

#include <libavcodec/avcodec.h>

#include "client/composite/packet_queue.h"

#define COMPOSITE_VIDEO 0 /* `stream_index` of its packets */
#define COMPOSITE_AUDIO 1

/* NULL: this machine's libavcodec has what a composite needs; else what is missing, in words. */
const char *encoder_missing(void);

/* H.264, without pictures that wait for later ones; time base 1/90000. NULL: it was refused. */
AVCodecContext *encoder_new_h264(unsigned width, unsigned height);
/* AAC, stereo, 48 kHz, planar floats; time base 1/48000. NULL: it was refused. */
AVCodecContext *encoder_new_aac(void);
/* `frame` NULL: the last one has been; borrowed. 0, or ERR_INVALID. */
int encoder_put(AVCodecContext *encoder, const AVFrame *frame, int stream, struct packet_queue *out);

#endif
