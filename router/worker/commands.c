#include "router/worker/commands.h"

#include <stdio.h>

#include "router/worker/command.h"
#include "router/worker/worker_state.h"

static void post(struct worker *worker, struct command *command)
{
    mailbox_push(&worker->commands, &command->mail);
    uv_async_send(&worker->wake_up);
}

void worker_open(struct worker *worker, connection_id id, const char *room, const char *participant)
{
    struct command *command = command_new(COMMAND_OPEN, id);
    snprintf(command->room, sizeof command->room, "%s", room);
    snprintf(command->participant, sizeof command->participant, "%s", participant);
    post(worker, command);
}

void worker_relay_to(struct worker *worker, connection_id id, const struct relay_endpoints *endpoints)
{
    struct command *command = command_new(COMMAND_RELAY_TO, id);
    command->endpoints = *endpoints;
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

void worker_receive(struct worker *worker, connection_id id, struct router_request *requests, size_t count)
{
    struct command *command = command_new(COMMAND_RECEIVE, id);
    command->requests = requests;
    command->request_count = count;
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

void worker_post_stop(struct worker *worker)
{
    post(worker, command_new(COMMAND_STOP, 0));
}
