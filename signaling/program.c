#include "signaling/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

bool program_may_start(const struct program *program, usec_t now)
{
    return !program->has_process && now >= respawn_due(&program->respawn);
}

static void on_closed(uv_handle_t *handle)
{
    struct program *program = handle->data;
    program->has_process = false;
}

static void on_exit_of(uv_process_t *process, int64_t status, int by_signal)
{
    struct program *program = process->data;
    program->is_running = program->is_ending = false;
    respawn_ended(&program->respawn, clock_now());
    if (by_signal != 0)
        log_warning(program->room, "its %s was ended by signal %d", program->what, by_signal);
    else
        log_info(program->room, "its %s ended with status %d", program->what, (int)status);
    uv_close((uv_handle_t *)process, on_closed);
}

/* Ours, and the variable. One of its name among ours is somebody else's, and a program would find the first. The caller
 * frees the array. */
static char **make_environment(char *variable)
{
    size_t name_length = strcspn(variable, "=") + 1, size = 0, count = 0;
    while (environ[size] != NULL)
        size++;
    char **environment = mem_array(size + 2, sizeof *environment);
    for (size_t i = 0; i < size; i++)
        if (strncmp(environ[i], variable, name_length) != 0)
            environment[count++] = environ[i];
    environment[count++] = variable;
    environment[count] = NULL;
    return environment;
}

void program_start(struct program *program, uv_loop_t *loop, char **arguments, char *variable, usec_t now)
{
    char **environment = make_environment(variable);
    uv_stdio_container_t streams[] = {
        {.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data = {.fd = 2}}};
    const uv_process_options_t options = {.exit_cb = on_exit_of,
                                          .file = arguments[0],
                                          .args = arguments,
                                          .env = environment,
                                          .stdio_count = 3,
                                          .stdio = streams};
    program->process.data = program;
    respawn_started(&program->respawn, now);
    int result = uv_spawn(loop, &program->process, &options);
    free(environment);
    program->has_process = true; /* also when it did not start */
    program->is_running = result == 0;
    if (result == 0) {
        log_info(program->room, "a %s was started: process %d", program->what, program->process.pid);
        return;
    }
    log_warning(program->room, "%s does not start: %s", arguments[0], uv_strerror(result));
    respawn_ended(&program->respawn, now);
    uv_close((uv_handle_t *)&program->process, on_closed);
}

void program_end(struct program *program, int by_signal)
{
    if (program->is_running && !program->is_ending)
        uv_process_kill(&program->process, by_signal);
    program->is_ending = true;
}
