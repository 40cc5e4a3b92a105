/* What carries mirror messages between the workers of one server: a ring for each ordered pair, made when it is first
 * used. Each worker touches only the ends that are its own, so there is no lock. */
#ifndef HEDDLE_ROUTER_WORKER_CROSSINGS_H
#define HEDDLE_ROUTER_WORKER_CROSSINGS_H

#include <uv.h>

#include "router/mirror.h"
#include "router/worker/worker_types.h"

struct crossings;

struct crossings *crossings_new(unsigned workers);
/* When all workers have stopped. NULL is fine. */
void crossings_free(struct crossings *crossings);
/* How worker `index` is woken; borrowed. Before any worker sends to it. */
void crossings_attach(struct crossings *crossings, unsigned index, uv_async_t *wake_up);

/* From worker `from`'s thread: the item's message to every worker it is for. Returns how many it could not be handed
 * to, because their ring is full. */
unsigned crossings_send(struct crossings *crossings, unsigned from, connection_id id, const struct mirror_item *item);
/* Wakes those that were sent something since the last call. */
void crossings_wake(struct crossings *crossings, unsigned from);

/* On worker `to`'s thread: the next message. False: none waits. */
struct crossing {
    unsigned from;
    connection_id id;
    struct mirror_message message;
    const uint8_t *data; /* of a packet; borrowed until crossings_done(), which must follow */
    size_t length;
};
bool crossings_next(struct crossings *crossings, unsigned to, struct crossing *crossing);
void crossings_done(struct crossings *crossings, unsigned to, const struct crossing *crossing);

#endif
