#include "client/composite/h264_encoder.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/composite/encoder.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define GOP_MAX 1000     /* pictures: whoever makes them asks for keyframes before */
#define BITS_PER_PIXEL 3 /* a second at most: 2.8 Mbit/s of 1280x720 */
#define RENDER_DEVICES 8 /* /dev/dri/renderD128 and so on */
#define SURFACES 8       /* of the card: pictures on their way into the encoder */

struct h264_encoder {
    const struct h264_way *way;
    AVCodecContext *context;
    AVFrame *converted; /* NULL: it takes YUV420P */
};

const struct h264_way *h264_way(enum encoder_kind kind)
{
    static const struct h264_way ways[] = {
        [ENCODER_SOFTWARE] = {.codec = "libx264",
                              .format = AV_PIX_FMT_YUV420P,
                              .device = AV_HWDEVICE_TYPE_NONE,
                              .options = {{"preset", "superfast"},
                                          {"tune", "zerolatency"},
                                          {"crf", "23"}, /* quality, as x264 counts it; still pictures cost little */
                                          {"forced-idr", "1"},
                                          /* segments of one length: keyframes only where they are asked for */
                                          {"sc_threshold", "0"}}},
        /* Its pictures of type I are IDR anyway. */
        [ENCODER_VAAPI] = {.codec = "h264_vaapi",
                           .format = AV_PIX_FMT_NV12,
                           .device = AV_HWDEVICE_TYPE_VAAPI,
                           .by_bitrate = true,
                           .options = {{"async_depth", "1"}}},
        /* It takes pictures in memory, and finds its device by itself. */
        [ENCODER_NVENC] =
            {.codec = "h264_nvenc",
             .format = AV_PIX_FMT_NV12,
             .device = AV_HWDEVICE_TYPE_NONE,
             .driver = "libcuda.so.1",
             .by_bitrate = true,
             .options = {{"preset", "p4"}, {"tune", "ll"}, {"rc", "vbr"}, {"forced-idr", "1"}, {"delay", "0"}}},
    };
    return &ways[kind];
}

static int refuse(char *reason, size_t size, const char *what, int error)
{
    char text[AV_ERROR_MAX_STRING_SIZE];
    snprintf(reason, size, "%s: %s", what, av_make_error_string(text, sizeof text, error));
    return ERR_UNSUPPORTED;
}

/* NULL, and the reason: of the first device that is there, since others are rarely meant. */
static AVBufferRef *open_render_device(char *reason, size_t size)
{
    AVBufferRef *device = NULL;
    snprintf(reason, size, "there is no /dev/dri/renderD128");
    for (int i = 0, seen = 0; i < RENDER_DEVICES && device == NULL; i++) {
        char path[32], text[AV_ERROR_MAX_STRING_SIZE];
        snprintf(path, sizeof path, "/dev/dri/renderD%d", 128 + i);
        int file = open(path, O_RDWR | O_CLOEXEC), number = errno;
        if (file < 0 && number == ENOENT)
            continue;
        if (file >= 0)
            close(file);
        int result =
            file < 0 ? AVERROR(number) : av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, path, NULL, 0);
        if (result < 0 && seen++ == 0)
            snprintf(reason, size, "%s: %s", path, av_make_error_string(text, sizeof text, result));
    }
    return device;
}

/* Where the card keeps what it gets: in its own memory. */
static int open_device(AVCodecContext *context, char *reason, size_t size)
{
    AVBufferRef *device = open_render_device(reason, size);
    if (device == NULL)
        return ERR_UNSUPPORTED;
    context->hw_frames_ctx = av_hwframe_ctx_alloc(device);
    av_buffer_unref(&device); /* the frames hold it */
    CHECK(context->hw_frames_ctx != NULL);
    AVHWFramesContext *frames = (AVHWFramesContext *)(void *)context->hw_frames_ctx->data;
    context->pix_fmt = frames->format = AV_PIX_FMT_VAAPI;
    frames->sw_format = AV_PIX_FMT_NV12;
    frames->width = context->width;
    frames->height = context->height;
    frames->initial_pool_size = SURFACES;
    int result = av_hwframe_ctx_init(context->hw_frames_ctx);
    return result < 0 ? refuse(reason, size, "no memory of the card", result) : 0;
}

