/* Estimates what a connection can carry from receiver reports (loss, round trip time; RFC 3550 section 6.4.1) and REMB
 * (draft-alvestrand-rmcat-remb-03), which come about once a second. For receivers without transport-wide feedback.
 *
 * Reports are judged a window at a time. Above 10 % of loss, or with a lasting queue in the link, the estimate falls to
 * the rate that arrived; below 2 % it grows by 8 % a second, to at most half more than that rate. Loss that does not
 * fall when less is sent is a property of the link and does not count. REMB is an upper limit.
 *
 * Sometimes so little is sent that nothing can be learnt from it, above all when video is paused. Then a trial is made:
 *
 *   idle -> running   more bandwidth is needed, and the last trial is long enough ago
 *   running -> idle   one window (a rising REMB) showed that the link carries it: the estimate is that;
 *                     or loss, a queue, a falling REMB, nothing at all: the next one comes twice as late
 *
 * A trial is filled with padding if that can be sent; else the estimate itself is raised for the trial, so that the
 * next higher encoding is sent. Pure; embedded. */
#ifndef HEDDLE_HOP_REPORT_CONTROL_H
#define HEDDLE_HOP_REPORT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/hop/send_stream.h"

/* Sums of receiver reports about some packets. Bytes are of whole datagrams. */
struct report_sum {
    double packets, bytes, lost_bytes;
    usec_t rtt; /* 0: not reported */
};

/* Adds the last report on a stream. */
void report_sum_add(struct report_sum *sum, const struct send_stream *stream);

/* What was sent in a window, and what was reported about it. */
struct report_window {
    usec_t start;
    uint64_t sent_bytes;
    unsigned sent_packets, nacked; /* of packets that reports cover */
    struct report_sum covered;
};

struct report_trial {
    bool is_running, is_padded, is_starved;
    uint64_t target_bps, used_bps; /* the rate that is tried, and what would be used of it */
    usec_t started;
    usec_t progress_at; /* when the REMB rose last... */
    uint64_t progress_bps, remb_before_bps;
    uint64_t sent_bytes;
    unsigned sent_packets, nacked; /* of packets that reports cover; NACKed meanwhile */
};

/* A rate that was too much when it was tried last, and how long that counts. */
struct report_limit {
    uint64_t bps; /* 0: not known */
    usec_t found_at, interval;
};

/* What the application could use more bandwidth for. */
struct bandwidth_request {
    uint64_t next_bps;      /* the lowest estimate with which it would send more than now; 0: it cannot use more */
    uint64_t next_used_bps; /* what it would use with an estimate of next_bps */
    bool is_starved;        /* all its video is paused for lack of bandwidth */
    bool can_pad;           /* trials can be filled with padding */
};

struct report_control {
    uint64_t bps, min_bps, max_bps, target_bps;
    uint64_t remb_bps; /* 0: none counts */
    struct bandwidth_request request;
    struct report_window window;
    double loss, inherent; /* 0..1: of the last window; and loss that is a property of the link */
    bool is_congested;     /* in the last window */
    bool is_unsure;        /* in the last window the link was congested, or close to it */
    usec_t judged_at;
    bool has_media; /* packets that reports cover were sent lately */
    uint32_t media_packets, media_packets_before;
    usec_t media_at;
    usec_t queue, base_rtt, next_base_rtt, base_since; /* how long packets wait; the least round trip times */
    usec_t last_decrease;
    double proven_bps; /* a rate that arrived, and has not turned out to be too much since; 0: not known */
    struct {
        double loss, delivered_bps; /* before the first of the last decreases; 0: none */
        uint64_t estimate_bps;
        unsigned same_windows; /* in a row in which as much was lost although less was sent */
    } episode;
    struct report_trial trial;
    usec_t next_trial;
    struct report_limit limit;
    double nacked_before; /* 0..1, smoothed: the share of packets with a NACK while there is no trial */
};

void report_control_init(struct report_control *control, uint64_t start_bps, uint64_t min_bps, uint64_t max_bps,
                         usec_t now);
/* A datagram was sent; `is_reported`: reports cover it (they cover media, but not padding and RTX). */
void report_control_sent(struct report_control *control, size_t bytes, bool is_reported);
void report_control_report(struct report_control *control, const struct report_sum *report, usec_t now);
/* The receiver sent NACKs for so many packets. They come before reports, so that a failing trial ends at once. */
void report_control_nack(struct report_control *control, unsigned packets, usec_t now);
/* The sum of all REMBs that count; 0: there is none any more. */
void report_control_remb(struct report_control *control, uint64_t bitrate_bps, usec_t now);
/* Sets the estimate, by one from transport-wide feedback. */
void report_control_set(struct report_control *control, uint64_t bitrate_bps);
/* Starts and ends trials. */
void report_control_timeout(struct report_control *control, usec_t now);
usec_t report_control_next(const struct report_control *control);
/* What may be sent, trials included. */
uint64_t report_control_bps(const struct report_control *control);
/* Bytes of padding that a trial needs now. */
size_t report_control_padding(const struct report_control *control, usec_t now);

#endif
