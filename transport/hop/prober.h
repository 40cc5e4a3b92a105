/* Bandwidth probing: when to send a short train of packets faster than the estimate, and what the train measured. Pure;
 * embedded.
 *
 *   idle -> due       at the start, after a recovery, or when a higher rate could be used
 *   due -> running    prober_take(): the train is being sent
 *   running -> idle   measured, or no answer in time */
#ifndef HEDDLE_HOP_PROBER_H
#define HEDDLE_HOP_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

enum prober_state { PROBER_IDLE, PROBER_DUE, PROBER_RUNNING };

struct prober {
    enum prober_state state;
    int cluster; /* of the train that is being sent, or was sent last */
    uint64_t rate_bps;
    size_t bytes;
    usec_t started, next;
    usec_t interval; /* until the next train, after one that showed no more */
    /* what was sent and what came */
    unsigned sent, received;
    size_t sent_bytes, received_bytes, lost_bytes;
    size_t other_bytes; /* of those sent: ordinary packets, not padding for the train */
    size_t last_sent_size, first_received_size;
    usec_t first_sent, last_sent, first_arrival, last_arrival;
    bool is_starting; /* the link is still unknown: faster steps */
};

void prober_init(struct prober *prober, usec_t now);
/* Decides whether to send a train: `estimate_bps` is the estimate now, `target_bps` what could be used. */
void prober_update(struct prober *prober, uint64_t estimate_bps, uint64_t target_bps, bool is_overusing, usec_t now);
/* The link just got worse (or better): the next train is not before (or right at) `at`. */
void prober_postpone(struct prober *prober, usec_t at);
bool prober_take(struct prober *prober, usec_t now);
/* Whether the train is being sent: other packets sent now are part of it. */
bool prober_is_sending(const struct prober *prober);
void prober_sent(struct prober *prober, int cluster, size_t bytes, usec_t now);
void prober_received(struct prober *prober, int cluster, size_t bytes, usec_t arrival);
void prober_lost(struct prober *prober, int cluster, size_t bytes);
/* The share of the last train that was lost, 0..1. */
double prober_loss(const struct prober *prober);
/* The rate that the train showed; 0: not (yet) known. Ends the train when it is known or its time is over. */
uint64_t prober_result(struct prober *prober, usec_t now);
/* Whether the train's packets fill the queue, or have just done so: delays say nothing then. */
bool prober_disturbs(const struct prober *prober, usec_t now);
usec_t prober_next(const struct prober *prober);

#endif
