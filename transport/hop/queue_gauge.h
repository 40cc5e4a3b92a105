/* How long packets wait in the queue of the narrowest link: how much longer they travel now than at best in the last
 * seconds, less the jitter. Of what arrived last the fastest counts, so that frames that queue behind themselves are
 * not taken for it. Pure; embedded. */
#ifndef HEDDLE_HOP_QUEUE_GAUGE_H
#define HEDDLE_HOP_QUEUE_GAUGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

/* The least delay in the running period and in the one before it. */
struct least_delay {
    usec_t least[2];
    usec_t since;
};

/* What came out of a queue that was never empty meanwhile. */
struct drained {
    usec_t since; /* by arrival */
    uint64_t bytes;
};

struct queue_gauge {
    bool has_started, is_busy;
    struct least_delay recent, base;
    usec_t moment, jitter; /* the last moment's least delay; how it changes between two moments */
    struct drained running, before;
    usec_t newest; /* by arrival */
};

/* A packet arrived; `arrival` is on the receiver's clock, whatever that says. Zeroed memory is a new gauge. */
void queue_gauge_packet(struct queue_gauge *gauge, usec_t sent, usec_t arrival, size_t bytes);
/* A path that became longer counts as a queue for some seconds. 0: none, or nothing is known yet. */
usec_t queue_gauge_time(const struct queue_gauge *gauge);
/* What the link carries, bits per second: while packets wait for it, it is never idle, and what comes out is all it
 * can. 0: nothing waits, or not yet for long enough to tell. */
uint64_t queue_gauge_drained_bps(const struct queue_gauge *gauge);

#endif
