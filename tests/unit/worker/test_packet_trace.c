/* What is traced, and what happens when the disk is full. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "router/worker/packet_trace.h"
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

static void trace_call(struct packet_trace *trace, unsigned packets)
{
    static const struct media media = {.mid = "0", .receive = true};
    packet_trace_media(trace, "p1", &media, 1);
    for (unsigned i = 0; i < packets; i++)
        packet_trace_packet(trace, "p1", packet, sizeof packet, i);
    packet_trace_media(trace, "p2", &media, 1);
}

static void each_packet_is_a_line_up_to_its_descriptor(void **state)
{
    char path[] = "/tmp/heddle-trace-XXXXXX", line[256];
    unsigned lines = 0;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    errors = 0;
    assert_null(packet_trace_open(path)); /* what is there is kept */
    assert_non_null(strstr(last, "File exists"));
    unlink(path);
    struct packet_trace *trace = packet_trace_open(path);
    assert_non_null(trace);
    packet_trace_close(trace);
    assert_int_equal(access(path, F_OK), -1); /* nothing was written */
    errors = 0;
    trace = packet_trace_open(path);
    assert_non_null(trace);
    trace_call(trace, 100);
    packet_trace_close(trace);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        lines += strncmp(line, "rtp p1 ", 7) == 0 && strlen(line) < 7 + 12 + 2 * (12 + 24);
    fclose(file);
    unlink(path);
    assert_int_equal(lines, 100);
    assert_int_equal(errors, 0);
}

/* A file that may have no byte, like one on a full disk. */
static struct packet_trace *open_without_room(const char *path)
{
    struct packet_trace *trace = packet_trace_open(path);
    struct rlimit limit;
    assert_non_null(trace);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return trace;
}

static void close_without_room(struct packet_trace *trace, const char *path)
{
    struct rlimit limit;
    packet_trace_close(trace);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    unlink(path);
}

static void a_full_disk_is_said_once_and_ends_the_trace(void **state)
{
    static const unsigned packets[] = {0, 1, 100, 30000};
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "/tmp/heddle-trace-%d", (int)getpid());
    for (size_t i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        errors = 0;
        struct packet_trace *trace = open_without_room(path);
        trace_call(trace, packets[i]);
        close_without_room(trace, path);
        assert_int_equal(errors, 1);
        assert_non_null(strstr(last, "File too large"));
    }
}

static void packets_alone_notice_it_too(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "/tmp/heddle-trace-%d", (int)getpid());
    struct packet_trace *trace = open_without_room(path);
    for (unsigned i = 0; i < 1000; i++)
        packet_trace_packet(trace, "p1", packet, sizeof packet, i);
    assert_int_equal(errors, 1);
    assert_non_null(strstr(last, "File too large"));
    close_without_room(trace, path);
    assert_int_equal(errors, 1);
}

static void what_cannot_be_opened_is_an_error(void **state)
{
    (void)state;
    assert_null(packet_trace_open("/nosuch/trace"));
    assert_int_equal(errors, 1);
    assert_null(packet_trace_open("/dev/full")); /* no new file */
    assert_non_null(strstr(last, "File exists"));
    trace_call(NULL, 3);
    packet_trace_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_packet_is_a_line_up_to_its_descriptor, start, finish),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_once_and_ends_the_trace, start, finish),
        cmocka_unit_test_setup_teardown(packets_alone_notice_it_too, start, finish),
        cmocka_unit_test_setup_teardown(what_cannot_be_opened_is_an_error, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
