#include "client/composite/rtmp_push.h"

#include <libavutil/error.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/composite/encoder.h"
#include "client/composite/packet_queue.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"
#include "transport/base/thread.h"
#include "transport/net/clock.h"

#define DELAY_LEAST USEC_PER_SEC
#define DELAY_MOST (30 * USEC_PER_SEC)
#define LIVED (10 * USEC_PER_SEC) /* who took it for so long has not failed yet */

struct rtmp_push {
    char *url, shown[128];
    AVCodecParameters *parameters[2];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* by the monotonic clock */
    /* Under the lock: */
    struct packet_queue queue;
    bool is_taking; /* somebody is there who takes it */
    bool is_cut;    /* the next one that makes sense is a keyframe */
    bool is_ending, has_ended;
    int state;
    char reason[200];
    usec_t end_by;
    /* Its thread's: */
    usec_t answer_by;
    unsigned failures;
};

const char *rtmp_push_wrong(const char *url)
{
    if (strncmp(url, "rtmp://", 7) != 0 && strncmp(url, "rtmps://", 8) != 0)
        return "an RTMP server is rtmp://HOST[:PORT]/APP/KEY, or rtmps://";
    if (av_guess_format("flv", NULL, NULL) == NULL || avio_find_protocol_name(url) == NULL)
        return "this machine's libavformat has no RTMP";
    return NULL;
}

usec_t rtmp_push_delay(unsigned failures)
{
    usec_t delay = DELAY_LEAST;
    for (unsigned i = 1; i < failures && delay < DELAY_MOST; i++)
        delay *= 2;
    return delay < DELAY_MOST ? delay : DELAY_MOST;
}

/* rtmp://HOST:PORT: paths have keys, and what stands before "@" a password. */
static void show(struct rtmp_push *push)
{
    const char *host = strstr(push->url, "://") + 3;
    int scheme = (int)(host - push->url), length = (int)strcspn(host, "/?#");
    const char *at = memchr(host, '@', (size_t)length);
    if (at != NULL) {
        length -= (int)(at + 1 - host);
        host = at + 1;
    }
    snprintf(push->shown, sizeof push->shown, "%.*s%.*s", scheme, push->url, length, host);
}

/* libavformat asks while it waits for the network. */
static int is_too_late(void *user)
{
    struct rtmp_push *push = user;
    usec_t now = clock_now();
    pthread_mutex_lock(&push->lock);
    bool is_over = now >= push->answer_by || (push->is_ending && now >= push->end_by);
    pthread_mutex_unlock(&push->lock);
    return is_over;
}

static void set_state(struct rtmp_push *push, int state, int error)
{
    char text[100] = "it does not answer";
    if (error != AVERROR_EXIT)
        av_strerror(error, text, sizeof text);
    pthread_mutex_lock(&push->lock);
    push->state = state;
    push->is_taking = state > 0;
    push->is_cut = true;
    if (state <= 0)
        packet_queue_clear(&push->queue);
    snprintf(push->reason, sizeof push->reason, "%s: %s", push->shown, text);
    pthread_mutex_unlock(&push->lock);
}

/* NULL: no more comes. */
static AVPacket *wait_for_packet(struct rtmp_push *push)
{
    pthread_mutex_lock(&push->lock);
    while (push->queue.count == 0 && !push->is_ending)
        pthread_cond_wait(&push->changed, &push->lock);
    AVPacket *packet = packet_queue_take(&push->queue);
    pthread_mutex_unlock(&push->lock);
    return packet;
}

static int write_packet(struct rtmp_push *push, AVFormatContext *muxer, AVPacket *packet, int64_t began_us)
{
    int64_t began = av_rescale_q(began_us, (AVRational){1, 1000000}, packet->time_base);
    packet->pts -= began;
    packet->dts -= began;
    push->answer_by = clock_now() + RTMP_ANSWER_MAX;
    return packet->dts >= 0 ? stream_muxer_write(muxer, packet) : 0;
}

/* Until somebody fails, or no more comes (0). */
static int send_packets(struct rtmp_push *push, AVFormatContext *muxer)
{
    int result = 0;
    int64_t began_us = -1; /* its first picture is at 0 */
    for (AVPacket *packet; result >= 0 && (packet = wait_for_packet(push)) != NULL; av_packet_free(&packet)) {
        if (began_us < 0)
            began_us = av_rescale_q(packet->dts, packet->time_base, (AVRational){1, 1000000});
        result = write_packet(push, muxer, packet, began_us);
    }
    push->answer_by = clock_now() + RTMP_ANSWER_MAX;
    int ended = result >= 0 ? av_write_trailer(muxer) : 0;
    return result < 0 ? result : ended;
}

