/* Bandwidth estimation at the receiver of a link, for senders without transport-wide feedback, which follow REMB. It is
 * the receiver's side of draft-ietf-rmcat-gcc-02: while packets wait in a queue the estimate is a little less than the
 * rate of arrivals, and no more than loss allows (loss_bound.h); else it grows, to at most half more than the received
 * rate. Pure; embedded. */
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

/* A received packet. */
struct arrival {
    size_t bytes; /* of the whole datagram */
    uint32_t ssrc, timestamp, clock_rate;
    bool has_send_time;
    uint32_t send_time; /* as the extension abs-send-time has it: 24 bits, in 2^-18 seconds */
    bool is_resent;     /* its timestamp is that of an older picture */
    int64_t missing;    /* how many are missing just before it; -1: it is late, and was counted as missing */
};

/* When packets were sent: by abs-send-time, or else by the timestamps of one stream. */
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
    size_t untimed_bytes; /* since the last packet with a send time */
    struct rate_meter incoming;
    struct loss_bound loss;
    uint64_t bps;        /* 0: not known yet */
    double capacity_bps; /* rate of arrivals during the last queue; 0: none, or the link carries more now */
    bool has_been_full;  /* there was a queue once */
    bool is_congested;   /* there is one now, or as much loss as only a full link has */
    unsigned received;   /* since the last check... */
    int64_t lost;        /* ...and missing */
    usec_t updated_at, decreased_at;
    uint64_t told_bps; /* told to the sender last */
    usec_t told_at;
};

/* Of a parsed packet that is not counted in `stream` yet, the media stream that it is of or, with RTX, repairs. */
struct arrival arrival_of(const struct packet *packet, const struct receive_stream *stream, bool is_rtx);

void receive_estimate_init(struct receive_estimate *estimate, usec_t now);
void receive_estimate_packet(struct receive_estimate *estimate, const struct arrival *arrival, usec_t now);
/* Bits per second; 0: not known yet. */
uint64_t receive_estimate_bps(const struct receive_estimate *estimate);
/* Whether it is time to tell the sender: once a second, and at once when it falls. Becomes true only when packets come
 * in. */
bool receive_estimate_is_due(const struct receive_estimate *estimate, usec_t now);
void receive_estimate_told(struct receive_estimate *estimate, usec_t now);

#endif
