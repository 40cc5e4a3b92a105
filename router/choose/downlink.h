/* What a subscriber's link can carry, and what of it each slot gets: the bandwidth estimate of one participant, the
 * probes it asks for (padding on an RTX stream), and the division among the slots. Private to the core. */
#ifndef HEDDLE_ROUTER_CHOOSE_DOWNLINK_H
#define HEDDLE_ROUTER_CHOOSE_DOWNLINK_H

#include <stdbool.h>

#include "transport/hop/bwe.h"

struct participant;
struct slot;

struct downlink {
    struct bwe *bwe;
    bool is_measured; /* the receiver has reported */
    usec_t since;     /* first packet that it could report; 0: none yet */
    usec_t next_allocation, last_allocation, last_downgrade;
    usec_t relief_until; /* the link queues: what is too large is not even thinned out */
    uint64_t allocated_bps;
    usec_t short_since; /* the estimate does not carry the lowest layers of all; USEC_NEVER: it does */
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
/* At which rate bursts go out, in bit/s; 0: at once. */
uint64_t downlink_pace(const struct downlink *downlink);
/* A packet that bears a transport-wide sequence number left. */
void downlink_sent(struct participant *participant, uint16_t transport_sequence, size_t bytes, int cluster, usec_t now);
void downlink_feedback(struct participant *participant, const struct twcc_feedback *feedback, usec_t now);
void downlink_remb(struct participant *participant, uint64_t bitrate_bps, usec_t now);
/* Whether a retransmission is within the budget; takes it from there. */
bool downlink_may_resend(struct participant *participant, size_t bytes, usec_t now);
void downlink_timeout(struct participant *participant, usec_t now);
usec_t downlink_next(const struct participant *participant);
/* Something about the slots changed: divide anew soon. */
void downlink_changed(struct participant *participant, usec_t now);

#endif
