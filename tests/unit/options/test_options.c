/* What heddle-client makes of a command line that it takes, the ends of each range included. What it refuses, and how
 * it says so, is tried with the program: tests/checks/client_options.sh. */
#include "client/options.h"

#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define URL "http://127.0.0.1:8080"
#define ARGUMENTS_MAX 16

static struct options options;
static char words[512]; /* the options' texts belong to it */

/* A line of words with one space between each two. */
static int parse(const char *line)
{
    char *arguments[ARGUMENTS_MAX] = {"heddle-client"}, *rest;
    int count = 1;
    assert_in_range(strlen(line), 1, sizeof words - 1);
    memcpy(words, line, strlen(line) + 1);
    for (char *word = strtok_r(words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        arguments[count++] = word;
    optind = 0; /* getopt begins anew */
    return client_options_parse(&options, count, arguments);
}

static void takes(const char *line)
{
    assert_int_equal(parse(line), 0);
}

static void without_options_it_sends_a_test_picture_and_receives(void **state)
{
    (void)state;
    takes(URL);
    assert_string_equal(options.client.url, URL);
    assert_string_equal(options.client.name, "heddle-client");
    assert_null(options.client.room);
    assert_null(options.client.token);
    assert_null(options.client.topology);
    assert_null(options.client.record_folder);
    assert_true(options.client.receive);
    assert_false(options.client.data);
    assert_false(options.client.relay_only);
    assert_false(options.client.accept_any_certificate);
    assert_string_equal(options.media.video, "test");
    assert_string_equal(options.media.audio, "test");
    assert_int_equal(options.media.width, 0); /* the library's default */
    assert_false(options.media.is_fixed);
    assert_true(options.duration_s == 0);
    assert_false(options.json || options.quiet || options.progress || options.show || options.verbose ||
                 options.core_dumps || options.hand);
}

static void texts_are_handed_on_as_they_are(void **state)
{
    (void)state;
    takes("--room daily --name Ann --token abc.def --record out --topology mcu " URL);
    assert_string_equal(options.client.room, "daily");
    assert_string_equal(options.client.name, "Ann");
    assert_string_equal(options.client.token, "abc.def");
    assert_string_equal(options.client.record_folder, "out");
    assert_string_equal(options.client.topology, "mcu");
    assert_string_equal(options.client.url, URL);
}

static void what_is_sent(void **state)
{
    static const struct {
        const char *line, *video, *audio; /* NULL: none */
    } rows[] = {
        {"--send test " URL, "test", "test"},
        {"--send none " URL, NULL, NULL},
        {"--send camera " URL, "camera", NULL},
        {"--send a.ivf " URL, "a.ivf", NULL},
        {"--send a.y4m --send b.wav " URL, "a.y4m", "b.wav"},
        {"--send b.ogg --send a.ivf " URL, "a.ivf", "b.ogg"},
        {"--send b.opus " URL, NULL, "b.opus"},
        {"--send test --send b.wav " URL, "test", "b.wav"},
        {"--no-audio " URL, "test", NULL},
        {"--no-audio --send test " URL, "test", NULL},
        {"--send none --no-audio " URL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        takes(rows[i].line);
        assert_int_equal(options.media.video != NULL, rows[i].video != NULL);
        assert_int_equal(options.media.audio != NULL, rows[i].audio != NULL);
        if (rows[i].video != NULL)
            assert_string_equal(options.media.video, rows[i].video);
        if (rows[i].audio != NULL)
            assert_string_equal(options.media.audio, rows[i].audio);
    }
}

static void files_that_are_sent_and_saved(void **state)
{
    (void)state;
    takes("--send-file a.pdf --send-file b.txt --receive-files inbox " URL);
    assert_int_equal(options.file_count, 2);
    assert_string_equal(options.files[0], "a.pdf");
    assert_string_equal(options.files[1], "b.txt");
    assert_string_equal(options.receive_files, "inbox");
    assert_int_equal(options.receive_max, 4000000000);
    assert_true(options.client.data);
    takes("--receive-files inbox --receive-max 500M " URL);
    assert_int_equal(options.receive_max, 500000000);
    takes("--receive-files inbox --receive-max 20G " URL);
    assert_int_equal(options.receive_max, 20000000000);
}

static void size_rate_and_bitrate_of_the_video(void **state)
{
    static const struct {
        const char *line;
        unsigned width, height, frames_per_second, bitrate_bps; /* 0: the library's default */
    } rows[] = {
        {"--video 1280x720@30:1500k " URL, 1280, 720, 30, 1500000},
        {"--video 1280x720 " URL, 1280, 720, 0, 0},
        {"--video 1280x720@15 " URL, 1280, 720, 15, 0},
        {"--video 1280x720:2M " URL, 1280, 720, 0, 2000000},
        {"--video 16x4096@1:20k " URL, 16, 4096, 1, 20000},
        {"--video 4096x16@120:1000M " URL, 4096, 16, 120, 1000000000},
        {"--video 17x33:20000 " URL, 16, 32, 0, 20000}, /* I420 has even sides */
        {"--video 640x360:999999999 " URL, 640, 360, 0, 999999999},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        takes(rows[i].line);
        assert_int_equal(options.media.width, rows[i].width);
        assert_int_equal(options.media.height, rows[i].height);
        assert_int_equal(options.media.frames_per_second, rows[i].frames_per_second);
        assert_int_equal(options.media.bitrate_bps, rows[i].bitrate_bps);
    }
    takes("--simulcast 3 --temporal 2 --fixed " URL);
    assert_int_equal(options.media.encodings, 3);
    assert_int_equal(options.media.temporal_layers, 2);
    assert_true(options.media.is_fixed);
}

static void times_of_the_reconnection(void **state)
{
    const struct heddle_client_reconnection *times = &options.client.reconnection;
    (void)state;
    takes("--reconnect connect=1,wait=2,speculative=0.5,restarts=4,delay=0.001,restart=86400 " URL);
    assert_int_equal(times->connect_timeout_ms, 1000);
    assert_int_equal(times->auto_wait_ms, 2000);
    assert_int_equal(times->speculative_delay_ms, 500);
    assert_int_equal(times->max_restarts, 4); /* a count, no time */
    assert_int_equal(times->retry_delay_ms, 1);
    assert_int_equal(times->restart_timeout_ms, 86400000);
    takes("--reconnect restarts=100 --reconnect wait=7 " URL);
    assert_int_equal(times->max_restarts, 100);
    assert_int_equal(times->auto_wait_ms, 7000);
    assert_int_equal(times->connect_timeout_ms, 0); /* the library's default */
}

static void flags_and_choices(void **state)
{
    (void)state;
    takes("--quiet " URL);
    assert_true(options.quiet);
    takes("--json --progress --show --verbose --core-dumps --hand --insecure --duration 0.5 " URL);
    assert_true(options.json && options.progress && options.show && options.verbose && options.core_dumps &&
                options.hand && options.client.accept_any_certificate);
    assert_true(options.duration_s == 0.5);
    takes("--receive none --ice-policy relay " URL);
    assert_false(options.client.receive);
    assert_true(options.client.relay_only);
    takes("--receive none --receive all --ice-policy relay --ice-policy all " URL); /* the last one counts */
    assert_true(options.client.receive);
    assert_false(options.client.relay_only);
}

static void data_that_is_sent_also_comes(void **state)
{
    (void)state;
    takes("--data " URL);
    assert_true(options.client.data);
    assert_null(options.data);
    takes("--send-data hello " URL);
    assert_true(options.client.data);
    assert_string_equal(options.data, "hello");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_it_sends_a_test_picture_and_receives),
        cmocka_unit_test(texts_are_handed_on_as_they_are),
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(files_that_are_sent_and_saved),
        cmocka_unit_test(size_rate_and_bitrate_of_the_video),
        cmocka_unit_test(times_of_the_reconnection),
        cmocka_unit_test(flags_and_choices),
        cmocka_unit_test(data_that_is_sent_also_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
