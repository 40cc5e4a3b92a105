/* Sends a core's messages to other workers (router/relay.h), and takes in theirs. */
#ifndef HEDDLE_ROUTER_WORKER_RELAYS_H
#define HEDDLE_ROUTER_WORKER_RELAYS_H

#include "router/worker/worker_state.h"

#define RELAY_RETRY (5 * USEC_PER_MSEC) /* until the next try, after an endpoint had no room */

/* Opens the endpoints that the core may relay to; an endpoint's number is its index. */
void worker_open_relays(struct worker *worker);
void worker_close_relays(struct worker *worker);
void worker_send_relays(struct worker *worker);
void worker_take_relays(struct worker *worker, usec_t now);

#endif
