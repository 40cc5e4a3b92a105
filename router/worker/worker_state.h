/* The structure of a worker, for its parts: the thread and its loop (worker.c), commands (commands.c, carry_out.c),
 * events (owner_events.c), and messages between workers (relays.c). */
#ifndef HEDDLE_ROUTER_WORKER_WORKER_STATE_H
#define HEDDLE_ROUTER_WORKER_WORKER_STATE_H

#include <pthread.h>
#include <uv.h>

#include "router/worker/data_turns.h"
#include "router/worker/mailbox.h"
#include "router/worker/relay_endpoint.h"
#include "router/worker/worker_types.h"
#include "transport/base/map.h"

struct worker {
    struct connection_host host; /* first: the host's callbacks find the worker by it */
    struct data_turns turns;
    struct worker_config config;
    pthread_t thread;
    uv_loop_t loop;
    uv_async_t wake_up;
    uv_timer_t timer;
    uv_prepare_t before_sleep;
    struct relay_endpoint *endpoints; /* where its core may relay to */
    size_t endpoint_count;
    struct mailbox commands, events;
    void (*wake_owner)(void *user);
    void *owner;
    usec_t last_flush;
    usec_t load_at, idle_at; /* when the load was looked at, and how long the thread had slept by then */
    bool is_stopping;
};

#endif
