#include "router/worker/carry_out.h"

#include "router/relay.h"
#include "router/worker/command.h"
#include "router/worker/owner_events.h"
#include "transport/base/error.h"
#include "transport/base/log.h"

static void open_connection(struct worker *worker, const struct command *command, usec_t now)
{
    struct connection *connection;
    int error = connection_new(&connection, &worker->host, command->id, command->room, command->participant, now);
    if (error != 0)
        worker->host.tell(&worker->host, command->id, WORKER_DISCONNECTED, error, "cannot join the room");
    else
        map_put(&worker->host.connections, command->id, connection);
}

static void close_connection(struct worker *worker, struct connection *connection, usec_t now)
{
    /* A dead connection is on the list already: it is freed when that is reaped. */
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

static void carry_out(struct worker *worker, const struct command *command, usec_t now)
{
    struct connection *connection = map_get(&worker->host.connections, command->id);
    if (command->type == COMMAND_STOP) {
        stop(worker);
    } else if (command->type == COMMAND_STATS) {
        worker_tell_stats(worker, command->request);
    } else if (command->type == COMMAND_OPEN) {
        open_connection(worker, command, now);
    } else if (connection == NULL) {
        log_debug("worker", "a command for a connection that is gone");
    } else if (command->type == COMMAND_CONFIGURE) {
        connection_configure(connection, &command->setup, now);
    } else if (command->type == COMMAND_RELAY_TO) {
        participant_relay_to(connection_participant(connection), &command->endpoints, now);
    } else if (command->type == COMMAND_CANDIDATE) {
        connection_candidate(connection, command->candidate);
    } else if (command->type == COMMAND_MUTE) {
        (void)connection_mute(connection, command->source, command->muted, now); /* fails if unpublished meanwhile */
    } else if (command->type == COMMAND_RECEIVE) {
        connection_receive(connection, command->requests, command->request_count, now);
    } else if (command->type == COMMAND_TELL_AGAIN) {
        participant_tell_again(connection_participant(connection));
    } else if (command->type == COMMAND_CLOSE) {
        close_connection(worker, connection, now);
    }
}

static void lose_connection(struct worker *worker, connection_id id, int error, usec_t now)
{
    struct connection *connection = map_get(&worker->host.connections, id);
    log_error("worker", "a command that cannot be read (%s)", error_text(error));
    if (connection == NULL)
        return;
    worker->host.tell(&worker->host, id, WORKER_DISCONNECTED, error, "a command cannot be read");
    close_connection(worker, connection, now);
}

void worker_carry_out(struct worker *worker, const uint8_t *data, size_t length, usec_t now)
{
    struct command command;
    int error = command_read(&command, data, length);
    if (error == 0)
        carry_out(worker, &command, now);
    else
        lose_connection(worker, command.id, error, now);
    command_fini(&command);
}
