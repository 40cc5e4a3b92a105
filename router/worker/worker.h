/* A worker: one thread, one libuv loop, one UDP and one TCP port, one router core. It shares nothing; commands
 * (commands.h) go in and events come out as messages with ids, never pointers to live objects. Media of a room that is
 * spread over several workers passes between them through relay_rings.h. */
#ifndef HEDDLE_ROUTER_WORKER_WORKER_H
#define HEDDLE_ROUTER_WORKER_WORKER_H

#include "router/worker/commands.h"
#include "router/worker/worker_types.h"

struct worker;
struct identity;

/* Starts the thread; returns when its ports are bound. `wake` is called from the worker's thread when events wait: it
 * must only wake the owner's loop (uv_async_send). ERR_IO: a port is taken (logged). */
int worker_start(struct worker **out, const struct worker_config *config, struct identity *identity,
                 void (*wake)(void *user), void *user);
/* Ends the thread; open connections end without events. Stop all workers before the first is freed: they may wake each
 * other until then. NULL is fine for both. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker);

/* Events: from the owner's thread. False: none waits. */
bool worker_poll(struct worker *worker, struct worker_event *event);

/* The first candidates of every connection of this worker (--ice=lite): UDP, without UDP the TCP ones; constant after
 * start. Returns how many. */
size_t worker_candidates(const struct worker *worker, char out[][ICE_CANDIDATE_MAX], size_t capacity);

#endif
