/* Bandwidth estimation of one outgoing connection. From transport-wide feedback if there is some (else from receiver
 * reports and REMB: report_control.h): a delay-based estimate (trendline of one-way delay gradients, adaptive
 * threshold, AIMD) bounded by a loss-based one, as in draft-ietf-rmcat-gcc-02, with its own handling of
 * application-limited periods and of queues that others fill (contest.h), and probing: clusters at the start, after a
 * recovery and when the application could use more. Pure. */
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
/* A packet of `bytes` of RTP was sent with this transport sequence number. `cluster` as given by bwe_take_probe(), 0
 * for ordinary packets. All rates and sizes here are of whole datagrams: DATAGRAM_OVERHEAD is added. */
void bwe_sent(struct bwe *bwe, uint16_t transport_sequence, size_t bytes, int cluster, usec_t now);
/* A datagram of `bytes` of RTP was sent, with or without such a number; `is_reported`: receiver reports cover it (they
 * cover media, but not padding and RTX). */
void bwe_count(struct bwe *bwe, size_t bytes, bool is_reported);
void bwe_feedback(struct bwe *bwe, const struct twcc_feedback *feedback, usec_t now);
/* A REMB about these streams; count 0: about all. */
void bwe_remb(struct bwe *bwe, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now);
/* Receiver reports came that cover some packets of all streams. */
void bwe_report(struct bwe *bwe, const struct report_sum *report, usec_t now);
/* True once after an outage: feedback has come again after more than a second (BWE_OUTAGE) without it. Most of the
 * packets lost in it can't be sent again any more. */
bool bwe_take_outage(struct bwe *bwe);
void bwe_rtt(struct bwe *bwe, usec_t rtt);
/* What the application would send if it could: probes go up to it. */
void bwe_set_target(struct bwe *bwe, uint64_t bitrate_bps);
/* The receiver sent NACKs for so many packets. */
void bwe_nack(struct bwe *bwe, unsigned packets, usec_t now);
/* What trials are for, without transport-wide feedback. */
void bwe_set_request(struct bwe *bwe, const struct bandwidth_request *request);
/* Whether the estimate comes from transport-wide feedback. */
bool bwe_has_feedback(const struct bwe *bwe);
/* Whether the estimate is a trial: more than is known to arrive. */
bool bwe_is_trying(const struct bwe *bwe);
/* Bytes of padding due now, for a trial. */
size_t bwe_padding(const struct bwe *bwe, usec_t now);
uint64_t bwe_estimate(const struct bwe *bwe);
/* Whether the link queues now: a hint to change to lower encodings before the estimate has fallen. */
bool bwe_is_overusing(const struct bwe *bwe);
/* How long packets waited in the link's queue as last heard; 0 without transport-wide feedback. */
usec_t bwe_queue_time(const struct bwe *bwe);

/* A probe that is due: send `bytes` at `rate_bps`, marked with `cluster`; padding if there is not enough media. False:
 * none is due. */
struct bwe_probe {
    int cluster;
    uint64_t rate_bps;
    size_t bytes;
};
bool bwe_take_probe(struct bwe *bwe, struct bwe_probe *probe, usec_t now);
/* Bytes of ordinary packets that were sent since the probe's first packet: they are part of it, so less padding is
 * needed. */
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
