/* Placement: which worker a connection goes to, and which workers get a mirror (router/mirror.h) of one that publishes.
 * Pure: counts go in. Arrays have one entry for each worker, workers are numbered from 0. */
#ifndef HEDDLE_SIGNALING_PLACEMENT_H
#define HEDDLE_SIGNALING_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACEMENT_WORKERS_MAX 64 /* a set of workers is a uint64_t, worker 0 the lowest bit */

struct placement {
    size_t worker_count;            /* 1..PLACEMENT_WORKERS_MAX */
    size_t room_share;              /* connections of a room on one worker, before it spreads */
    const size_t *connections;      /* of all rooms */
    const size_t *room_connections; /* of the room that is asked about; part of `connections` */
};

/* Where the room's next connection goes: the fullest worker of the room that has fewer than `room_share` of its
 * connections, since each further worker costs another copy of everything; else the worker with the fewest connections
 * of all. Of equal ones the lowest. */
unsigned placement_choose(const struct placement *placement);
/* Who gets a mirror of a connection that is on worker `home`: every other worker that has connections of the room. None
 * of one that does not publish. */
uint64_t placement_mirrors(const struct placement *placement, unsigned home, bool publishes);
/* The lowest worker that has connections of the room; `worker_count`: none has. */
unsigned placement_first(const struct placement *placement);

#endif
