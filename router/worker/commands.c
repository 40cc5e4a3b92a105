#include "router/worker/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "router/worker/command.h"
#include "router/worker/worker_state.h"
#include "transport/base/check.h"

static void post(struct worker *worker, const struct command *command)
{
    struct mail *mail = mail_new(command_size(command));
    int length = command_write(command, mail->data, mail->length);
    CHECK(length > 0);
    mail->length = (size_t)length;
    mailbox_push(&worker->commands, mail);
    uv_async_send(&worker->wake_up);
}

void worker_open(struct worker *worker, connection_id id, const char *room, const char *participant)
{
    struct command command = {.type = COMMAND_OPEN, .id = id};
    snprintf(command.room, sizeof command.room, "%s", room);
    snprintf(command.participant, sizeof command.participant, "%s", participant);
    post(worker, &command);
}

void worker_relay_to(struct worker *worker, connection_id id, const struct relay_endpoints *endpoints)
{
    post(worker, &(struct command){.type = COMMAND_RELAY_TO, .id = id, .endpoints = *endpoints});
}

void worker_configure(struct worker *worker, connection_id id, struct connection_setup *setup)
{
    post(worker, &(struct command){.type = COMMAND_CONFIGURE, .id = id, .setup = *setup});
    connection_setup_fini(setup);
}

void worker_candidate(struct worker *worker, connection_id id, const char *candidate)
{
    struct command command = {.type = COMMAND_CANDIDATE, .id = id};
    snprintf(command.candidate, sizeof command.candidate, "%s", candidate);
    post(worker, &command);
}

void worker_receive(struct worker *worker, connection_id id, struct router_request *requests, size_t count)
{
    post(worker, &(struct command){.type = COMMAND_RECEIVE, .id = id, .request_count = count, .requests = requests});
    free(requests);
}

void worker_tell_again(struct worker *worker, connection_id id)
{
    post(worker, &(struct command){.type = COMMAND_TELL_AGAIN, .id = id});
}

void worker_mute(struct worker *worker, connection_id id, const char *source, bool muted)
{
    struct command command = {.type = COMMAND_MUTE, .id = id, .muted = muted};
    snprintf(command.source, sizeof command.source, "%s", source);
    post(worker, &command);
}

void worker_close(struct worker *worker, connection_id id)
{
    post(worker, &(struct command){.type = COMMAND_CLOSE, .id = id});
}

void worker_request_stats(struct worker *worker, uint64_t request)
{
    post(worker, &(struct command){.type = COMMAND_STATS, .request = request});
}

void worker_post_stop(struct worker *worker)
{
    post(worker, &(struct command){.type = COMMAND_STOP});
}