static void describe(AVCodecContext *context, unsigned width, unsigned height)
{
    context->width = (int)width;
    context->height = (int)height;
    context->color_range = AVCOL_RANGE_MPEG; /* cameras in WebRTC are BT.601; players take HD for BT.709 if not told */
    context->colorspace = AVCOL_SPC_SMPTE170M;
    context->color_primaries = AVCOL_PRI_SMPTE170M;
    context->color_trc = AVCOL_TRC_SMPTE170M;
    context->time_base = (AVRational){1, COMPOSITE_TICKS};
    context->framerate = (AVRational){COMPOSITE_FPS, 1};
    context->gop_size = GOP_MAX;
    context->max_b_frames = 0;
    context->rc_max_rate = (int64_t)BITS_PER_PIXEL * width * height;
    context->rc_buffer_size = (int)(2 * context->rc_max_rate);
}

static int open_context(struct h264_encoder *encoder, const AVCodec *codec, unsigned width, unsigned height,
                        char *reason, size_t size)
{
    const struct h264_way *way = encoder->way;
    AVDictionary *options = NULL;
    AVCodecContext *context = encoder->context = avcodec_alloc_context3(codec);
    CHECK(context != NULL);
    describe(context, width, height);
    context->pix_fmt = way->format;
    if (way->by_bitrate)
        context->bit_rate = context->rc_max_rate * 2 / 3;
    if (way->device != AV_HWDEVICE_TYPE_NONE && open_device(context, reason, size) != 0)
        return ERR_UNSUPPORTED;
    for (size_t i = 0; i < H264_OPTIONS_MAX && way->options[i].name != NULL; i++)
        av_dict_set(&options, way->options[i].name, way->options[i].value, 0);
    int result = encoder_open(context, codec, &options);
    if (result < 0) {
        char what[64];
        snprintf(what, sizeof what, "it does not begin with %ux%u", width, height);
        return refuse(reason, size, what, result);
    }
    snprintf(reason, size, "it brings no header for files");
    return context->extradata_size > 0 ? 0 : ERR_UNSUPPORTED;
}

/* libavcodec opens it by itself, but what it says when it cannot is "operation not permitted". */
static bool has_driver(const struct h264_way *way)
{
    void *driver = way->driver != NULL ? dlopen(way->driver, RTLD_LAZY | RTLD_LOCAL) : NULL;
    if (driver != NULL)
        dlclose(driver);
    return way->driver == NULL || driver != NULL;
}

static AVFrame *frame_of(enum AVPixelFormat format, int width, int height)
{
    AVFrame *frame = av_frame_alloc();
    CHECK(frame != NULL);
    frame->format = format;
    frame->width = width;
    frame->height = height;
    CHECK(av_frame_get_buffer(frame, 0) == 0);
    return frame;
}

static struct h264_encoder *open_encoder(const struct h264_way *way, unsigned width, unsigned height, char *reason,
                                         size_t size)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(way->codec);
    if (codec == NULL) {
        snprintf(reason, size, "libavcodec here has no such encoder");
        return NULL;
    }
    if (!has_driver(way)) {
        snprintf(reason, size, "there is no %s", way->driver);
        return NULL;
    }
    struct h264_encoder *encoder = mem_alloc(sizeof *encoder);
    encoder->way = way;
    if (way->format == AV_PIX_FMT_NV12)
        encoder->converted = frame_of(AV_PIX_FMT_NV12, (int)width, (int)height);
    if (open_context(encoder, codec, width, height, reason, size) == 0)
        return encoder;
    h264_encoder_free(encoder);
    return NULL;
}

