#include "client/rtp/pushed.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/media/audio_level.h"
#include "client/media/opus_codec.h"
#include "transport/base/memory.h"

#define PAUSE (5 * OPUS_FRAME)
#define KEYFRAME_SPACING (300 * USEC_PER_MSEC) /* one answers all who ask */

struct pushed {
    struct pushed_config config;
    char source[SOURCE_MAX + 1];
    struct vpx_encoder *vpx;
    struct picture *chroma; /* of pictures in NV12; NULL: none came */
    struct opus_sender *opus;
    struct opus_receiver *meter; /* tells how long and how loud the application's packets are */
    bool needs_keyframe;
    usec_t last_keyframe;
    uint32_t audio_timestamp;
    uint8_t packet[OPUS_PACKET_MAX];
};

struct pushed *pushed_new(const struct pushed_config *config)
{
    struct pushed *pushed = mem_alloc(sizeof *pushed);
    pushed->config = *config;
    snprintf(pushed->source, sizeof pushed->source, "%s", config->source);
    if (config->codec != CODEC_NONE) {
        pushed->meter = config->kind == MEDIA_AUDIO ? opus_receiver_new() : NULL;
        return pushed;
    }
    if (config->kind == MEDIA_AUDIO) {
        pushed->opus = opus_sender_new(2, config->bitrate_bps);
    } else if (config->width >= 2 && config->height >= 2 && config->temporal_layers <= 3) {
        const struct vpx_encoder_config vpx = {.width = config->width,
                                               .height = config->height,
                                               .frames_per_second = config->frames_per_second,
                                               .bitrate_bps = config->bitrate_bps,
                                               .temporal_layers =
                                                   config->temporal_layers != 0 ? config->temporal_layers : 1,
                                               .speed = -16};
        pushed->vpx = vpx_encoder_new(&vpx);
    }
    if (pushed->opus == NULL && pushed->vpx == NULL) {
        pushed_free(pushed);
        return NULL;
    }
    return pushed;
}

void pushed_free(struct pushed *pushed)
{
    if (pushed == NULL)
        return;
    opus_sender_free(pushed->opus);
    opus_receiver_free(pushed->meter);
    picture_free(pushed->chroma);
    vpx_encoder_free(pushed->vpx);
    free(pushed);
}

struct negotiation_source pushed_source(const struct pushed *pushed)
{
    struct negotiation_source source = {.kind = pushed->config.kind, .codec = pushed->config.codec};
    snprintf(source.source, sizeof source.source, "%s", pushed->source);
    return source;
}

void pushed_request_keyframe(struct pushed *pushed)
{
    pushed->needs_keyframe = true;
}

enum codec pushed_codec(const struct pushed *pushed)
{
    if (pushed->config.codec != CODEC_NONE)
        return pushed->config.codec;
    return pushed->config.kind == MEDIA_AUDIO ? CODEC_OPUS : CODEC_VP8;
}

/* The picture in I420, if it is in NV12: its second plane has U and V in turns. */
static struct picture planar(struct pushed *pushed, const struct picture *picture)
{
    struct picture made = *picture;
    if (picture->planes[2] != NULL)
        return made;
    if (pushed->chroma == NULL)
        pushed->chroma = picture_new(picture->width, picture->height);
    for (int plane = 1; plane < 3; plane++) {
        made.planes[plane] = pushed->chroma->planes[plane];
        made.strides[plane] = pushed->chroma->strides[plane];
        for (unsigned y = 0; y < picture_plane_height(picture, plane); y++)
            for (unsigned x = 0; x < picture_plane_width(picture, plane); x++)
                made.planes[plane][y * made.strides[plane] + x] =
                    picture->planes[1][y * picture->strides[1] + (size_t)2 * x + (size_t)(plane - 1)];
    }
    return made;
}

static uint32_t video_timestamp(usec_t now)
{
    return (uint32_t)(uint64_t)(now * 9 / 100); /* 90 kHz */
}

bool pushed_picture(struct pushed *pushed, const struct picture *picture, usec_t now, struct coded_frame *frame)
{
    if (pushed->vpx == NULL || picture->width != pushed->config.width || picture->height != pushed->config.height)
        return false;
    bool keyframe =
        pushed->needs_keyframe && (pushed->last_keyframe == 0 || now - pushed->last_keyframe >= KEYFRAME_SPACING);
    struct picture encoded = planar(pushed, picture);
    if (vpx_encoder_encode(pushed->vpx, &encoded, video_timestamp(now), keyframe, frame) != 1)
        return false;
    if (frame->keyframe) {
        pushed->needs_keyframe = false;
        pushed->last_keyframe = now;
    }
    return true;
}

bool pushed_frame(struct pushed *pushed, struct span data, bool is_keyframe, usec_t now, struct coded_frame *frame)
{
    if (pushed->config.codec == CODEC_NONE || pushed->config.kind != MEDIA_VIDEO || data.length == 0)
        return false;
    *frame = (struct coded_frame){.data = data.data,
                                  .length = data.length,
                                  .keyframe = is_keyframe,
                                  .temporal_layers = 1,
                                  .timestamp = video_timestamp(now)};
    return true;
}

/* Of audio that goes on, behind what came before; of the first, and after a pause, by the clock. */
static uint32_t take_timestamp(struct pushed *pushed, unsigned samples, usec_t now)
{
    uint32_t due = (uint32_t)(uint64_t)(now * 6 / 125); /* 48 kHz */
    int32_t behind = (int32_t)(due - pushed->audio_timestamp);
    uint32_t timestamp = behind > PAUSE || behind < -PAUSE ? due : pushed->audio_timestamp;
    pushed->audio_timestamp = timestamp + samples;
    return timestamp;
}

bool pushed_packet(struct pushed *pushed, struct span data, usec_t now, struct coded_audio *audio)
{
    int16_t samples[OPUS_FRAME_MAX * OPUS_CHANNELS_MAX];
    if (pushed->meter == NULL || data.length == 0 || data.length > OPUS_PACKET_MAX)
        return false;
    int count = opus_receiver_decode(pushed->meter, data.data, data.length, samples);
    if (count <= 0)
        return false;
    *audio = (struct coded_audio){.data = data.data,
                                  .length = data.length,
                                  .timestamp = take_timestamp(pushed, (unsigned)count, now),
                                  .level_dbov = audio_level_dbov(samples, (size_t)count * OPUS_CHANNELS_MAX)};
    return true;
}

bool pushed_audio(struct pushed *pushed, const int16_t *samples, usec_t now, struct coded_audio *audio)
{
    if (pushed->opus == NULL)
        return false;
    int length = opus_sender_encode(pushed->opus, samples, pushed->packet, sizeof pushed->packet);
    *audio = (struct coded_audio){.data = pushed->packet,
                                  .length = length > 0 ? (size_t)length : 0,
                                  .timestamp = take_timestamp(pushed, OPUS_FRAME, now),
                                  .level_dbov = audio_level_dbov(samples, OPUS_FRAME * 2)};
    return length > 0;
}
