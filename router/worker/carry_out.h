/* Carries out what the owner asked for, on the worker's thread. */
#ifndef HEDDLE_ROUTER_WORKER_CARRY_OUT_H
#define HEDDLE_ROUTER_WORKER_CARRY_OUT_H

#include "router/worker/command.h"
#include "router/worker/worker_state.h"

void worker_carry_out(struct worker *worker, struct command *command, usec_t now);

#endif
