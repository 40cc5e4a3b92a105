/* Placement: which worker a connection goes to, and where one that publishes is
 * relayed to (router/relay.h).
 * Pure: counts go in. Arrays have one entry for each worker, workers are numbered from 0. */
#ifndef HEDDLE_SIGNALING_PLACEMENT_H
#define HEDDLE_SIGNALING_PLACEMENT_H

#include "router/relay.h"

#define PLACEMENT_WORKERS_MAX RELAY_ENDPOINTS_MAX

struct placement {
    size_t worker_count;            /* 1..PLACEMENT_WORKERS_MAX */
    size_t room_share;              /* connections of a room on one worker, before it spreads */
    const size_t *connections;      /* of all rooms */
    const size_t *room_connections; /* of the room that is asked about; part of `connections` */
};

/* Where the room's next connection goes: of the workers that have connections of the room, but fewer than `room_share`,
 * the one with most of them, since each further worker costs another copy of all media; else the worker with the fewest
 * connections of all rooms. Among equal ones the lowest. */
unsigned placement_choose(const struct placement *placement);
/* Where a connection on worker `origin` is relayed to: every other worker that has connections of the room, the lowest
 * first. Nowhere if it does not publish. */
void placement_relays(const struct placement *placement, unsigned origin, bool publishes, struct relay_endpoints *out);
/* The lowest worker that has connections of the room; `worker_count`: none has. */
unsigned placement_first(const struct placement *placement);

#endif
