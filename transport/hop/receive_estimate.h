/* What the link to us carries, as its receiver sees it: for senders that know no transport-wide feedback and follow a
 * REMB. As the receiver's side of draft-ietf-rmcat-gcc-02: while packets wait in a queue the estimate is a little less
 * than what comes out of it, and what loss allows at most (loss_bound.h); else it grows, up to half more than what
 * comes in. Pure; embedded. */
#ifndef HEDDLE_HOP_RECEIVE_ESTIMATE_H
#define HEDDLE_HOP_RECEIVE_ESTIMATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/hop/loss_bound.h"
#include "transport/hop/queue_gauge.h"
#include "transport/hop/rate_meter.h"
#include "transport/hop/receive_stream.h"
#include "transport/wire/packet.h"

/* A packet that came. */
struct arrival {
    size_t bytes; /* of the whole datagram */
    uint32_t ssrc, timestamp, clock_rate;
    bool has_send_time;
    uint32_t send_time; /* as the extension abs-send-time has it: 24 bits, in 2^-18 seconds */
    bool is_resent;     /* its timestamp is that of an older picture */
    int64_t missing;    /* so many are missing just before it; -1: it is late, and was counted as missing */
};

/* When packets were sent, on one line of time: by abs-send-time, or else by the timestamps of one stream. */
struct send_clock {
    bool has_send_times, has_started;
    uint32_t ssrc; /* of the timestamps */
    uint32_t last;
    int64_t ticks;
    usec_t heard_at;
};

struct receive_estimate {
    struct send_clock clock;
    struct queue_gauge queue;
    size_t untimed_bytes; /* since the last packet that told when it was sent */
    struct rate_meter incoming;
    struct loss_bound loss;
    uint64_t bps;        /* 0: not known yet */
    double capacity_bps; /* what came out of the last queue; 0: there was none, or there is more now */
    bool has_been_full;  /* there was a queue once */
    bool is_congested;   /* there is one now, or so much is lost as only a full link loses */
    unsigned received;   /* since the last look... */
    int64_t lost;        /* ...and missed */
    usec_t updated_at, decreased_at;
    uint64_t told_bps; /* to the sender */
    usec_t told_at;
};

/* Of a parsed packet that is not counted in `stream` yet, the media stream that it is of or, with RTX, repairs. */
struct arrival arrival_of(const struct packet *packet, const struct receive_stream *stream, bool is_rtx);

void receive_estimate_init(struct receive_estimate *estimate, usec_t now);
void receive_estimate_packet(struct receive_estimate *estimate, const struct arrival *arrival, usec_t now);
/* Bits per second; 0: not known yet. */
uint64_t receive_estimate_bps(const struct receive_estimate *estimate);
/* Whether the sender shall hear of it now: once a second, and at once when it falls. Due as packets come in. */
bool receive_estimate_is_due(const struct receive_estimate *estimate, usec_t now);
void receive_estimate_told(struct receive_estimate *estimate, usec_t now);

#endif
