/* The rate that packet loss allows (draft-ietf-rmcat-gcc-02 section 6): below 2 % it rises, above 10 % it falls by half
 * the loss, between it stays. Loss that does not end when less is sent than arrived before, or does not grow when a
 * probe sends more, is a property of the link (radio) and no congestion: it does not lower the bound. Pure;
 * embedded. */
#ifndef HEDDLE_HOP_LOSS_BOUND_H
#define HEDDLE_HOP_LOSS_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

struct loss_bound {
    uint64_t bps;    /* UINT64_MAX: no bound */
    bool is_ignored; /* given: the loss is measured, but does not lower the bound */
    unsigned received, lost;
    usec_t window_start, last_decrease;
    double loss;             /* smoothed */
    double inherent;         /* loss of the link itself */
    double episode_loss;     /* the loss when the bound began to fall */
    double episode_bps;      /* the rate that arrived when the bound began to fall */
    unsigned after_decrease; /* windows since the last decrease */
};

void loss_bound_init(struct loss_bound *bound, usec_t now);
/* Takes the counts of one feedback packet. `estimate_bps`: what is sent at most now. `acknowledged_bps`: the rate of
 * arrivals; 0: not known. */
void loss_bound_feedback(struct loss_bound *bound, unsigned received, unsigned lost, uint64_t estimate_bps,
                         uint64_t acknowledged_bps, usec_t rtt, usec_t now);
/* A probe arrived at `rate_bps`, with this share of loss. */
void loss_bound_probe(struct loss_bound *bound, uint64_t rate_bps, double loss);

#endif
