/* An H.264 encoder of libavcodec, in software or of a graphics card, which gets pictures in memory all the same. */
#ifndef HEDDLE_CLIENT_H264_ENCODER_H
#define HEDDLE_CLIENT_H264_ENCODER_H

#include <libavcodec/avcodec.h>
#include <libavutil/hwcontext.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/composite/encoder_choice.h"
#include "client/composite/packet_queue.h"

#define H264_OPTIONS_MAX 8

/* How an encoder of libavcodec is used. */
struct h264_way {
    const char *codec;
    enum AVPixelFormat format;  /* of pictures in memory that it takes: YUV420P or NV12 */
    enum AVHWDeviceType device; /* to which they have to go before; NONE: it takes them as they are */
    const char *driver;         /* a library that has to be there; NULL: none */
    bool by_bitrate;            /* cards have no measure of quality in common */
    struct {
        const char *name, *value;
    } options[H264_OPTIONS_MAX]; /* a NULL name ends them */
};

const struct h264_way *h264_way(enum encoder_kind kind); /* of one that encodes */

struct h264_encoder;

/* It has encoded a picture, as a trial, when this returns. Time base 1/COMPOSITE_TICKS; no picture waits for later
 * ones. NULL, and the reason. */
struct h264_encoder *h264_encoder_new(const struct h264_way *way, unsigned width, unsigned height, char *reason,
                                      size_t size);
void h264_encoder_free(struct h264_encoder *encoder); /* NULL is fine */
/* `frame` is in YUV420P and of its size, and borrowed; one of AV_PICTURE_TYPE_I becomes a keyframe. NULL: the last one
 * has been. 0, or ERR_INVALID. */
int h264_encoder_put(struct h264_encoder *encoder, const AVFrame *frame, int stream, struct packet_queue *out);
const AVCodecContext *h264_encoder_context(const struct h264_encoder *encoder);

#endif
