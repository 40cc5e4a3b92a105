/* Shared by worker.c (the thread and its loop), commands.c (what the owner asks for) and mirrors.c (what
 * passes between workers). */
#ifndef HEDDLE_ROUTER_WORKER_INTERNAL_H
#define HEDDLE_ROUTER_WORKER_INTERNAL_H

#include <pthread.h>
#include <uv.h>

#include "router/worker/connection.h"
#include "router/worker/mailbox.h"
#include "router/worker/worker.h"
#include "transport/base/map.h"

enum command_type {
    COMMAND_OPEN,
    COMMAND_OPEN_MIRROR,
    COMMAND_SET_MIRRORS,
    COMMAND_CONFIGURE,
    COMMAND_CANDIDATE,
    COMMAND_MUTE,
    COMMAND_RECEIVE,
    COMMAND_TELL_AGAIN,
    COMMAND_CLOSE,
    COMMAND_STATS,
    COMMAND_STOP,
};

struct command {
    struct mail mail;
    enum command_type type;
    connection_id id;
    char room[ROOM_NAME_MAX + 1];
    char participant[PARTICIPANT_ID_MAX + 1];
    char text[ICE_CANDIDATE_MAX];
    bool muted;
    unsigned home;
    uint64_t workers; /* as bits */
    struct router_want *wants;
    size_t want_count;
    struct connection_setup setup;
    uint64_t request;
};

struct event_mail {
    struct mail mail;
    struct worker_event event;
};

struct worker {
    struct connection_host host; /* first: the host's callbacks find the worker by it */
    struct worker_config config;
    pthread_t thread;
    uv_loop_t loop;
    uv_async_t wake_up;
    uv_timer_t timer;
    uv_prepare_t before_sleep;
    struct map mirrors; /* by connection_id, of connections on other workers: struct participant */
    uint64_t crossed_in, crossed_out, crossings_lost;
    struct mailbox commands, events;
    void (*wake_owner)(void *user);
    void *owner;
    usec_t last_flush;
    bool is_stopping;
};

/* On the worker's thread: carries the command out. */
void worker_carry_out(struct worker *worker, struct command *command, usec_t now);
void worker_free_command(struct command *command);
void worker_report_stats(struct worker *worker, uint64_t request);
/* Tells of connections that died, and frees them; after any callback of theirs. */
void worker_reap(struct worker *worker, usec_t now);

void worker_open_mirror_here(struct worker *worker, const struct command *command, usec_t now);
/* Commands to a mirror. */
void worker_command_mirror(struct worker *worker, struct participant *mirror, const struct command *command,
                           usec_t now);
/* What the core has for other workers, and what they have for this one. */
void worker_send_crossings(struct worker *worker);
void worker_take_crossings(struct worker *worker, usec_t now);

#endif
