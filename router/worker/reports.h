/* What a worker tells its owner: events of its connections and of the core, statistics. */
#ifndef HEDDLE_ROUTER_WORKER_REPORTS_H
#define HEDDLE_ROUTER_WORKER_REPORTS_H

#include "router/worker/worker_state.h"

/* For connection_host.report. */
void worker_report_connection(struct connection_host *host, connection_id id, enum worker_event_type type, int error,
                              const char *text);
void worker_report_stats(struct worker *worker, uint64_t request);
/* Reports dead connections and frees them. Not to be called from their callbacks. */
void worker_reap(struct worker *worker, usec_t now);

#endif
