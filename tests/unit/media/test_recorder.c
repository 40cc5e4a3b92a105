#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/media/ivf.h"
#include "client/media/recorder.h"
#include "transport/base/error.h"

#define MS USEC_PER_MSEC

static char folder[64];
static uint8_t opus_packet[] = {0xfc, 0xff, 0xfe}; /* 20 ms */

static const char *path_of(const char *name)
{
    static char path[4][400];
    static unsigned next;
    char *out = path[next++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/heddle-recorder-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL)
        unlink(path_of(entry->d_name));
    if (directory != NULL)
        closedir(directory);
    rmdir(folder);
    return 0;
}

static size_t files(void)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static struct recorder *begin(struct recordings *recordings)
{
    recordings_init(recordings, folder);
    return recorder_new(recordings, "p1", "Ann", "");
}

static bool record(struct recorder *recorder, unsigned via, enum codec codec, bool keyframe, unsigned width)
{
    static uint8_t data[5000];
    static usec_t arrival;
    arrival += 33 * MS;
    struct received_frame frame = {.data = data, .length = sizeof data, .keyframe = keyframe, .arrival = arrival};
    return recorder_video(recorder, via, codec, &frame, width, width / 2);
}

static void hear(struct recorder *recorder)
{
    static uint32_t timestamp;
    timestamp += 960;
    struct received_frame frame = {.data = opus_packet, .length = sizeof opus_packet, .timestamp = timestamp};
    recorder_audio(recorder, &frame);
}

/* How many frames a file of this codec and width has. */
static int frames_of(const char *name, enum codec codec, unsigned width)
{
    struct ivf_reader *reader;
    struct ivf_info info;
    const uint8_t *data;
    size_t length;
    uint64_t time;
    int count = 0;
    assert_int_equal(ivf_reader_open(&reader, path_of(name), &info), 0);
    assert_int_equal(info.codec, codec);
    assert_int_equal(info.width, width);
    while (ivf_reader_next(reader, &data, &length, &time) == 1)
        count++;
    ivf_reader_close(reader);
    return count;
}

static void nothing_is_written_over(void **state)
{
    (void)state;
    char victim[100];
    snprintf(victim, sizeof victim, "%s/.victim", folder);
    assert_int_equal(symlink(victim, path_of("p1-Ann-3.ivf")), 0); /* somebody laid a trap */
    for (int i = 1; i <= 3; i++) {
        struct recordings recordings;
        struct recorder *recorder = begin(&recordings);
        for (int k = 0; k < 10 * i; k++)
            assert_true(record(recorder, 1, CODEC_VP8, k == 0, 320));
        hear(recorder);
        recorder_close(recorder);
        assert_string_equal(recordings.failure, "");
        recordings_fini(&recordings);
    }
    assert_int_equal(frames_of("p1-Ann.ivf", CODEC_VP8, 320), 10);
    assert_int_equal(frames_of("p1-Ann-2.ivf", CODEC_VP8, 320), 20);
    assert_int_equal(frames_of("p1-Ann-4.ivf", CODEC_VP8, 320), 30);
    assert_int_equal(access(victim, F_OK), -1);
    assert_int_equal(access(path_of("p1-Ann-3.ogg"), F_OK), 0);
    assert_int_equal(files(), 7);
}

static void another_codec_or_size_begins_another_file(void **state)
{
    (void)state;
    struct recordings recordings;
    struct recorder *recorder = begin(&recordings);
    assert_false(record(recorder, 1, CODEC_VP8, false, 320)); /* no file begins like that */
    assert_true(record(recorder, 1, CODEC_VP8, true, 320));
    assert_true(record(recorder, 1, CODEC_VP8, false, 320));
    assert_false(record(recorder, 1, CODEC_VP9, false, 320));
    assert_true(record(recorder, 1, CODEC_VP9, true, 320));
    assert_true(record(recorder, 1, CODEC_VP9, false, 320));
    assert_true(record(recorder, 1, CODEC_VP9, false, 160)); /* VP9 changes its size without a keyframe, too */
    assert_true(record(recorder, 1, CODEC_VP9, true, 640));
    recorder_close(recorder);
    assert_string_equal(recordings.failure, "");
    assert_int_equal(frames_of("p1-Ann.ivf", CODEC_VP8, 320), 2);
    assert_int_equal(frames_of("p1-Ann-2.ivf", CODEC_VP9, 320), 3);
    assert_int_equal(frames_of("p1-Ann-3.ivf", CODEC_VP9, 640), 1);
    recordings_fini(&recordings);
}

/* The frames of the other connection refer to frames of another encoder. */
static void what_comes_another_way_begins_with_a_keyframe(void **state)
{
    (void)state;
    struct recordings recordings;
    struct recorder *recorder = begin(&recordings);
    assert_true(record(recorder, 1, CODEC_VP8, true, 320));
    assert_false(record(recorder, 2, CODEC_VP8, false, 320));
    assert_true(record(recorder, 2, CODEC_VP8, true, 320));
    assert_true(record(recorder, 2, CODEC_VP8, false, 320));
    recorder_close(recorder);
    assert_int_equal(frames_of("p1-Ann.ivf", CODEC_VP8, 320), 3);
    assert_int_equal(files(), 1);
    recordings_fini(&recordings);
}

