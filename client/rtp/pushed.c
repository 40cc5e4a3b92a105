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
    struct opus_sender *opus;
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
    if (config->kind == MEDIA_AUDIO) {
        pushed->opus = opus_sender_new(2, config->bitrate_bps);
    } else {
        const struct vpx_encoder_config vpx = {.width = config->width,
                                               .height = config->height,
                                               .frames_per_second = config->frames_per_second,
                                               .bitrate_bps = config->bitrate_bps,
                                               .temporal_layers = 1,
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
    opus_sender_free(pushed->opus);
    vpx_encoder_free(pushed->vpx);
    free(pushed);
}

struct negotiation_source pushed_source(const struct pushed *pushed)
{
    struct negotiation_source source = {.kind = pushed->config.kind};
    snprintf(source.source, sizeof source.source, "%s", pushed->source);
    return source;
}

void pushed_request_keyframe(struct pushed *pushed)
{
    pushed->needs_keyframe = true;
}

bool pushed_picture(struct pushed *pushed, const struct picture *picture, usec_t now, struct coded_frame *frame)
{
    if (pushed->vpx == NULL || picture->width != pushed->config.width || picture->height != pushed->config.height)
        return false;
    bool keyframe =
        pushed->needs_keyframe && (pushed->last_keyframe == 0 || now - pushed->last_keyframe >= KEYFRAME_SPACING);
    uint32_t timestamp = (uint32_t)(uint64_t)(now * 9 / 100); /* 90 kHz */
    if (vpx_encoder_encode(pushed->vpx, picture, timestamp, keyframe, frame) != 1)
        return false;
    if (frame->keyframe) {
        pushed->needs_keyframe = false;
        pushed->last_keyframe = now;
    }
    return true;
}

bool pushed_audio(struct pushed *pushed, const int16_t *samples, usec_t now, struct coded_audio *audio)
{
    if (pushed->opus == NULL)
        return false;
    uint32_t due = (uint32_t)(uint64_t)(now * 6 / 125); /* 48 kHz */
    int32_t behind = (int32_t)(due - pushed->audio_timestamp);
    if (behind > PAUSE || behind < -PAUSE) /* the first, or nothing was pushed for a while */
        pushed->audio_timestamp = due;
    int length = opus_sender_encode(pushed->opus, samples, pushed->packet, sizeof pushed->packet);
    *audio = (struct coded_audio){.data = pushed->packet,
                                  .length = length > 0 ? (size_t)length : 0,
                                  .timestamp = pushed->audio_timestamp,
                                  .level_dbov = audio_level_dbov(samples, OPUS_FRAME * 2)};
    pushed->audio_timestamp += OPUS_FRAME;
    return length > 0;
}
