#include "client/composite/aac_track.h"

#include <stdlib.h>
#include <string.h>

#include "client/composite/encoder.h"
#include "client/media/opus_codec.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define RATE COMPOSITE_RATE /* that of Opus, too */
#define CHANNELS OPUS_CHANNELS_MAX
#define TOLERANCE (RATE / 100)         /* samples: by so much sound may be away from its time; less than a packet */
#define GAP_MAX RATE                   /* of more no silence is made */
#define CONCEALED_MAX (3 * OPUS_FRAME) /* of a gap: then there is silence */

struct aac_track {
    AVCodecContext *encoder;
    struct opus_receiver *decoder;
    AVFrame *frame;
    int filled;   /* samples of `frame` */
    int64_t next; /* where the next sample is, in samples from time 0 on */
    bool is_started;
};

struct aac_track *aac_track_new(void)
{
    AVCodecContext *encoder = encoder_new_aac();
    if (encoder == NULL)
        return NULL;
    struct aac_track *track = mem_alloc(sizeof *track);
    track->encoder = encoder;
    track->decoder = opus_receiver_new();
    track->frame = av_frame_alloc();
    CHECK(track->frame != NULL);
    track->frame->format = encoder->sample_fmt;
    track->frame->nb_samples = encoder->frame_size;
    CHECK(av_channel_layout_copy(&track->frame->ch_layout, &encoder->ch_layout) == 0);
    CHECK(av_frame_get_buffer(track->frame, 0) == 0);
    return track;
}

void aac_track_free(struct aac_track *track)
{
    if (track == NULL)
        return;
    avcodec_free_context(&track->encoder);
    opus_receiver_free(track->decoder);
    av_frame_free(&track->frame);
    free(track);
}

const AVCodecContext *aac_track_encoder(const struct aac_track *track)
{
    return track->encoder;
}

static int encode(struct aac_track *track, struct packet_queue *out)
{
    track->frame->pts = track->next - track->filled;
    track->filled = 0;
    return encoder_put(track->encoder, track->frame, COMPOSITE_AUDIO, out);
}

/* `samples` NULL: silence. */
static int append(struct aac_track *track, const int16_t *samples, int64_t count, struct packet_queue *out)
{
    int error = 0;
    for (int64_t i = 0; i < count && error == 0; i++) {
        if (track->filled == 0)
            CHECK(av_frame_make_writable(track->frame) == 0); /* the encoder may still have the last one */
        for (int channel = 0; channel < CHANNELS; channel++) {
            float *plane = (float *)(void *)track->frame->data[channel];
            plane[track->filled] = samples != NULL ? (float)samples[CHANNELS * i + channel] / 32768 : 0;
        }
        track->next++;
        if (++track->filled == track->frame->nb_samples)
            error = encode(track, out);
    }
    return error;
}

/* The frame that has begun is filled up with silence. */
static int complete_frame(struct aac_track *track, struct packet_queue *out)
{
    return track->filled > 0 ? append(track, NULL, track->frame->nb_samples - track->filled, out) : 0;
}

static int fill_gap(struct aac_track *track, int64_t count, struct packet_queue *out)
{
    int16_t samples[OPUS_FRAME_MAX * CHANNELS];
    int error = 0;
    for (int64_t concealed = 0; count > 0 && concealed < CONCEALED_MAX && error == 0; concealed += OPUS_FRAME) {
        int made = opus_receiver_decode(track->decoder, NULL, 0, samples);
        if (made <= 0)
            break;
        int64_t taken = made < count ? made : count;
        error = append(track, samples, taken, out);
        count -= taken;
    }
    return error == 0 ? append(track, NULL, count, out) : error;
}

/* Up to where the packet begins. */
static int go_to(struct aac_track *track, int64_t at, struct packet_queue *out)
{
    int64_t missing = at - track->next;
    if (track->is_started && missing <= GAP_MAX)
        return missing > TOLERANCE ? fill_gap(track, missing, out) : 0;
    int error = complete_frame(track, out);
    track->is_started = true;
    track->next = at > track->next ? at : track->next; /* a frame's end may lie behind it */
    return error;
}

int aac_track_put(struct aac_track *track, const uint8_t *data, size_t length, int64_t at_us, struct packet_queue *out)
{
    int16_t samples[OPUS_FRAME_MAX * CHANNELS];
    int64_t at = at_us * RATE / 1000000;
    int error = go_to(track, at > 0 ? at : 0, out); /* first: what is made up goes on from the packet before */
    int count = opus_receiver_decode(track->decoder, data, length, samples);
    int64_t early = track->next - at > TOLERANCE || at < 0 ? track->next - at : 0;
    if (error != 0 || count <= early)
        return error;
    return append(track, samples + CHANNELS * early, count - early, out);
}

int aac_track_finish(struct aac_track *track, struct packet_queue *out)
{
    int error = complete_frame(track, out);
    return error == 0 ? encoder_put(track->encoder, NULL, COMPOSITE_AUDIO, out) : error;
}