static void a_failure_says_which_file_and_why(void **state)
{
    (void)state;
    struct rlimit before, limit;
    struct recordings recordings;
    struct recorder *recorder = begin(&recordings);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){.rlim_cur = 20000, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 10; i++)
        record(recorder, 1, CODEC_VP8, i == 0, 320);
    assert_non_null(strstr(recordings.failure, "p1-Ann.ivf: File too large"));
    for (int i = 0; i < 10; i++)
        hear(recorder); /* the other file goes on */
    recorder_close(recorder);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(recordings.failure, "p1-Ann.ivf: File too large"));
    assert_int_equal(access(path_of("p1-Ann.ogg"), F_OK), 0);
    recordings_fini(&recordings);
}

static void what_fails_while_a_file_is_completed_is_a_failure(void **state)
{
    (void)state;
    struct rlimit before, limit;
    struct recordings recordings;
    struct recorder *recorder = begin(&recordings);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){.rlim_cur = 10, .rlim_max = before.rlim_max};
    hear(recorder); /* all of it is still in a buffer */
    hear(recorder);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    recorder_close(recorder);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(recordings.failure, "cannot complete"));
    assert_non_null(strstr(recordings.failure, "p1-Ann.ogg: File too large"));
    recordings_fini(&recordings);
}

static void a_folder_that_is_gone_is_a_failure(void **state)
{
    (void)state;
    struct recordings recordings;
    struct recorder *recorder = begin(&recordings);
    rmdir(folder);
    record(recorder, 1, CODEC_VP8, true, 320);
    hear(recorder);
    recorder_close(recorder);
    assert_non_null(strstr(recordings.failure, "p1-Ann.ivf: No such file or directory"));
    recordings_fini(&recordings);
}

static void a_name_leads_to_no_other_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"../../etc/passwd", "a/b", "", ".", "\n\t", "\xea\xb0\x80"};
    char long_name[257];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[256] = '\0';
    for (size_t i = 0; i <= sizeof names / sizeof names[0]; i++) {
        struct recordings recordings;
        recordings_init(&recordings, folder);
        const char *name = i < sizeof names / sizeof names[0] ? names[i] : long_name;
        struct recorder *recorder = recorder_new(&recordings, "p1", name, "");
        record(recorder, 1, CODEC_VP8, true, 320);
        recorder_close(recorder);
        assert_string_equal(recordings.failure, "");
        recordings_fini(&recordings);
        assert_int_equal(files(), i + 1);
    }
}

static void sizes_that_change_all_the_time_end_the_recording_of_video(void **state)
{
    (void)state;
    struct recordings recordings;
    struct recorder *recorder = begin(&recordings);
    for (unsigned i = 0; i < 300; i++)
        assert_true(record(recorder, 1, CODEC_VP8, true, 320 + 2 * (i % 2)));
    assert_int_equal(files(), 20);
    assert_non_null(strstr(recordings.failure, "the size of the pictures changes too often"));
    hear(recorder); /* audio goes on */
    assert_int_equal(files(), 21);
    recorder_close(recorder);
    recordings_fini(&recordings);
}

static void folders_are_made_or_said_why_not(void **state)
{
    (void)state;
    static char deep[5000];
    static const struct {
        const char *path;
        int error;
    } wrong[] = {{"", ENOENT}, {"/proc/no/such", ENOENT}, {"/dev/null/x", ENOTDIR}, {"/dev/null", ENOTDIR}};
    assert_int_equal(recorder_make_folder(path_of("a")), 0);
    assert_int_equal(recorder_make_folder(path_of("a")), 0);
    assert_int_equal(recorder_make_folder(path_of("a/b//c/")), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(recorder_make_folder(wrong[i].path), ERR_IO);
        assert_int_equal(errno, wrong[i].error);
    }
    memset(deep, 'x', sizeof deep - 1);
    assert_int_equal(recorder_make_folder(deep), ERR_IO);
    assert_int_equal(errno, ENAMETOOLONG);
    rmdir(path_of("a/b/c"));
    rmdir(path_of("a/b"));
    rmdir(path_of("a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_written_over),
        TEST(another_codec_or_size_begins_another_file),
        TEST(what_comes_another_way_begins_with_a_keyframe),
        TEST(a_failure_says_which_file_and_why),
        TEST(what_fails_while_a_file_is_completed_is_a_failure),
        TEST(a_folder_that_is_gone_is_a_failure),
        TEST(a_name_leads_to_no_other_folder),
        TEST(sizes_that_change_all_the_time_end_the_recording_of_video),
        TEST(folders_are_made_or_said_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
