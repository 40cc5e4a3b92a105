/* What waits to be written: for how long, and how much of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/record/webm_file.h"

#define MS USEC_PER_MSEC
#define HOUR_MS INT64_C(3600000)
#define LARGE 1000000

static char folder[64], path[128];
static struct webm_file *file;
static const struct webm_track audio = {.codec = CODEC_OPUS, .name = "microphone"},
                               video = {.codec = CODEC_VP8, .width = 320, .height = 180, .name = "camera"};

static uint64_t left_out;

static int make_file(void **state)
{
    (void)state;
    left_out = 0;
    strcpy(folder, "/tmp/heddle-webm-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file.webm", folder);
    return webm_file_new(&file, path, "room", 0, &left_out);
}

static int remove_file(void **state)
{
    (void)state;
    int error = webm_file_close(file, 0);
    return unlink(path) == 0 && rmdir(folder) == 0 ? error : -1;
}

static void what_is_ahead_of_its_time_does_not_wait_for_it(void **state)
{
    static const uint8_t packet[3] = {0xfc, 0xff, 0xfe};
    static uint8_t frame[5000];
    size_t most = 0;
    (void)state;
    int heard = webm_file_add_track(file, &audio, 0), seen = webm_file_add_track(file, &video, 0);
    for (usec_t now = 0; now < 10 * USEC_PER_SEC; now += 20 * MS) {
        webm_file_write(file, heard, now / MS, true, packet, sizeof packet, now);
        webm_file_write(file, seen, 6 * HOUR_MS + now / MS, now == 0, frame, sizeof frame, now);
        if (now % (100 * MS) == 0)
            assert_int_equal(webm_file_timeout(file, now), 0);
        most = webm_file_waiting(file) > most ? webm_file_waiting(file) : most;
    }
    assert_true(most <= 13 * (sizeof frame + sizeof packet)); /* of a quarter of a second */
}

static void what_the_muxer_does_not_take_is_counted(void **state)
{
    static const uint8_t packet[3] = {0xfc, 0xff, 0xfe};
    (void)state;
    int heard = webm_file_add_track(file, &audio, 0);
    usec_t now = 0;
    for (int64_t at_ms = 1000; at_ms < 1200; at_ms += 20, now += 20 * MS)
        webm_file_write(file, heard, at_ms, true, packet, sizeof packet, now);
    assert_int_equal(webm_file_timeout(file, now += USEC_PER_SEC), 0);
    assert_int_equal(left_out, 0);
    webm_file_write(file, heard, 20, true, packet, sizeof packet, now); /* before what is in the file */
    assert_int_equal(webm_file_timeout(file, now += USEC_PER_SEC), 0);
    assert_int_equal(left_out, 1);
}

static void so_many_bytes_wait_at_most(void **state)
{
    static uint8_t frame[LARGE];
    (void)state;
    int seen = webm_file_add_track(file, &video, 0);
    for (int64_t at_ms = 0; at_ms < 40; at_ms++)
        webm_file_write(file, seen, at_ms, at_ms == 0, frame, sizeof frame, 0);
    assert_true(webm_file_waiting(file) <= WEBM_WAITING_BYTES_MAX);
    assert_true(webm_file_waiting(file) > WEBM_WAITING_BYTES_MAX - LARGE);
}

static void so_many_blocks_wait_at_most(void **state)
{
    static const uint8_t packet[3] = {0xfc, 0xff, 0xfe};
    (void)state;
    int heard = webm_file_add_track(file, &audio, 0);
    for (int64_t at_ms = 0; at_ms < 2 * WEBM_WAITING_MAX; at_ms++)
        webm_file_write(file, heard, at_ms, true, packet, sizeof packet, 0);
    assert_int_equal(webm_file_waiting(file), WEBM_WAITING_MAX * sizeof packet);
}

int main(void)
{
    av_log_set_level(AV_LOG_ERROR);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
    const struct CMUnitTest tests[] = {
        TEST(what_is_ahead_of_its_time_does_not_wait_for_it),
        TEST(what_the_muxer_does_not_take_is_counted),
        TEST(so_many_bytes_wait_at_most),
        TEST(so_many_blocks_wait_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