/* One connection. */
static int run_once(struct rtmp_push *push)
{
    const AVIOInterruptCB interrupt = {.callback = is_too_late, .opaque = push};
    const struct stream_format streams = {.video = push->parameters[0], .audio = push->parameters[1]};
    AVFormatContext *muxer = stream_muxer_new("flv", &streams);
    if (muxer == NULL)
        return AVERROR_MUXER_NOT_FOUND;
    push->answer_by = clock_now() + RTMP_ANSWER_MAX;
    int result = avio_open2(&muxer->pb, push->url, AVIO_FLAG_WRITE, &interrupt, NULL);
    if (result >= 0)
        result = avformat_write_header(muxer, NULL);
    if (result >= 0) {
        usec_t since = clock_now();
        set_state(push, 1, 0);
        result = send_packets(push, muxer);
        if (clock_now() - since >= LIVED)
            push->failures = 0;
    }
    avio_closep(&muxer->pb);
    avformat_free_context(muxer);
    return result;
}

/* False: it is to end. */
static bool wait_for_next_try(struct rtmp_push *push)
{
    usec_t until = clock_now() + rtmp_push_delay(push->failures);
    const struct timespec time = {.tv_sec = until / USEC_PER_SEC, .tv_nsec = until % USEC_PER_SEC * 1000};
    int result = 0;
    pthread_mutex_lock(&push->lock);
    while (result == 0 && !push->is_ending)
        result = pthread_cond_timedwait(&push->changed, &push->lock, &time);
    bool is_ending = push->is_ending;
    pthread_mutex_unlock(&push->lock);
    return !is_ending;
}

static bool is_ending(struct rtmp_push *push)
{
    pthread_mutex_lock(&push->lock);
    bool is = push->is_ending;
    pthread_mutex_unlock(&push->lock);
    return is;
}

static void *run(void *argument)
{
    struct rtmp_push *push = argument;
    while (!is_ending(push)) {
        int result = run_once(push);
        push->failures++;
        if (result < 0)
            set_state(push, -1, result);
        if (!wait_for_next_try(push))
            break;
    }
    pthread_mutex_lock(&push->lock);
    push->has_ended = true;
    pthread_cond_broadcast(&push->changed);
    pthread_mutex_unlock(&push->lock);
    return NULL;
}

static void free_all(struct rtmp_push *push)
{
    packet_queue_clear(&push->queue);
    for (int i = 0; i < 2; i++)
        avcodec_parameters_free(&push->parameters[i]);
    pthread_mutex_destroy(&push->lock);
    pthread_cond_destroy(&push->changed);
    free(push->url);
    free(push);
}

struct rtmp_push *rtmp_push_new(const char *url, const struct stream_format *streams)
{
    struct rtmp_push *push = mem_alloc(sizeof *push);
    const AVCodecParameters *parameters[] = {streams->video, streams->audio};
    push->url = mem_text(url);
    show(push);
    for (int i = 0; i < 2; i++) {
        push->parameters[i] = avcodec_parameters_alloc();
        CHECK(push->parameters[i] != NULL && avcodec_parameters_copy(push->parameters[i], parameters[i]) >= 0);
    }
    pthread_mutex_init(&push->lock, NULL);
    thread_condition_init(&push->changed);
    if (thread_start(&push->thread, run, push) == 0)
        return push;
    free_all(push);
    return NULL;
}

void rtmp_push_write(struct rtmp_push *push, const AVPacket *packet)
{
    bool is_keyframe = packet->stream_index == COMPOSITE_VIDEO && (packet->flags & AV_PKT_FLAG_KEY) != 0;
    pthread_mutex_lock(&push->lock);
    if (push->queue.bytes >= RTMP_QUEUED_MAX)
        push->is_cut = true;
    if (push->is_taking && push->queue.bytes < RTMP_QUEUED_MAX && (is_keyframe || !push->is_cut)) {
        AVPacket *copy = av_packet_clone(packet); /* of the reference */
        CHECK(copy != NULL);
        push->is_cut = false;
        packet_queue_put(&push->queue, copy);
        pthread_cond_broadcast(&push->changed);
    }
    pthread_mutex_unlock(&push->lock);
}

int rtmp_push_state(struct rtmp_push *push, char *reason, size_t size)
{
    pthread_mutex_lock(&push->lock);
    int state = push->state;
    snprintf(reason, size, "%s", push->reason);
    pthread_mutex_unlock(&push->lock);
    return state;
}

void rtmp_push_free(struct rtmp_push *push)
{
    if (push == NULL)
        return;
    usec_t give_up = clock_now() + RTMP_END_MAX + USEC_PER_SEC;
    const struct timespec time = {.tv_sec = give_up / USEC_PER_SEC, .tv_nsec = give_up % USEC_PER_SEC * 1000};
    int result = 0;
    pthread_mutex_lock(&push->lock);
    push->is_ending = true;
    push->end_by = clock_now() + RTMP_END_MAX;
    pthread_cond_broadcast(&push->changed);
    while (result == 0 && !push->has_ended)
        result = pthread_cond_timedwait(&push->changed, &push->lock, &time);
    bool has_ended = push->has_ended;
    pthread_mutex_unlock(&push->lock);
    if (!has_ended) {
        pthread_detach(push->thread); /* it looks up a name, and cannot be called off; the process is about to end */
        return;
    }
    pthread_join(push->thread, NULL);
    free_all(push);
}
