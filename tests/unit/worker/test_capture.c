/* What is captured, and what happens when the disk is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "router/worker/capture.h"
#include "transport/base/log.h"

static unsigned errors;
static char last[256];

static void count(void *user, enum log_level level, const char *context, const char *text)
{
    (void)user, (void)context;
    errors += level == LEVEL_ERROR;
    snprintf(last, sizeof last, "%s", text);
}

static int start(void **state)
{
    (void)state;
    errors = 0;
    log_set_sink(count, NULL, LEVEL_INFO);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL, LEVEL_ERROR);
    return 0;
}

static const uint8_t packet[40] = {0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};

static void capture_call(struct capture *capture, unsigned packets)
{
    static const struct media media = {.mid = "0", .receive = true};
    capture_media(capture, "p1", &media, 1);
    for (unsigned i = 0; i < packets; i++)
        capture_packet(capture, "p1", packet, sizeof packet, i);
    capture_media(capture, "p2", &media, 1);
}

static void each_packet_is_a_line_up_to_its_descriptor(void **state)
{
    char path[] = "/tmp/heddle-capture-XXXXXX", line[256];
    unsigned lines = 0;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    errors = 0;
    assert_null(capture_open(path)); /* what is there is kept */
    assert_non_null(strstr(last, "File exists"));
    unlink(path);
    struct capture *capture = capture_open(path);
    assert_non_null(capture);
    capture_close(capture);
    assert_int_equal(access(path, F_OK), -1); /* nothing was written */
    errors = 0;
    capture = capture_open(path);
    assert_non_null(capture);
    capture_call(capture, 100);
    capture_close(capture);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        lines += strncmp(line, "rtp p1 ", 7) == 0 && strlen(line) < 7 + 12 + 2 * (12 + 24);
    fclose(file);
    unlink(path);
    assert_int_equal(lines, 100);
    assert_int_equal(errors, 0);
}

static void a_full_disk_is_said_once_and_ends_the_capture(void **state)
{
    static const unsigned packets[] = {0, 1, 100, 30000};
    (void)state;
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        errors = 0;
        struct capture *capture = capture_open("/dev/full");
        assert_non_null(capture);
        capture_call(capture, packets[i]);
        capture_close(capture);
        assert_int_equal(errors, 1);
        assert_non_null(strstr(last, "No space left on device"));
    }
}

static void packets_alone_notice_it_too(void **state)
{
    (void)state;
    struct capture *capture = capture_open("/dev/full");
    for (unsigned i = 0; i < 1000; i++)
        capture_packet(capture, "p1", packet, sizeof packet, i);
    assert_int_equal(errors, 1);
    assert_non_null(strstr(last, "No space left on device"));
    capture_close(capture);
    assert_int_equal(errors, 1);
}

static void what_cannot_be_opened_is_an_error(void **state)
{
    (void)state;
    assert_null(capture_open("/nosuch/capture"));
    assert_int_equal(errors, 1);
    capture_call(NULL, 3);
    capture_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_packet_is_a_line_up_to_its_descriptor, start, finish),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_once_and_ends_the_capture, start, finish),
        cmocka_unit_test_setup_teardown(packets_alone_notice_it_too, start, finish),
        cmocka_unit_test_setup_teardown(what_cannot_be_opened_is_an_error, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
