/* A worker: one thread, one libuv loop, one UDP and one TCP port, one router core. It shares nothing; commands
 * (commands.h) go in and events come out as messages with ids, never pointers to live objects. Media of a room that is
 * spread over several workers passes between them through relay_rings.h. */
#ifndef HEDDLE_ROUTER_WORKER_WORKER_H
#define HEDDLE_ROUTER_WORKER_WORKER_H

#include "router/worker/commands.h"
#include "router/worker/worker_types.h"

struct worker;

/* Starts the thread; returns when its ports are bound and WORKER_READY is told. `wake` is called, most often from the
 * worker's thread, when events wait: it must only wake the owner's loop (uv_async_send). ERR_IO: a port is taken;
 * ERR_INVALID: no certificate; both are logged. */
int worker_start(struct worker **out, const struct worker_config *config, void (*wake)(void *user), void *user);
/* Ends the thread; open connections end without events. Stop all workers before the first is freed: they may wake each
 * other until then. NULL is fine for both. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker);

/* Events: from the owner's thread. False: none waits. */
bool worker_poll(struct worker *worker, struct worker_event *event);

#endif
