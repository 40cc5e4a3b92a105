#include "signaling/services/program.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define KILLED_MS 1000

bool program_is_there(const struct program *program)
{
    return program->handles > 0;
}

bool program_may_start(const struct program *program, usec_t now)
{
    return !program_is_there(program) && now >= respawn_due(&program->respawn);
}

static void on_closed(uv_handle_t *handle)
{
    struct program *program = handle->data;
    program->handles--;
}

static void close_handles(struct program *program)
{
    program->is_running = program->is_ending = program->is_killed = false;
    uv_close((uv_handle_t *)&program->process, on_closed);
    uv_close((uv_handle_t *)&program->patience, on_closed);
}

static void on_exit_of(uv_process_t *process, int64_t status, int by_signal)
{
    struct program *program = process->data;
    respawn_ended(&program->respawn, clock_now());
    program->status = by_signal != 0 ? 128 + by_signal : (int)status;
    if (by_signal != 0)
        log_warning(program->room, "its %s was ended by signal %d", program->what, by_signal);
    else
        log_info(program->room, "its %s ended with status %d", program->what, (int)status);
    close_handles(program);
}

static void on_patience_over(uv_timer_t *timer)
{
    struct program *program = timer->data;
    if (!program->is_killed) {
        log_warning(program->room, "its %s does not end, and is killed", program->what);
        program->is_killed = true;
        uv_process_kill(&program->process, SIGKILL);
        uv_timer_start(timer, on_patience_over, KILLED_MS, 0);
        return;
    }
    log_error(program->room, "its %s cannot even be killed: does its disk hang?", program->what);
    program->status = 128 + SIGKILL;
    respawn_ended(&program->respawn, clock_now());
    close_handles(program);
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
                                          .flags = UV_PROCESS_DETACHED, /* signals of our terminal are for us */
                                          .env = environment,
                                          .stdio_count = 3,
                                          .stdio = streams};
    program->process.data = program->patience.data = program;
    uv_timer_init(loop, &program->patience);
    respawn_started(&program->respawn, now);
    int result = uv_spawn(loop, &program->process, &options);
    free(environment);
    program->handles = 2; /* also when it did not start */
    program->is_running = result == 0;
    if (result == 0) {
        log_info(program->room, "a %s was started: process %d", program->what, program->process.pid);
        return;
    }
    log_warning(program->room, "%s does not start: %s", arguments[0], uv_strerror(result));
    program->status = 127;
    respawn_ended(&program->respawn, now);
    close_handles(program);
}

void program_end(struct program *program, int by_signal)
{
    if (program->is_running && !program->is_ending) {
        uv_process_kill(&program->process, by_signal);
        uv_timer_start(&program->patience, on_patience_over, PROGRAM_PATIENCE_MS, 0);
    }
    program->is_ending = true;
}
