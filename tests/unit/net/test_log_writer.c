#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/base/log.h"
#include "transport/net/clock.h"
#include "transport/net/log_writer.h"

#define LINE_LENGTH 64
#define LINES 20000

static void put_numbered(struct log_writer *writer, unsigned number)
{
    char line[LINE_LENGTH + 1];
    snprintf(line, sizeof line, "%063u\n", number);
    log_writer_put(writer, line, LINE_LENGTH);
}

/* All there is until the remote peer closes. */
static char *read_all(int fd, size_t *length)
{
    char *text = NULL;
    char part[8192];
    *length = 0;
    for (ssize_t count; (count = read(fd, part, sizeof part)) > 0; *length += (size_t)count) {
        text = realloc(text, *length + (size_t)count + 1);
        memcpy(text + *length, part, (size_t)count);
        text[*length + (size_t)count] = '\0';
    }
    return text;
}

static void test_lines_come_out_whole_and_in_order(void **state)
{
    int ends[2];
    size_t length;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct log_writer *writer = log_writer_new(ends[1]);
    for (unsigned i = 0; i < 500; i++)
        put_numbered(writer, i);
    log_writer_free(writer, 5 * USEC_PER_SEC);
    close(ends[1]);
    char *text = read_all(ends[0], &length);
    assert_int_equal(length, 500 * LINE_LENGTH);
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(strtoul(text + (size_t)i * LINE_LENGTH, NULL, 10), i);
    free(text);
    close(ends[0]);
}

static void test_a_reader_that_stops_delays_nobody_and_hears_what_it_missed(void **state)
{
    int ends[2];
    size_t length;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct log_writer *writer = log_writer_new(ends[1]);
    for (unsigned i = 0; i < LINES; i++) /* 1.3 MB; pipe and queue hold 320 kB */
        put_numbered(writer, i);
    pid_t child = fork(); /* reads at last, and closes when it has the notice */
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[1]);
        char *text = read_all(ends[0], &length);
        const char *notice = text != NULL ? strstr(text, " lines of the log were lost") : NULL;
        _exit(notice != NULL && length < (size_t)LINES * LINE_LENGTH / 2 ? 0 : 1);
    }
    log_writer_free(writer, 10 * USEC_PER_SEC);
    close(ends[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
}

static void test_the_end_does_not_wait_for_ever(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct log_writer *writer = log_writer_new(ends[1]);
    for (unsigned i = 0; i < LINES; i++)
        put_numbered(writer, i);
    usec_t start = clock_now();
    log_writer_free(writer, 100 * USEC_PER_MSEC);
    assert_in_range(clock_now() - start, 100 * USEC_PER_MSEC, 5 * USEC_PER_SEC);
}

/* As a program does whose messages nobody reads. */
static void test_what_is_printed_to_stderr_is_as_patient(void **state)
{
    int ends[2], before = dup(STDERR_FILENO);
    size_t length;
    FILE *own = stderr;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    struct log_writer *writer = log_writer_for_stderr();
    fprintf(stderr, "%s %d\n", "first", 1);
    for (unsigned i = 0; i < LINES; i++)
        fprintf(stderr, "%063u\n", i);
    pid_t child = fork(); /* reads at last */
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[1]);
        close(STDERR_FILENO);
        char *text = read_all(ends[0], &length);
        _exit(text != NULL && strncmp(text, "first 1\n", 8) == 0 && strstr(text, " lines of the log were lost") != NULL
                  ? 0
                  : 1);
    }
    log_writer_free(writer, 10 * USEC_PER_SEC);
    assert_ptr_equal(stderr, own);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
}

#define THREADS 4
#define LINES_EACH 2000

static void write_line(void *user, enum log_level level, const char *context, const char *text)
{
    char line[256];
    int length = snprintf(line, sizeof line, "%s %s: %s\n", log_level_name(level), context, text);
    log_writer_put(user, line, (size_t)length);
}

static void *say_much(void *unused)
{
    (void)unused;
    for (unsigned i = 0; i < LINES_EACH; i++) {
        log_info("thread", "line %u", i);
        log_warning("thread", "another kind");
    }
    return NULL;
}

/* As workers and signaling do, with the budget of each kind of line; ThreadSanitizer looks on in its build. */
static void test_threads_that_log_at_once_share_one_budget_and_break_no_line(void **state)
{
    int ends[2];
    size_t length;
    unsigned lines = 0;
    pthread_t threads[THREADS];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    struct log_writer *writer = log_writer_new(ends[1]);
    log_set_sink(write_line, writer, LEVEL_INFO);
    log_set_limit(clock_now);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, say_much, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_set_sink(NULL, NULL, LEVEL_ERROR);
    log_set_limit(NULL);
    log_writer_free(writer, 10 * USEC_PER_SEC);
    close(ends[1]);
    char *text = read_all(ends[0], &length);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; lines++)
        if (strncmp(line, "info thread: line ", 18) != 0 && strncmp(line, "warning thread: another kind", 28) != 0)
            fail_msg("%s", line);
    assert_in_range(lines, 2 * LOG_BURST, 4 * LOG_BURST); /* of 16,000 */
    free(text);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_come_out_whole_and_in_order),
        cmocka_unit_test(test_a_reader_that_stops_delays_nobody_and_hears_what_it_missed),
        cmocka_unit_test(test_the_end_does_not_wait_for_ever),
        cmocka_unit_test(test_what_is_printed_to_stderr_is_as_patient),
        cmocka_unit_test(test_threads_that_log_at_once_share_one_budget_and_break_no_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
