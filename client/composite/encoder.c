#include "client/composite/encoder.h"

#include "transport/base/check.h"
#include "transport/base/error.h"

#define H264_NAME "libx264"
#define AAC_BITRATE 128000
#define GOP_MAX 1000     /* pictures: whoever makes them asks for keyframes before */
#define CRF "23"         /* quality, as x264 counts it; still pictures cost little */
#define BITS_PER_PIXEL 3 /* a second at most: 2.8 Mbit/s of 1280x720 */

const char *encoder_missing(void)
{
    if (avcodec_find_encoder_by_name(H264_NAME) == NULL)
        return "this machine's libavcodec has no H.264 encoder (" H264_NAME ")";
    if (avcodec_find_encoder(AV_CODEC_ID_AAC) == NULL)
        return "this machine's libavcodec has no AAC encoder";
    return NULL;
}

static AVCodecContext *open_encoder(AVCodecContext *encoder, const AVCodec *codec, AVDictionary *options)
{
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    encoder->thread_count = 1; /* the other cores are for those in the call */
    int result = avcodec_open2(encoder, codec, &options);
    av_dict_free(&options);
    if (result < 0)
        avcodec_free_context(&encoder);
    return encoder;
}

AVCodecContext *encoder_new_h264(unsigned width, unsigned height)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(H264_NAME);
    AVCodecContext *encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    AVDictionary *options = NULL;
    if (encoder == NULL)
        return NULL;
    encoder->width = (int)width;
    encoder->height = (int)height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->color_range = AVCOL_RANGE_MPEG; /* cameras in WebRTC are BT.601; players take HD for BT.709 if not told */
    encoder->colorspace = AVCOL_SPC_SMPTE170M;
    encoder->color_primaries = AVCOL_PRI_SMPTE170M;
    encoder->color_trc = AVCOL_TRC_SMPTE170M;
    encoder->time_base = (AVRational){1, COMPOSITE_TICKS};
    encoder->framerate = (AVRational){COMPOSITE_FPS, 1};
    encoder->gop_size = GOP_MAX;
    encoder->max_b_frames = 0;
    encoder->rc_max_rate = (int64_t)BITS_PER_PIXEL * width * height;
    encoder->rc_buffer_size = (int)(2 * encoder->rc_max_rate);
    av_dict_set(&options, "preset", "superfast", 0);
    av_dict_set(&options, "tune", "zerolatency", 0);
    av_dict_set(&options, "crf", CRF, 0);
    av_dict_set(&options, "forced-idr", "1", 0);
    av_dict_set(&options, "sc_threshold", "0", 0); /* segments of one length: keyframes only where they are asked for */
    return open_encoder(encoder, codec, options);
}

AVCodecContext *encoder_new_aac(void)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    AVCodecContext *encoder = codec != NULL ? avcodec_alloc_context3(codec) : NULL;
    if (encoder == NULL)
        return NULL;
    encoder->sample_rate = COMPOSITE_RATE;
    encoder->sample_fmt = AV_SAMPLE_FMT_FLTP;
    encoder->bit_rate = AAC_BITRATE;
    encoder->time_base = (AVRational){1, COMPOSITE_RATE};
    av_channel_layout_default(&encoder->ch_layout, 2);
    return open_encoder(encoder, codec, NULL);
}

int encoder_put(AVCodecContext *encoder, const AVFrame *frame, int stream, struct packet_queue *out)
{
    int result = avcodec_send_frame(encoder, frame);
    while (result >= 0) {
        AVPacket *packet = av_packet_alloc();
        CHECK(packet != NULL);
        result = avcodec_receive_packet(encoder, packet);
        if (result < 0) {
            av_packet_free(&packet);
            break;
        }
        packet->stream_index = stream;
        packet->time_base = encoder->time_base;
        packet_queue_put(out, packet);
    }
    return result == AVERROR(EAGAIN) || result == AVERROR_EOF ? 0 : ERR_INVALID;
}
