#include "client/service/service_program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/output.h"
#include "transport/net/descriptors.h"

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

/* 0, or the program's status; -1: nothing more is to be done. */
static int parse(const struct service_program *program, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--version") == 0) {
            printf("%s " HEDDLE_VERSION "\n", program->name);
            return -1;
        }
        if (strcmp(option, "-h") == 0 || strcmp(option, "--help") == 0) {
            printf("%s", program->help);
            return -1;
        }
        if (strcmp(option, "--insecure") == 0) {
            program->client->accept_any_certificate = true;
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
    static const int numbers[] = {SIGTERM, SIGINT};
    uv_loop_t *loop = uv_default_loop();
    uv_signal_t signals[2];
    const char *reason;
    if (program->open(program->user, loop, &reason) != 0) {
        fprintf(stderr, "%s: %s\n", program->name, reason);
        return 1;
    }
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(loop, &signals[i]);
        signals[i].data = (void *)(uintptr_t)program;
        uv_signal_start(&signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    const char *failure = program->failure(program->user);
    if (failure != NULL)
        fprintf(stderr, "%s: %s\n", program->name, failure);
    int status = failure != NULL;
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    program->close(program->user);
    uv_run(loop, UV_RUN_DEFAULT);
    return status;
}

int service_program_run(const struct service_program *program, int argc, char **argv)
{
    descriptors_fill_standard();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    program->client->token = getenv("HEDDLE_TOKEN");
    int status = parse(program, argc, argv);
    if (status != 0)
        return status > 0 ? status : output_flush(stdout) == 0 ? 0 : 1;
    return serve(program);
}
