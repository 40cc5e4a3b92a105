#include "client/composite/h264_track.h"

#include <stdlib.h>

#include "client/composite/encoder.h"
#include "client/composite/h264_encoder.h"
#include "client/media/picture.h"
#include "client/media/vpx_decoder.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define STEP_LEAST 90 /* ticks: pictures whose times fall together, or go back, come after each other all the same */

struct h264_track {
    enum codec codec;
    struct vpx_decoder *decoder;
    enum encoder_kind wish;
    struct encoder_choice choice;
    bool has_chosen;
    struct h264_encoder *encoder;
    AVFrame *frame;
    int64_t last, keyframe; /* ticks: of the last picture, and of the last keyframe; -1: none yet */
};

struct h264_track *h264_track_new(enum encoder_kind wish)
{
    struct h264_track *track = mem_alloc(sizeof *track);
    track->wish = wish;
    track->last = track->keyframe = -1;
    return track;
}

void h264_track_free(struct h264_track *track)
{
    vpx_decoder_free(track->decoder);
    h264_encoder_free(track->encoder);
    av_frame_free(&track->frame);
    free(track);
}

const AVCodecContext *h264_track_encoder(const struct h264_track *track)
{
    return track->encoder != NULL ? h264_encoder_context(track->encoder) : NULL;
}

const struct encoder_choice *h264_track_choice(const struct h264_track *track)
{
    return track->has_chosen ? &track->choice : NULL;
}

static int decode(struct h264_track *track, enum codec codec, const uint8_t *data, size_t length,
                  struct picture *picture)
{
    if (track->decoder == NULL || track->codec != codec) {
        vpx_decoder_free(track->decoder);
        track->decoder = vpx_decoder_new(codec);
        track->codec = codec;
    }
    return track->decoder != NULL ? vpx_decoder_decode(track->decoder, data, length, picture) : ERR_UNSUPPORTED;
}

static int open_encoder(void *user, enum encoder_kind kind, char *reason, size_t size)
{
    struct h264_track *track = user;
    track->encoder =
        h264_encoder_new(h264_way(kind), (unsigned)track->frame->width, (unsigned)track->frame->height, reason, size);
    return track->encoder != NULL ? 0 : ERR_UNSUPPORTED;
}

static int open_track(struct h264_track *track, const struct picture *picture)
{
    unsigned width = picture->width & ~1u, height = picture->height & ~1u; /* as 4:2:0 has it */
    if (width == 0 || height == 0)
        return ERR_UNSUPPORTED;
    track->frame = av_frame_alloc();
    CHECK(track->frame != NULL);
    track->frame->format = AV_PIX_FMT_YUV420P;
    track->frame->width = (int)width;
    track->frame->height = (int)height;
    CHECK(av_frame_get_buffer(track->frame, 0) == 0);
    encoder_choose(&track->choice, track->wish, &(struct encoder_opener){.open = open_encoder, .user = track});
    track->has_chosen = true;
    return track->encoder != NULL ? 0 : ERR_UNSUPPORTED;
}

static void copy(AVFrame *frame, const struct picture *picture)
{
    struct picture to = {.width = (unsigned)frame->width, .height = (unsigned)frame->height};
    CHECK(av_frame_make_writable(frame) == 0); /* the encoder may still have the last one */
    for (int i = 0; i < 3; i++) {
        to.planes[i] = frame->data[i];
        to.strides[i] = (size_t)frame->linesize[i];
    }
    picture_scale(&to, picture);
}

static bool is_keyframe_due(const struct h264_track *track, int64_t at)
{
    const int64_t gap = (int64_t)COMPOSITE_GAP_US * COMPOSITE_TICKS / 1000000,
                  interval = (int64_t)H264_KEYFRAME_US * COMPOSITE_TICKS / 1000000;
    return track->keyframe < 0 || at - track->keyframe >= interval || at - track->last > gap;
}

int h264_track_put(struct h264_track *track, enum codec codec, const uint8_t *data, size_t length, int64_t at_us,
                   struct packet_queue *out)
{
    struct picture picture;
    int result = decode(track, codec, data, length, &picture);
    if (result < 0)
        return result == ERR_INVALID ? ERR_AGAIN : ERR_UNSUPPORTED;
    if (result == 0)
        return 0;
    if (track->frame == NULL && open_track(track, &picture) != 0)
        return ERR_UNSUPPORTED;
    if (track->encoder == NULL)
        return ERR_UNSUPPORTED;
    copy(track->frame, &picture);
    int64_t at = at_us * COMPOSITE_TICKS / 1000000, least = track->last < 0 ? 0 : track->last + STEP_LEAST;
    at = at > least ? at : least;
    bool is_keyframe = is_keyframe_due(track, at);
    track->frame->pts = at;
    track->frame->pict_type = is_keyframe ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    track->last = at;
    if (is_keyframe)
        track->keyframe = at;
    return h264_encoder_put(track->encoder, track->frame, COMPOSITE_VIDEO, out) == 0 ? 0 : ERR_UNSUPPORTED;
}

int h264_track_finish(struct h264_track *track, struct packet_queue *out)
{
    return track->encoder != NULL ? h264_encoder_put(track->encoder, NULL, COMPOSITE_VIDEO, out) : 0;
}
