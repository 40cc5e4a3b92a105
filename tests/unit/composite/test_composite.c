/* Composites in a thread, into files that are read back by libavformat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <libavformat/avformat.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/composite/composite.h"
#include "tests/unit/composite/made_frames.h"

#define MS 1000

static char folder[64], path[128];
static struct composite *composite;

static int begin(void **state)
{
    (void)state;
    av_log_set_level(AV_LOG_QUIET);
    strcpy(folder, "/tmp/heddle-composite-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/mix.mp4", folder);
    composite = composite_new(&(struct composite_config){.title = "daily, mix", .mp4 = path});
    return composite != NULL ? 0 : -1;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    composite_free(composite);
    composite = NULL;
    made_fini();
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* A second of pictures and sound from a time on. */
static void give_second(int64_t from_us)
{
    for (int64_t at_us = from_us; at_us < from_us + 1000 * MS; at_us += 20 * MS) {
        struct composite_frame frame = made_sound(true, at_us);
        assert_true(composite_take(composite, &frame));
        if (at_us % (40 * MS) != 0)
            continue;
        frame = made_picture(at_us % (80 * MS) == 0, at_us == from_us, at_us);
        assert_true(composite_take(composite, &frame));
    }
}

/* A file as a player finds it: from when to when each stream goes, in us of its time. */
struct streams {
    int64_t first[2], last[2];
    enum AVCodecID codecs[2];
    int width, height;
    char title[64], date[64];
};

static struct streams read_back(const char *file)
{
    struct streams found = {.first = {-1, -1}};
    AVFormatContext *input = NULL;
    AVPacket *packet = av_packet_alloc();
    assert_int_equal(avformat_open_input(&input, file, NULL, NULL), 0);
    assert_int_equal(input->nb_streams, 2);
    for (int i = 0; i < 2; i++)
        found.codecs[i] = input->streams[i]->codecpar->codec_id;
    found.width = input->streams[0]->codecpar->width;
    found.height = input->streams[0]->codecpar->height;
    const AVDictionaryEntry *title = av_dict_get(input->metadata, "title", NULL, 0),
                            *date = av_dict_get(input->metadata, "date", NULL, 0);
    snprintf(found.title, sizeof found.title, "%s", title != NULL ? title->value : "");
    snprintf(found.date, sizeof found.date, "%s", date != NULL ? date->value : "");
    while (av_read_frame(input, packet) == 0) {
        int i = packet->stream_index;
        found.last[i] = av_rescale_q(packet->pts, input->streams[i]->time_base, (AVRational){1, 1000000});
        if (found.first[i] < 0)
            found.first[i] = found.last[i];
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_close_input(&input);
    return found;
}

static int failure_of(char what[300])
{
    return composite_failure(composite, what, 300);
}

static void a_composite_is_an_mp4_file(void **state)
{
    char what[300];
    (void)state;
    give_second(0);
    composite_finish(composite);
    assert_int_equal(failure_of(what), 0);
    assert_int_equal(composite_left_out(composite), 0);
    struct streams found = read_back(path);
    assert_int_equal(found.codecs[0], AV_CODEC_ID_H264);
    assert_int_equal(found.codecs[1], AV_CODEC_ID_AAC);
    assert_int_equal(found.width, 320);
    assert_int_equal(found.height, 180);
    assert_string_equal(found.title, "daily, mix");
    assert_string_equal(found.date, "2023-11-14T22:13:19.900000Z"); /* a moment before the first picture */
    assert_int_equal(found.first[0], 100 * MS);
    assert_int_equal(found.last[0], 1060 * MS);
    assert_true(llabs(found.first[1] - 100 * MS) <= 22 * MS);
    assert_true(found.last[1] > 1060 * MS);
}

/* As the file is while the program runs: that is what a killed one leaves. */
static void what_is_in_the_file_plays_before_it_is_complete(void **state)
{
    struct streams found = {.first = {0}};
    (void)state;
    for (int second = 0; second < 4; second++)
        give_second(second * 1000 * MS);
    for (int i = 0; i < 1000 && found.last[0] < 3300 * MS; i++) { /* until its thread has written it */
        usleep(10 * MS);
        if (access(path, R_OK) == 0 && composite_waiting(composite) == 0)
            found = read_back(path);
    }
    assert_true(found.last[0] >= 3300 * MS);
    assert_true(found.last[1] >= 3300 * MS);
}

static void a_file_that_exists_is_left_alone(void **state)
{
    char what[300], text[8] = {0};
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    (void)state;
    assert_int_equal(write(fd, "mine", 4), 4);
    close(fd);
    give_second(0);
    composite_finish(composite);
    assert_int_equal(failure_of(what), EEXIST);
    assert_string_equal(what, path);
    fd = open(path, O_RDONLY);
    assert_int_equal(read(fd, text, sizeof text), 4);
    assert_string_equal(text, "mine");
    close(fd);
}

static void a_full_disk_is_a_failure_and_what_fitted_plays(void **state)
{
    const struct rlimit small = {30000, RLIM_INFINITY}, old = {RLIM_INFINITY, RLIM_INFINITY};
    char what[300];
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int second = 0; second < 4; second++)
        give_second(second * 1000 * MS);
    composite_finish(composite);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(failure_of(what), EFBIG);
    struct streams found = read_back(path);
    assert_true(found.last[0] > 500 * MS);
}

static void a_thread_that_is_too_slow_costs_pictures(void **state)
{
    struct composite_frame frame = made_picture(true, true, 0);
    uint64_t taken = 0;
    (void)state;
    for (int i = 0; i < 100000 && composite_left_out(composite) == 0; i++) {
        assert_true(composite_take(composite, &frame));
        taken++;
    }
    assert_true(composite_left_out(composite) > 0);
    assert_true(taken >= 256);
    frame.keyframe = false;
    while (composite_waiting(composite) > 0)
        usleep(MS);
    assert_false(composite_take(composite, &frame)); /* a keyframe has to come first */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_composite_is_an_mp4_file, begin, end),
        cmocka_unit_test_setup_teardown(what_is_in_the_file_plays_before_it_is_complete, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_exists_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_is_a_failure_and_what_fitted_plays, begin, end),
        cmocka_unit_test_setup_teardown(a_thread_that_is_too_slow_costs_pictures, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
