#include "client/composite/composite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/composite/encoder.h"
#include "client/composite/hls_folder.h"
#include "client/composite/mp4_file.h"
#include "client/composite/packet_queue.h"
#include "client/composite/rtmp_push.h"
#include "client/composite/transcoder.h"
#include "transport/base/check.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"
#include "transport/base/thread.h"

#define WAITING_MAX 256 /* frames: some three seconds */
#define WAITING_BYTES_MAX (8u << 20)

struct composite {
    char *title, *mp4_path, *hls_path, *hls_link, *rtmp_url;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    struct packet_queue waiting; /* frames as they came: `stream_index` is the codec, `pts` when they were made */
    bool is_cut;                 /* the next picture that makes sense is a keyframe */
    bool is_finishing, is_finished;
    uint64_t left_out;
    int failure; /* an errno */
    char failed[300];
    struct encoder_choice choice;
    bool has_chosen;
    struct rtmp_push *push; /* set once, by its thread, and freed when that has ended */
    /* Its thread's: */
    struct transcoder *transcoder;
    struct stream_file *mp4;
    struct hls_folder *hls;
    AVCodecParameters *parameters[2];
    bool is_open; /* the outputs have begun */
};

bool composite_is_wanted(const struct composite_config *config)
{
    return config->mp4 != NULL || config->hls != NULL || config->rtmp != NULL;
}

const char *composite_missing(const struct composite_config *config)
{
    const char *missing = composite_is_wanted(config) ? encoder_missing(config->encoder) : NULL;
    return missing == NULL && config->rtmp != NULL ? rtmp_push_wrong(config->rtmp) : missing;
}

static void fail(struct composite *composite, int number, const char *what)
{
    pthread_mutex_lock(&composite->lock);
    if (composite->failure == 0) {
        composite->failure = number;
        snprintf(composite->failed, sizeof composite->failed, "%s", what);
    }
    pthread_mutex_unlock(&composite->lock);
}

static void open_hls(struct composite *composite, const struct stream_format *streams)
{
    if (hls_folder_new(&composite->hls, composite->hls_path, streams) != 0)
        fail(composite, errno, composite->hls_path);
    else if (hls_folder_link(composite->hls, composite->hls_link) != 0)
        fail(composite, hls_folder_errno(composite->hls), composite->hls_link);
}

static void open_push(struct composite *composite, const struct stream_format *streams)
{
    struct rtmp_push *push = rtmp_push_new(composite->rtmp_url, streams);
    if (push == NULL)
        fail(composite, EAGAIN, "a thread");
    pthread_mutex_lock(&composite->lock);
    composite->push = push;
    pthread_mutex_unlock(&composite->lock);
}

static void open_outputs(struct composite *composite)
{
    const AVCodecContext *encoders[] = {transcoder_video(composite->transcoder),
                                        transcoder_audio(composite->transcoder)};
    for (int i = 0; i < 2; i++) {
        composite->parameters[i] = avcodec_parameters_alloc();
        CHECK(composite->parameters[i] != NULL &&
              avcodec_parameters_from_context(composite->parameters[i], encoders[i]) >= 0);
    }
    const struct stream_format streams = {.video = composite->parameters[0],
                                          .audio = composite->parameters[1],
                                          .title = composite->title,
                                          .began_us = transcoder_began_us(composite->transcoder)};
    composite->is_open = true;
    if (composite->mp4_path != NULL && mp4_file_new(&composite->mp4, composite->mp4_path, &streams) != 0)
        fail(composite, errno, composite->mp4_path);
    if (composite->hls_path != NULL)
        open_hls(composite, &streams);
    if (composite->rtmp_url != NULL)
        open_push(composite, &streams);
}

/* What the encoders have made goes to all outputs. */
static void put_out(struct composite *composite)
{
    for (AVPacket *packet; (packet = transcoder_packet(composite->transcoder)) != NULL; av_packet_free(&packet)) {
        if (!composite->is_open)
            open_outputs(composite);
        if (composite->mp4 != NULL && stream_file_write(composite->mp4, packet) != 0)
            fail(composite, stream_file_errno(composite->mp4), composite->mp4_path);
        if (composite->hls != NULL && hls_folder_write(composite->hls, packet) != 0)
            fail(composite, hls_folder_errno(composite->hls), composite->hls_path);
        if (composite->push != NULL)
            rtmp_push_write(composite->push, packet);
    }
}

/* For those who ask from other threads. */
static void tell_choice(struct composite *composite)
{
    const struct encoder_choice *choice = transcoder_choice(composite->transcoder);
    if (choice == NULL || composite->has_chosen)
        return;
    pthread_mutex_lock(&composite->lock);
    composite->choice = *choice;
    composite->has_chosen = true;
    pthread_mutex_unlock(&composite->lock);
}

static void handle(struct composite *composite, const AVPacket *packet)
{
    const struct composite_frame frame = {.codec = (enum codec)packet->stream_index,
                                          .data = packet->data,
                                          .length = (size_t)packet->size,
                                          .at_us = packet->pts};
    int error = transcoder_take(composite->transcoder, &frame);
    tell_choice(composite);
    if (error == ERR_AGAIN) {
        pthread_mutex_lock(&composite->lock);
        composite->is_cut = true;
        pthread_mutex_unlock(&composite->lock);
    } else if (error != 0) {
        fail(composite, EINVAL, "the encoder");
    }
    put_out(composite);
}