/* A grey picture, and its end. */
static int try_it(struct h264_encoder *encoder, char *reason, size_t size)
{
    struct packet_queue made = {0};
    AVFrame *frame = frame_of(AV_PIX_FMT_YUV420P, encoder->context->width, encoder->context->height);
    for (int plane = 0; plane < 3; plane++)
        memset(frame->data[plane], 128,
               (size_t)frame->linesize[plane] * (size_t)(frame->height / (plane == 0 ? 1 : 2)));
    frame->pts = 0;
    frame->pict_type = AV_PICTURE_TYPE_I;
    bool is_taken = h264_encoder_put(encoder, frame, COMPOSITE_VIDEO, &made) == 0 &&
                    h264_encoder_put(encoder, NULL, COMPOSITE_VIDEO, &made) == 0;
    AVPacket *packet = packet_queue_take(&made);
    bool is_keyframe = packet != NULL && (packet->flags & AV_PKT_FLAG_KEY) != 0;
    av_packet_free(&packet);
    av_frame_free(&frame);
    packet_queue_clear(&made);
    if (!is_taken || !is_keyframe)
        snprintf(reason, size, "it opens, but does not encode a picture of %dx%d", encoder->context->width,
                 encoder->context->height);
    return is_taken && is_keyframe ? 0 : ERR_UNSUPPORTED;
}

struct h264_encoder *h264_encoder_new(const struct h264_way *way, unsigned width, unsigned height, char *reason,
                                      size_t size)
{
    struct h264_encoder *trial = open_encoder(way, width, height, reason, size);
    bool works = trial != NULL && try_it(trial, reason, size) == 0;
    h264_encoder_free(trial); /* one that has got its last picture takes no more */
    return works ? open_encoder(way, width, height, reason, size) : NULL;
}

void h264_encoder_free(struct h264_encoder *encoder)
{
    if (encoder == NULL)
        return;
    av_frame_free(&encoder->converted);
    avcodec_free_context(&encoder->context);
    free(encoder);
}

static void interleave(AVFrame *to, const AVFrame *from)
{
    CHECK(av_frame_make_writable(to) == 0); /* the encoder may still have the last one */
    for (int y = 0; y < from->height; y++)
        memcpy(to->data[0] + (ptrdiff_t)y * to->linesize[0], from->data[0] + (ptrdiff_t)y * from->linesize[0],
               (size_t)from->width);
    for (int y = 0; y < from->height / 2; y++) {
        uint8_t *out = to->data[1] + (ptrdiff_t)y * to->linesize[1];
        const uint8_t *u = from->data[1] + (ptrdiff_t)y * from->linesize[1];
        const uint8_t *v = from->data[2] + (ptrdiff_t)y * from->linesize[2];
        for (int x = 0; x < from->width / 2; x++) {
            out[2 * x] = u[x];
            out[2 * x + 1] = v[x];
        }
    }
    to->pts = from->pts;
    to->pict_type = from->pict_type;
}

/* The card's own copy of a picture; NULL: it has no place, or is gone. */
static AVFrame *upload(const AVCodecContext *context, const AVFrame *frame)
{
    AVFrame *surface = av_frame_alloc();
    CHECK(surface != NULL);
    if (av_hwframe_get_buffer(context->hw_frames_ctx, surface, 0) < 0 ||
        av_hwframe_transfer_data(surface, frame, 0) < 0) {
        av_frame_free(&surface);
        return NULL;
    }
    surface->pts = frame->pts;
    surface->pict_type = frame->pict_type;
    return surface;
}

int h264_encoder_put(struct h264_encoder *encoder, const AVFrame *frame, int stream, struct packet_queue *out)
{
    if (frame != NULL && encoder->converted != NULL) {
        interleave(encoder->converted, frame);
        frame = encoder->converted;
    }
    if (frame == NULL || encoder->way->device == AV_HWDEVICE_TYPE_NONE)
        return encoder_put(encoder->context, frame, stream, out);
    AVFrame *surface = upload(encoder->context, frame);
    int result = surface != NULL ? encoder_put(encoder->context, surface, stream, out) : ERR_INVALID;
    av_frame_free(&surface);
    return result;
}

const AVCodecContext *h264_encoder_context(const struct h264_encoder *encoder)
{
    return encoder->context;
}
