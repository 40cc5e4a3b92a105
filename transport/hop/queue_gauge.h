/* How long packets wait in the queue of the narrowest link: their delay now minus the least delay of the last seconds,
 * minus the jitter. Of the latest arrivals the fastest counts, so that packets of one frame that wait for each other
 * are not taken for a queue. Pure; embedded. */
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

/* Packets that arrived while the queue was never empty. */
struct drained {
    usec_t since; /* by arrival */
    uint64_t bytes;
};

struct queue_gauge {
    bool has_started, is_busy;
    bool is_held; /* given: the queue stands for long, and the least delay of a longer time counts */
    struct least_delay recent, base;
    usec_t moment, jitter; /* the least delay of the last moment; how much it changes between two moments */
    struct drained running, before;
    usec_t newest; /* by arrival */
};

/* A packet arrived; `arrival` is on the receiver's clock, which need not be ours. Zeroed memory is a new gauge. */
void queue_gauge_packet(struct queue_gauge *gauge, usec_t sent, usec_t arrival, size_t bytes);
/* The time that packets wait. A path that became longer counts as a queue for some seconds. 0: none, or nothing is
 * known yet. */
usec_t queue_gauge_time(const struct queue_gauge *gauge);
/* The rate of the link, in bits per second: while packets wait it is never idle, so the rate of arrivals is all that it
 * carries. 0: nothing waits, or not for long enough yet. */
uint64_t queue_gauge_drained_bps(const struct queue_gauge *gauge);

#endif
