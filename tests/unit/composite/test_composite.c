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
#include <sys/stat.h>
#include <unistd.h>

#include "client/composite/composite.h"
#include "tests/unit/composite/made_frames.h"

#define MS 1000

static char folder[64], path[128], live[128], link_path[128];
static struct composite *composite;

static int begin(void **state)
{
    (void)state;
    av_log_set_level(AV_LOG_QUIET);
    strcpy(folder, "/tmp/heddle-composite-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/mix.mp4", folder);
    snprintf(live, sizeof live, "%s/daily-1-live", folder);
    snprintf(link_path, sizeof link_path, "%s/daily", folder);
    composite = composite_new(&(struct composite_config){
        .title = "daily, mix", .mp4 = path, .hls = live, .hls_link = link_path, .encoder = ENCODER_SOFTWARE});
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

/* Each when the one before is encoded. */
static void give_seconds(int from, int to)
{
    for (int second = from; second < to; second++) {
        give_second((int64_t)second * 1000 * MS);
        while (composite_waiting(composite) > 0)
            usleep(MS);
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
    give_seconds(0, 4);
    for (int i = 0; i < 1000 && found.last[0] < 3300 * MS; i++) { /* until its thread has written it */
        usleep(10 * MS);
        if (access(path, R_OK) == 0 && composite_waiting(composite) == 0)
            found = read_back(path);
    }
    assert_true(found.last[0] >= 3300 * MS);
    assert_true(found.last[1] >= 3300 * MS);
}

/* A text that is too long is cut. */
static const char *text_of(const char *name)
{
    static char text[4096], file[256];
    snprintf(file, sizeof file, "%s/%s", link_path, name);
    FILE *opened = fopen(file, "r");
    assert_non_null(opened);
    text[fread(text, 1, sizeof text - 1, opened)] = '\0';
    fclose(opened);
    return text;
}

static bool has_segment(unsigned number)
{
    char file[256];
    snprintf(file, sizeof file, "%s/live-%u.ts", live, number);
    return access(file, R_OK) == 0;
}

static void a_live_folder_has_the_last_segments(void **state)
{
    char what[300], file[256];
    (void)state;
    give_seconds(0, 25);
    composite_finish(composite);
    assert_int_equal(failure_of(what), 0);
    const char *list = text_of("live.m3u8");
    assert_non_null(strstr(list, "#EXT-X-TARGETDURATION:3\n"));
    assert_non_null(strstr(list, "#EXT-X-MEDIA-SEQUENCE:8\n"));
    assert_null(strstr(list, "live-7.ts"));
    assert_non_null(strstr(list, "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:34.000Z\n#EXTINF:2.000,\nlive-8.ts\n"));
    assert_non_null(strstr(list, "#EXTINF:1.000,\nlive-13.ts\n#EXT-X-ENDLIST\n"));
    assert_null(strstr(list, "DISCONTINUITY\n"));
    for (unsigned number = 1; number <= 14; number++)
        assert_int_equal(has_segment(number), number >= 5 && number <= 13);
    snprintf(file, sizeof file, "%s/live-9.ts", live); /* each plays alone */
    struct streams found = read_back(file);
    assert_int_equal(found.codecs[0], AV_CODEC_ID_H264);
    assert_int_equal(found.codecs[1], AV_CODEC_ID_AAC);
    assert_int_equal(found.last[0] - found.first[0], 1960 * MS);
    assert_true(llabs(found.first[1] - found.first[0]) < 60 * MS);
}

static void a_live_folder_says_where_there_was_nothing(void **state)
{
    char what[300];
    (void)state;
    give_seconds(0, 3);
    give_seconds(60, 63);
    composite_finish(composite);
    assert_int_equal(failure_of(what), 0);
    const char *list = text_of("live.m3u8");
    assert_non_null(strstr(list, "#EXTINF:1.000,\nlive-2.ts\n#EXT-X-DISCONTINUITY\n"
                                 "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:14:20.000Z\n#EXTINF:2.000,\nlive-3.ts\n"));
}

static void a_live_stream_takes_the_place_of_the_former_link_only(void **state)
{
    char what[300], target[64] = {0};
    (void)state;
    assert_int_equal(symlink("daily-0-live", link_path), 0);
    give_second(0);
    composite_finish(composite);
    assert_int_equal(failure_of(what), 0);
    assert_true(readlink(link_path, target, sizeof target - 1) > 0);
    assert_string_equal(target, "daily-1-live");
    composite_free(composite);
    strcpy(live + strlen(live) - strlen("1-live"), "2-live");
    strcpy(path + strlen(path) - strlen("mp4"), "MP4");
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(mkdir(link_path, 0700), 0);
    composite = composite_new(
        &(struct composite_config){.mp4 = path, .hls = live, .hls_link = link_path, .encoder = ENCODER_SOFTWARE});
    give_second(0);
    composite_finish(composite);
    assert_int_equal(failure_of(what), EEXIST);
    assert_string_equal(what, link_path);
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
        cmocka_unit_test_setup_teardown(a_live_folder_has_the_last_segments, begin, end),
        cmocka_unit_test_setup_teardown(a_live_folder_says_where_there_was_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_live_stream_takes_the_place_of_the_former_link_only, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_exists_is_left_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_is_a_failure_and_what_fitted_plays, begin, end),
        cmocka_unit_test_setup_teardown(a_thread_that_is_too_slow_costs_pictures, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
