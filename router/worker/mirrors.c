#include "router/worker/mirrors.h"

#include "router/mirror.h"
#include "router/worker/crossings.h"
#include "transport/base/error.h"
#include "transport/base/log.h"

#define CROSSINGS_PER_TURN 1024

void worker_mirror_open(struct worker *worker, const struct command *command, usec_t now)
{
    struct participant *mirror;
    int error = router_mirror(worker->host.router, &mirror, command->room, command->participant, command->id,
                              command->home, now);
    if (error != 0)
        log_error("worker", "no mirror of %s in %s: %s", command->participant, command->room, error_text(error));
    else
        map_put(&worker->mirrors, command->id, mirror);
}

static void close_mirror(struct worker *worker, connection_id id, usec_t now)
{
    router_leave(worker->host.router, map_remove(&worker->mirrors, id), now);
}

void worker_mirror_command(struct worker *worker, struct participant *mirror, const struct command *command, usec_t now)
{
    const struct connection_setup *setup = &command->setup;
    if (command->type == COMMAND_CONFIGURE)
        participant_configure(mirror, setup->media, setup->media_count, setup->sends, setup->send_count, NULL, 0, now);
    else if (command->type == COMMAND_MUTE)
        (void)participant_mute(mirror, command->text, command->muted, now);
    else if (command->type == COMMAND_CLOSE)
        close_mirror(worker, command->id, now);
}

/* What the core has for other workers. */
void worker_send_crossings(struct worker *worker)
{
    struct crossings *crossings = worker->config.crossings;
    size_t count;
    const struct mirror_item *items = router_crossing(worker->host.router, &count);
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        connection_id id = items[i].handle;
        worker->crossings_lost += crossings_send(crossings, worker->config.index, id, &items[i]);
        worker->crossed_out += (uint64_t)__builtin_popcountll(items[i].to);
    }
    router_crossed(worker->host.router);
    crossings_wake(crossings, worker->config.index);
}

static struct participant *find_participant(const struct worker *worker, connection_id id)
{
    const struct connection *connection = map_get(&worker->host.connections, id);
    return connection != NULL ? connection_participant(connection) : map_get(&worker->mirrors, id);
}

/* What other workers have for this one. Messages for what is gone by now are for nobody. */
void worker_take_crossings(struct worker *worker, usec_t now)
{
    struct crossings *crossings = worker->config.crossings;
    struct crossing crossing;
    for (unsigned i = 0; crossings != NULL && crossings_next(crossings, worker->config.index, &crossing); i++) {
        struct participant *participant = find_participant(worker, crossing.id);
        if (participant != NULL)
            (void)participant_cross(participant, crossing.from, &crossing.message, crossing.data, crossing.length, now);
        crossings_done(crossings, worker->config.index, &crossing);
        worker->crossed_in++;
        if (i == CROSSINGS_PER_TURN) { /* the sockets have their turn, too */
            uv_async_send(&worker->wake_up);
            return;
        }
    }
}
