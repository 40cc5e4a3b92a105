/* Bandwidth estimation of one outgoing connection. From transport-wide feedback where it comes (else from receiver
 * reports and REMB: report_control.h): a delay-based estimate (trendline of one-way delay gradients, adaptive
 * threshold, AIMD) bounded by a loss-based one, as in GCC, with its own handling of application-limited periods, and
 * probing: clusters at the start, after a recovery and when the application could use more. Pure. */
#ifndef HEDDLE_HOP_BWE_H
#define HEDDLE_HOP_BWE_H

#include "transport/base/time.h"
#include "transport/hop/report_control.h"
#include "transport/wire/twcc.h"

#define BWE_OUTAGE (1 * USEC_PER_SEC)

struct bwe_config {
    uint64_t start_bps;
    uint64_t min_bps;
    uint64_t max_bps;
};

struct bwe;

struct bwe *bwe_new(const struct bwe_config *config, usec_t now);
void bwe_free(struct bwe *bwe);
/* A packet of `bytes` of RTP left with this transport sequence number. `cluster` as given by bwe_probe(), 0 for
 * ordinary packets. All rates and sizes here are of whole datagrams: DATAGRAM_OVERHEAD is added. */
void bwe_sent(struct bwe *bwe, uint16_t transport_sequence, size_t bytes, int cluster, usec_t now);
/* A datagram of `bytes` of RTP left, numbered or not; `is_reported`: receiver reports count it (media does, padding and
 * RTX do not). */
void bwe_count(struct bwe *bwe, size_t bytes, bool is_reported);
void bwe_feedback(struct bwe *bwe, const struct twcc_feedback *feedback, usec_t now);
/* A REMB about the streams that it lists; none: about all. */
void bwe_remb(struct bwe *bwe, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now);
/* Receiver reports came about some packets of all streams. */
void bwe_report(struct bwe *bwe, const struct report_sum *report, usec_t now);
/* True once after an outage: feedback came again, when what was sent a second ago (BWE_OUTAGE) had not been heard of.
 * Most of that can't be sent again any more. */
bool bwe_take_outage(struct bwe *bwe);
void bwe_rtt(struct bwe *bwe, usec_t rtt);
/* What the application would send if it could, so that growth past it is probed for, not guessed. */
void bwe_set_wanted(struct bwe *bwe, uint64_t bitrate_bps);
/* The receiver asks for so many packets again. */
void bwe_nack(struct bwe *bwe, unsigned packets, usec_t now);
/* What trials are made of, without transport-wide feedback. */
void bwe_set_request(struct bwe *bwe, const struct bandwidth_request *request);
/* What is known comes from transport-wide feedback. */
bool bwe_has_feedback(const struct bwe *bwe);
/* The estimate is a trial: more than is known to come through. */
bool bwe_is_trying(const struct bwe *bwe);
/* Bytes of padding due now, for a trial. */
size_t bwe_padding(const struct bwe *bwe, usec_t now);
uint64_t bwe_estimate(const struct bwe *bwe);
/* The link queues now: a hint to drop to lower encodings before the estimate has followed. */
bool bwe_is_overusing(const struct bwe *bwe);

/* A probe wanted now: send `bytes` at `rate_bps`, padding where media is short, marked with `cluster`. False: none. */
struct bwe_probe {
    int cluster;
    uint64_t rate_bps;
    size_t bytes;
};
bool bwe_take_probe(struct bwe *bwe, struct bwe_probe *probe, usec_t now);
/* Bytes of ordinary packets that went out since the probe's first packet: they are a part of it, so much less padding
 * is needed. */
size_t bwe_probe_media(const struct bwe *bwe);
void bwe_timeout(struct bwe *bwe, usec_t now);
usec_t bwe_next(const struct bwe *bwe);

struct bwe_stats {
    uint64_t estimate_bps, delay_bps, loss_bps, acknowledged_bps;
    double loss;       /* 0..1, smoothed */
    double queue_ms;   /* how long the link makes packets wait */
    const char *state; /* "increase", "hold", "decrease" */
};
void bwe_get_stats(const struct bwe *bwe, struct bwe_stats *stats);

#endif
