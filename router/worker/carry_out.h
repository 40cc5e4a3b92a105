/* Carries out what the owner asked for, on the worker's thread. */
#ifndef HEDDLE_ROUTER_WORKER_CARRY_OUT_H
#define HEDDLE_ROUTER_WORKER_CARRY_OUT_H

#include "router/worker/worker_state.h"

/* Carries out a written command (command.h). One that cannot be read ends its connection, with an event, since the
 * connection would miss what the command says. */
void worker_carry_out(struct worker *worker, const uint8_t *data, size_t length, usec_t now);

#endif
