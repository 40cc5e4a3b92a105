/* What a subscriber's link can carry: the bandwidth estimate, the pace of bursts, and the share of retransmissions. How
 * that is divided among the slots is in choose/bandwidth.h. Pure; embedded in a subscriber. */
#ifndef HEDDLE_ROUTER_OUT_DOWNLINK_H
#define HEDDLE_ROUTER_OUT_DOWNLINK_H

#include <stdbool.h>

#include "transport/hop/bwe.h"

/* The least time between two divisions. */
#define DOWNLINK_ALLOCATION_SPACING (100 * USEC_PER_MSEC)

struct downlink {
    struct bwe *bwe;
    bool is_measured; /* the receiver has reported */
    usec_t next_allocation, last_allocation, last_downgrade;
    /* Until then the link queues: an encoding that is too large is left out, even its lowest layers. */
    usec_t drain_until;
    uint64_t allocated_bps;
    /* Since when the estimate has been too low for the lowest encodings of all slots; USEC_NEVER: it is enough. */
    usec_t short_since;
    /* the probe being sent */
    bool is_probing;
    struct bwe_probe probe;
    usec_t probe_started;
    size_t probe_sent;
    /* of retransmissions */
    int64_t resend_tokens;
    usec_t tokens_at;
};

void downlink_init(struct downlink *downlink, uint64_t start_bps, usec_t now);
void downlink_fini(struct downlink *downlink);
/* The rate at which bursts are sent, in bit/s; 0: at once. */
uint64_t downlink_pace(const struct downlink *downlink);
/* A packet with a transport-wide sequence number was sent. */
void downlink_sent(struct downlink *downlink, uint16_t transport_sequence, size_t bytes, int cluster, usec_t now);
/* A packet was sent, with or without such a number; `is_reported`: receiver reports cover it. */
void downlink_count(struct downlink *downlink, size_t bytes, bool is_reported);
/* Whether a retransmission is within the budget; takes it from there. */
bool downlink_may_resend(struct downlink *downlink, size_t bytes, usec_t now);

/* A level was lowered for congestion not long ago. */
bool downlink_is_cautious(const struct downlink *downlink, usec_t now);

#endif
