/* What a worker's owner asks for: posted on the owner's thread, carried out on the worker's. */
#include <stdio.h>
#include <stdlib.h>

#include "router/mirror.h"
#include "router/worker/internal.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"

static void open_connection(struct worker *worker, const struct command *command, usec_t now)
{
    struct connection *connection;
    int error = connection_new(&connection, &worker->host, command->id, command->room, command->participant, now);
    if (error != 0)
        worker->host.report(&worker->host, command->id, WORKER_DISCONNECTED, error, "cannot join the room");
    else
        map_put(&worker->host.connections, command->id, connection);
}

static void close_connection(struct worker *worker, struct connection *connection, usec_t now)
{
    /* A dead one is on the list already: reaping takes it off, and frees it. */
    uint64_t id = connection_get_id(connection);
    worker_reap(worker, now);
    connection = map_remove(&worker->host.connections, id);
    if (connection != NULL)
        connection_free(connection, now);
}

static void stop(struct worker *worker)
{
    worker->is_stopping = true;
    uv_stop(&worker->loop);
}

void worker_carry_out(struct worker *worker, struct command *command, usec_t now)
{
    struct connection *connection = map_get(&worker->host.connections, command->id);
    struct participant *mirror = map_get(&worker->mirrors, command->id);
    if (command->type == COMMAND_STOP) {
        stop(worker);
    } else if (command->type == COMMAND_STATS) {
        worker_report_stats(worker, command->request);
    } else if (command->type == COMMAND_OPEN) {
        open_connection(worker, command, now);
    } else if (command->type == COMMAND_OPEN_MIRROR) {
        worker_open_mirror_here(worker, command, now);
    } else if (mirror != NULL) {
        worker_command_mirror(worker, mirror, command, now);
    } else if (connection == NULL) {
        log_debug("worker", "a command for a connection that is gone");
    } else if (command->type == COMMAND_CONFIGURE) {
        connection_configure(connection, &command->setup, now);
    } else if (command->type == COMMAND_SET_MIRRORS) {
        participant_set_mirrors(connection_participant(connection), command->workers, now);
    } else if (command->type == COMMAND_CANDIDATE) {
        connection_candidate(connection, command->text);
    } else if (command->type == COMMAND_MUTE) {
        (void)connection_mute(connection, command->text, command->muted, now); /* unpublished meanwhile */
    } else if (command->type == COMMAND_RECEIVE) {
        connection_receive(connection, command->wants, command->want_count, now);
    } else if (command->type == COMMAND_TELL_AGAIN) {
        participant_tell_again(connection_participant(connection));
    } else if (command->type == COMMAND_CLOSE) {
        close_connection(worker, connection, now);
    }
}

void worker_free_command(struct command *command)
{
    connection_setup_fini(&command->setup);
    free(command->wants);
    free(command);
}

static void post(struct worker *worker, struct command *command)
{
    mailbox_push(&worker->commands, &command->mail);
    uv_async_send(&worker->wake_up);
}

static struct command *command_new(enum command_type type, connection_id id)
{
    struct command *command = mem_alloc(sizeof *command);
    command->type = type;
    command->id = id;
    return command;
}

void worker_stop(struct worker *worker)
{
    if (worker == NULL)
        return;
    post(worker, command_new(COMMAND_STOP, 0));
    pthread_join(worker->thread, NULL);
}

void worker_open(struct worker *worker, connection_id id, const char *room, const char *participant)
{
    struct command *command = command_new(COMMAND_OPEN, id);
    snprintf(command->room, sizeof command->room, "%s", room);
    snprintf(command->participant, sizeof command->participant, "%s", participant);
    post(worker, command);
}

void worker_open_mirror(struct worker *worker, connection_id id, const char *room, const char *participant,
                        unsigned home)
{
    struct command *command = command_new(COMMAND_OPEN_MIRROR, id);
    snprintf(command->room, sizeof command->room, "%s", room);
    snprintf(command->participant, sizeof command->participant, "%s", participant);
    command->home = home;
    post(worker, command);
}

void worker_set_mirrors(struct worker *worker, connection_id id, uint64_t workers)
{
    struct command *command = command_new(COMMAND_SET_MIRRORS, id);
    command->workers = workers;
    post(worker, command);
}

void worker_configure(struct worker *worker, connection_id id, struct connection_setup *setup)
{
    struct command *command = command_new(COMMAND_CONFIGURE, id);
    command->setup = *setup;
    *setup = (struct connection_setup){0};
    post(worker, command);
}

void worker_candidate(struct worker *worker, connection_id id, const char *candidate)
{
    struct command *command = command_new(COMMAND_CANDIDATE, id);
    snprintf(command->text, sizeof command->text, "%s", candidate);
    post(worker, command);
}

void worker_receive(struct worker *worker, connection_id id, struct router_want *wants, size_t count)
{
    struct command *command = command_new(COMMAND_RECEIVE, id);
    command->wants = wants;
    command->want_count = count;
    post(worker, command);
}

void worker_tell_again(struct worker *worker, connection_id id)
{
    post(worker, command_new(COMMAND_TELL_AGAIN, id));
}

void worker_mute(struct worker *worker, connection_id id, const char *source, bool muted)
{
    struct command *command = command_new(COMMAND_MUTE, id);
    snprintf(command->text, sizeof command->text, "%s", source);
    command->muted = muted;
    post(worker, command);
}

void worker_close(struct worker *worker, connection_id id)
{
    post(worker, command_new(COMMAND_CLOSE, id));
}

void worker_request_stats(struct worker *worker, uint64_t request)
{
    struct command *command = command_new(COMMAND_STATS, 0);
    command->request = request;
    post(worker, command);
}

void connection_setup_fini(struct connection_setup *setup)
{
    free(setup->media);
    free(setup->sends);
    free(setup->receives);
    *setup = (struct connection_setup){0};
}
