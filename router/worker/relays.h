/* What a worker's core says to others (router/relay.h), and what they say to it. */
#ifndef HEDDLE_ROUTER_WORKER_RELAYS_H
#define HEDDLE_ROUTER_WORKER_RELAYS_H

#include "router/worker/worker_state.h"

#define RELAY_RETRY (5 * USEC_PER_MSEC) /* when an endpoint took no more */

/* Where the core may relay to: the number of an endpoint is its place. */
void worker_open_relays(struct worker *worker);
void worker_close_relays(struct worker *worker);
void worker_send_relays(struct worker *worker);
void worker_take_relays(struct worker *worker, usec_t now);

#endif
