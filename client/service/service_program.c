#include "client/service/service_program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/output.h"
#include "transport/net/descriptors.h"
#include "transport/net/log_lines.h"
#include "transport/net/process_start.h"

#define SIGNALS 3
#define OUTPUT_WAIT (2 * USEC_PER_SEC) /* for who reads stderr, at the end */

static const char exit_codes[] =
    "\n"
    "Exit codes:\n"
    "  0  it was told to end (Ctrl-C, or by its server), or what it recorded has ended\n"
    "  1  it could not begin or go on (no server, refused, a full disk); the reason is said\n"
    "  2  the command line is wrong, or HEDDLE_TOKEN is missing\n";

static void on_signal(uv_signal_t *handle, int number)
{
    const struct service_program *program = handle->data;
    (void)number;
    program->stop(program->user);
    uv_signal_stop(handle);
}

static int wrong(const struct service_program *program, const char *option, const char *expected)
{
    fprintf(stderr, "%s: %s: expected %s\n", program->name, option, expected);
    return 2;
}

/* An option with a value. NULL, or what is expected. */
static const char *take(const struct service_program *program, const char *option, const char *value)
{
    if (strcmp(option, "--room") != 0) {
        const char *expected = program->option(program->user, option, value);
        return expected != NULL && expected[0] == '\0' ? "one of the options in --help" : expected;
    }
    program->client->room = value;
    return value != NULL ? NULL : "a room's name";
}

static int check(const struct service_program *program)
{
    char expected[128];
    const struct heddle_client_config *client = program->client;
    bool is_complete = client->url != NULL && client->room != NULL &&
                       (program->is_complete == NULL || program->is_complete(program->user));
    if (!is_complete)
        return wrong(program, program->needed, program->needed_count);
    if (client->token != NULL && client->token[0] != '\0')
        return 0;
    snprintf(expected, sizeof expected, "an access token with \"service\":\"%s\": without it one is no %s",
             program->role, program->role);
    return wrong(program, "HEDDLE_TOKEN", expected);
}

/* 0, or the program's status; -1: nothing more is to be done. `dumps`: whether its memory may be written to disk. */
static int parse(const struct service_program *program, int argc, char **argv, bool *dumps)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--version") == 0) {
            printf("%s " HEDDLE_VERSION "\n", program->name);
            return -1;
        }
        if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
            printf("%s%s", program->help, exit_codes);
            return -1;
        }
        if (strcmp(option, "--insecure") == 0) {
            program->client->accept_any_certificate = true;
        } else if (strcmp(option, "--core-dumps") == 0) {
            *dumps = true;
        } else if (program->flag != NULL && program->flag(program->user, option)) {
            continue;
        } else if (option[0] != '-' && program->client->url == NULL) {
            program->client->url = option;
        } else {
            const char *expected = take(program, option, i + 1 < argc ? argv[i + 1] : NULL);
            if (expected != NULL)
                return wrong(program, option, expected);
            i++;
        }
    }
    return check(program);
}

static int serve(const struct service_program *program)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    uv_loop_t *loop = descriptors_are_free(DESCRIPTORS_OF_LOOP) ? uv_default_loop() : NULL;
    uv_signal_t signals[SIGNALS];
    const char *reason = "too few open files are allowed: raise the limit (ulimit -n)";
    if (loop == NULL || program->open(program->user, loop, &reason) != 0) {
        log_error("", "%s", reason);
        return 1;
    }
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(loop, &signals[i]);
        signals[i].data = (void *)(uintptr_t)program;
        if (numbers[i] != SIGHUP || !process_ignores(SIGHUP)) /* else it ends in order when its terminal does */
            uv_signal_start(&signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    const char *failure = program->failure(program->user),
               *notice = failure == NULL && program->notice != NULL ? program->notice(program->user) : NULL;
    if (failure != NULL)
        log_error("", "%s", failure);
    else if (notice != NULL)
        log_warning("", "%s", notice);
    int status = failure != NULL;
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    program->close(program->user);
    uv_run(loop, UV_RUN_DEFAULT);
    return status;
}

/* The status of a program that has printed what it was asked for. */
static int end_output(const struct service_program *program)
{
    if (output_flush(stdout) == 0)
        return 0;
    fprintf(stderr, "%s: standard output: %s\n", program->name, strerror(errno));
    return 1;
}

int service_program_run(const struct service_program *program, int argc, char **argv)
{
    static const int ignored[] = {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2};
    bool dumps = false;
    process_start();
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    program->client->token = getenv("HEDDLE_TOKEN");
    program->client->service = program->role;
    int status = parse(program, argc, argv, &dumps);
    if (status != 0)
        return status > 0 ? status : end_output(program);
    if (!dumps && !process_close_memory()) {
        fprintf(stderr, "%s: the keys cannot be kept out of core dumps\n", program->name);
        return 1;
    }
    struct log_writer *writer = log_writer_for_stderr();
    if (writer == NULL) {
        fprintf(stderr, "%s: no thread can be started\n", program->name);
        return 1;
    }
    log_lines_start_for(writer, LEVEL_INFO, program->client->room, program->role);
    status = serve(program);
    log_lines_stop(writer, OUTPUT_WAIT);
    return status;
}
