/* A worker's mirrors, and the messages that keep them and their homes in step. */
#ifndef HEDDLE_ROUTER_WORKER_MIRRORS_H
#define HEDDLE_ROUTER_WORKER_MIRRORS_H

#include "router/worker/command.h"
#include "router/worker/worker_state.h"

void worker_mirror_open(struct worker *worker, const struct command *command, usec_t now);
void worker_mirror_command(struct worker *worker, struct participant *mirror, const struct command *command,
                           usec_t now);
/* What the core has for other workers, and what they have for this one. */
void worker_send_crossings(struct worker *worker);
void worker_take_crossings(struct worker *worker, usec_t now);

#endif
