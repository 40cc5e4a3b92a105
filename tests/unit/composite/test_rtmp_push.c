/* What becomes of a server that does not take what is pushed. That one does is shown with FFmpeg as the server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/composite/encoder.h"
#include "client/composite/rtmp_push.h"
#include "transport/net/clock.h"

#define PATIENCE (RTMP_ANSWER_MAX + 5 * USEC_PER_SEC)

/* A socket on loopback to which one can connect, where nobody ever answers; its port. */
static int silent_server(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static struct rtmp_push *push_to(const char *format, uint16_t port)
{
    char url[128];
    AVCodecParameters *video = avcodec_parameters_alloc(), *audio = avcodec_parameters_alloc();
    struct stream_format streams = {.video = video, .audio = audio};
    video->codec_type = AVMEDIA_TYPE_VIDEO;
    video->codec_id = AV_CODEC_ID_H264;
    audio->codec_type = AVMEDIA_TYPE_AUDIO;
    audio->codec_id = AV_CODEC_ID_AAC;
    av_log_set_level(AV_LOG_QUIET);
    snprintf(url, sizeof url, format, port);
    struct rtmp_push *push = rtmp_push_new(url, &streams);
    avcodec_parameters_free(&video);
    avcodec_parameters_free(&audio);
    assert_non_null(push);
    return push;
}

static int state_of(struct rtmp_push *push, char reason[200])
{
    int state = 0;
    for (usec_t until = clock_now() + PATIENCE; state == 0 && clock_now() < until; usleep(1000))
        state = rtmp_push_state(push, reason, 200);
    return state;
}

static void nobody_there_is_told_without_the_key(void **state)
{
    char reason[200], expected[64];
    uint16_t port;
    (void)state;
    close(silent_server(&port));
    struct rtmp_push *push = push_to("rtmp://user:secret@127.0.0.1:%u/live/key", port);
    assert_int_equal(state_of(push, reason), -1);
    snprintf(expected, sizeof expected, "rtmp://127.0.0.1:%u: Connection refused", port);
    assert_string_equal(reason, expected);
    rtmp_push_free(push);
}

static void who_does_not_answer_is_given_up(void **state)
{
    char reason[200], expected[64];
    uint16_t port;
    int fd = silent_server(&port);
    usec_t began = clock_now();
    (void)state;
    struct rtmp_push *push = push_to("rtmp://127.0.0.1:%u/live/key", port);
    assert_int_equal(state_of(push, reason), -1);
    assert_true(clock_now() - began >= RTMP_ANSWER_MAX);
    snprintf(expected, sizeof expected, "rtmp://127.0.0.1:%u: it does not answer", port);
    assert_string_equal(reason, expected);
    rtmp_push_free(push);
    close(fd);
}

static void an_end_does_not_wait_for_who_does_not_answer(void **state)
{
    uint16_t port;
    int fd = silent_server(&port);
    (void)state;
    struct rtmp_push *push = push_to("rtmp://127.0.0.1:%u/live/key", port);
    usec_t began = clock_now();
    rtmp_push_free(push);
    assert_true(clock_now() - began < RTMP_END_MAX + 2 * USEC_PER_SEC);
    close(fd);
}

static void tries_become_rarer(void **state)
{
    static const usec_t seconds[] = {1, 1, 2, 4, 8, 16, 30, 30};
    (void)state;
    for (unsigned i = 0; i < sizeof seconds / sizeof seconds[0]; i++)
        assert_int_equal(rtmp_push_delay(i), seconds[i] * USEC_PER_SEC);
    assert_int_equal(rtmp_push_delay(UINT32_MAX), 30 * USEC_PER_SEC);
}

static void an_address_is_checked(void **state)
{
    (void)state;
    assert_null(rtmp_push_wrong("rtmp://127.0.0.1/live/key"));
    assert_non_null(rtmp_push_wrong("http://127.0.0.1/live/key"));
    assert_non_null(rtmp_push_wrong("/tmp/file.flv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_there_is_told_without_the_key),
        cmocka_unit_test(who_does_not_answer_is_given_up),
        cmocka_unit_test(an_end_does_not_wait_for_who_does_not_answer),
        cmocka_unit_test(tries_become_rarer),
        cmocka_unit_test(an_address_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
