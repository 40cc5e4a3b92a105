/* Commands of a worker's owner: written messages (command.h) that are carried out in order, on the worker's thread. */
#ifndef HEDDLE_ROUTER_WORKER_COMMANDS_H
#define HEDDLE_ROUTER_WORKER_COMMANDS_H

#include "router/worker/worker_types.h"

struct worker;

/* Call these on the owner's thread. */
void worker_open(struct worker *worker, connection_id id, const char *room, const char *participant);
/* The complete list of endpoints that this connection's participant is relayed to (router/relay.h). The number of
 * another worker's endpoint is its index. */
void worker_relay_to(struct worker *worker, connection_id id, const struct relay_endpoints *endpoints);
/* Takes the contents of `setup`. First time: the connection starts; later: renegotiation, and an ICE restart when
 * the remote credentials changed. */
void worker_configure(struct worker *worker, connection_id id, struct connection_setup *setup);
void worker_candidate(struct worker *worker, connection_id id, const char *candidate);
/* Takes `requests` (heap). */
void worker_receive(struct worker *worker, connection_id id, struct router_request *requests, size_t count);
/* Events with the state of all slots and publications of the connection, see participant_tell_again(). */
void worker_tell_again(struct worker *worker, connection_id id);
void worker_mute(struct worker *worker, connection_id id, const char *source, bool muted);
void worker_close(struct worker *worker, connection_id id);
void worker_request_stats(struct worker *worker, uint64_t request);

/* For worker_stop(): the last command. */
void worker_post_stop(struct worker *worker);

#endif
