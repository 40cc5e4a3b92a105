/* Carries messages of the cores (router/relay.h) between the workers of one server: a ring for each ordered pair of
 * workers, made when it is first used. Each worker uses only its own ends, so there is no lock. */
#ifndef HEDDLE_ROUTER_WORKER_RELAY_RINGS_H
#define HEDDLE_ROUTER_WORKER_RELAY_RINGS_H

#include <uv.h>

#include "router/worker/relay_endpoint.h"

struct relay_rings;

struct relay_rings *relay_rings_new(unsigned workers);
/* Call when all workers have stopped. NULL is fine. */
void relay_rings_free(struct relay_rings *rings);
unsigned relay_rings_workers(const struct relay_rings *rings);
/* Sets how worker `index` is woken (borrowed). Call before any worker sends to it. */
void relay_rings_attach(struct relay_rings *rings, unsigned index, uv_async_t *wake_up);

/* The endpoint that leads from worker `from` to worker `to`; to be used on the thread of `from`. */
struct relay_endpoint relay_rings_endpoint(struct relay_rings *rings, unsigned from, unsigned to);

/* On worker `to`'s thread: the next message, by turns from each worker that sent any, so that none of them waits for
 * another that sends more than can be taken. False: none waits. */
struct relay_received {
    unsigned from;
    struct span message; /* borrowed until relay_rings_done(), which must follow */
};
bool relay_rings_next(struct relay_rings *rings, unsigned to, struct relay_received *received);
void relay_rings_done(struct relay_rings *rings, unsigned to, const struct relay_received *received);

#endif
