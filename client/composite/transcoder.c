#include "client/composite/transcoder.h"

#include <stdlib.h>

#include "client/composite/aac_track.h"
#include "client/composite/h264_track.h"
#include "client/composite/packet_queue.h"
#include "transport/base/memory.h"

struct transcoder {
    struct h264_track *video;
    struct aac_track *audio;
    struct packet_queue made;
    int64_t began_us; /* 0: no picture came yet */
};

struct transcoder *transcoder_new(enum encoder_kind wish)
{
    struct aac_track *audio = aac_track_new();
    if (audio == NULL)
        return NULL;
    struct transcoder *transcoder = mem_alloc(sizeof *transcoder);
    transcoder->video = h264_track_new(wish);
    transcoder->audio = audio;
    return transcoder;
}

void transcoder_free(struct transcoder *transcoder)
{
    packet_queue_clear(&transcoder->made);
    h264_track_free(transcoder->video);
    aac_track_free(transcoder->audio);
    free(transcoder);
}

int transcoder_take(struct transcoder *transcoder, const struct composite_frame *frame)
{
    bool is_video = codec_format(frame->codec)->kind == MEDIA_VIDEO, has_begun = transcoder_video(transcoder) != NULL;
    if (!has_begun && !is_video)
        return 0;
    if (!has_begun)
        transcoder->began_us = frame->at_us - TRANSCODER_LEAD_US;
    int64_t at_us = frame->at_us - transcoder->began_us;
    if (!is_video)
        return aac_track_put(transcoder->audio, frame->data, frame->length, at_us, &transcoder->made);
    return h264_track_put(transcoder->video, frame->codec, frame->data, frame->length, at_us, &transcoder->made);
}

int transcoder_finish(struct transcoder *transcoder)
{
    int video = h264_track_finish(transcoder->video, &transcoder->made);
    int audio = aac_track_finish(transcoder->audio, &transcoder->made);
    return video != 0 ? video : audio;
}

AVPacket *transcoder_packet(struct transcoder *transcoder)
{
    return transcoder_video(transcoder) != NULL ? packet_queue_take(&transcoder->made) : NULL;
}

const AVCodecContext *transcoder_video(const struct transcoder *transcoder)
{
    return h264_track_encoder(transcoder->video);
}

const AVCodecContext *transcoder_audio(const struct transcoder *transcoder)
{
    return aac_track_encoder(transcoder->audio);
}

const struct encoder_choice *transcoder_choice(const struct transcoder *transcoder)
{
    return h264_track_choice(transcoder->video);
}

int64_t transcoder_began_us(const struct transcoder *transcoder)
{
    return transcoder->began_us;
}
