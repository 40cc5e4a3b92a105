#include "client/composite/encoder.h"

#include "transport/base/check.h"
#include "transport/base/error.h"

#define AAC_BITRATE 128000

static bool has_h264(enum encoder_kind wish)
{
    enum encoder_kind candidates[ENCODER_KINDS];
    size_t count = encoder_candidates(wish, candidates);
    for (size_t i = 0; i < count; i++) {
        if (avcodec_find_encoder_by_name(encoder_kind_codec(candidates[i])) != NULL)
            return true;
    }
    return false;
}

const char *encoder_missing(enum encoder_kind wish)
{
    if (!has_h264(wish))
        return "this machine's libavcodec has none of the H.264 encoders that --encoder allows (libx264 is one)";
    if (avcodec_find_encoder(AV_CODEC_ID_AAC) == NULL)
        return "this machine's libavcodec has no AAC encoder";
    return NULL;
}

int encoder_open(AVCodecContext *encoder, const AVCodec *codec, AVDictionary **options)
{
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    encoder->thread_count = 1; /* the other cores are for those in the call */
    int result = avcodec_open2(encoder, codec, options);
    av_dict_free(options);
    return result;
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
    AVDictionary *options = NULL;
    if (encoder_open(encoder, codec, &options) < 0)
        avcodec_free_context(&encoder);
    return encoder;
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