static void finish(struct composite *composite)
{
    if (transcoder_finish(composite->transcoder) != 0)
        fail(composite, EINVAL, "the encoder");
    put_out(composite);
    if (composite->mp4 != NULL && stream_file_end(composite->mp4) != 0)
        fail(composite, stream_file_errno(composite->mp4), composite->mp4_path);
    if (composite->hls != NULL && hls_folder_end(composite->hls) != 0)
        fail(composite, hls_folder_errno(composite->hls), composite->hls_path);
}

/* NULL: no more comes. */
static AVPacket *wait_for_frame(struct composite *composite)
{
    pthread_mutex_lock(&composite->lock);
    while (composite->waiting.count == 0 && !composite->is_finishing)
        pthread_cond_wait(&composite->changed, &composite->lock);
    AVPacket *frame = packet_queue_take(&composite->waiting);
    pthread_mutex_unlock(&composite->lock);
    return frame;
}

static void *run(void *argument)
{
    struct composite *composite = argument;
    for (AVPacket *frame; (frame = wait_for_frame(composite)) != NULL; av_packet_free(&frame))
        handle(composite, frame);
    finish(composite);
    return NULL;
}

static void free_all(struct composite *composite)
{
    for (int i = 0; i < 2; i++)
        avcodec_parameters_free(&composite->parameters[i]);
    packet_queue_clear(&composite->waiting);
    if (composite->transcoder != NULL)
        transcoder_free(composite->transcoder);
    stream_file_free(composite->mp4);
    hls_folder_free(composite->hls);
    free(composite->title);
    free(composite->mp4_path);
    free(composite->hls_path);
    free(composite->hls_link);
    free(composite->rtmp_url);
    free(composite);
}

struct composite *composite_new(const struct composite_config *config)
{
    struct composite *composite = mem_alloc(sizeof *composite);
    composite->title = mem_text(config->title);
    composite->mp4_path = mem_text(config->mp4);
    composite->hls_path = mem_text(config->hls);
    composite->hls_link = mem_text(config->hls_link);
    composite->rtmp_url = mem_text(config->rtmp);
    composite->is_cut = true;
    composite->transcoder = transcoder_new(config->encoder);
    pthread_mutex_init(&composite->lock, NULL);
    pthread_cond_init(&composite->changed, NULL);
    if (composite->transcoder != NULL && thread_start(&composite->thread, run, composite) == 0)
        return composite;
    free_all(composite);
    return NULL;
}

static void put(struct composite *composite, const struct composite_frame *frame)
{
    AVPacket *packet = av_packet_alloc();
    CHECK(packet != NULL && av_new_packet(packet, (int)frame->length) == 0);
    memcpy(packet->data, frame->data, frame->length);
    packet->stream_index = (int)frame->codec;
    packet->pts = frame->at_us;
    packet_queue_put(&composite->waiting, packet);
    pthread_cond_signal(&composite->changed);
}

bool composite_take(struct composite *composite, const struct composite_frame *frame)
{
    bool is_video = codec_format(frame->codec)->kind == MEDIA_VIDEO, is_taken = true;
    pthread_mutex_lock(&composite->lock);
    bool is_full = composite->waiting.count >= WAITING_MAX || composite->waiting.bytes >= WAITING_BYTES_MAX;
    if (is_video && (is_full || (composite->is_cut && !frame->keyframe))) {
        composite->left_out += is_full;
        composite->is_cut = true;
        is_taken = is_full; /* another keyframe would but make it worse */
    } else if (composite->failure == 0 && !composite->is_finishing && !is_full) {
        composite->is_cut = composite->is_cut && !is_video;
        put(composite, frame);
    }
    pthread_mutex_unlock(&composite->lock);
    return is_taken;
}

int composite_failure(struct composite *composite, char *out, size_t size)
{
    pthread_mutex_lock(&composite->lock);
    int failure = composite->failure;
    snprintf(out, size, "%s", composite->failed);
    pthread_mutex_unlock(&composite->lock);
    return failure;
}

bool composite_choice(struct composite *composite, struct encoder_choice *out)
{
    pthread_mutex_lock(&composite->lock);
    bool has_chosen = composite->has_chosen;
    *out = composite->choice;
    pthread_mutex_unlock(&composite->lock);
    return has_chosen;
}

int composite_push_state(struct composite *composite, char *reason, size_t size)
{
    pthread_mutex_lock(&composite->lock);
    struct rtmp_push *push = composite->push;
    pthread_mutex_unlock(&composite->lock);
    return push != NULL ? rtmp_push_state(push, reason, size) : 0;
}

size_t composite_waiting(struct composite *composite)
{
    pthread_mutex_lock(&composite->lock);
    size_t waiting = composite->waiting.count;
    pthread_mutex_unlock(&composite->lock);
    return waiting;
}

uint64_t composite_left_out(struct composite *composite)
{
    pthread_mutex_lock(&composite->lock);
    uint64_t left_out = composite->left_out;
    pthread_mutex_unlock(&composite->lock);
    return left_out;
}

void composite_finish(struct composite *composite)
{
    if (composite == NULL || composite->is_finished)
        return;
    pthread_mutex_lock(&composite->lock);
    composite->is_finishing = true;
    pthread_cond_signal(&composite->changed);
    pthread_mutex_unlock(&composite->lock);
    pthread_join(composite->thread, NULL);
    rtmp_push_free(composite->push);
    composite->push = NULL;
    composite->is_finished = true;
}

void composite_free(struct composite *composite)
{
    if (composite == NULL)
        return;
    composite_finish(composite);
    pthread_mutex_destroy(&composite->lock);
    pthread_cond_destroy(&composite->changed);
    free_all(composite);
}
