/* What a worker tells its owner: events of its connections and of the core, statistics. */
#ifndef HEDDLE_ROUTER_WORKER_OWNER_EVENTS_H
#define HEDDLE_ROUTER_WORKER_OWNER_EVENTS_H

#include "router/worker/worker_state.h"

/* For connection_host.tell. */
void worker_tell_connection(struct connection_host *host, connection_id id, enum worker_event_type type, int error,
                            const char *text);
/* Before the thread runs: its candidates, then that it is ready. */
void worker_tell_ready(struct worker *worker);
void worker_tell_stats(struct worker *worker, uint64_t request);
/* Tells of dead connections and frees them. Not to be called from their callbacks. */
void worker_reap(struct worker *worker, usec_t now);

#endif
