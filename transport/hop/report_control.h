/* What a connection can carry, from what its receiver says once in a while: receiver reports (loss, round trip time)
 * and REMB. For receivers without transport-wide feedback.
 *
 * Reports are judged a window at a time. Above 10 % of loss, or with a queue that stands in the link, the estimate
 * falls to what came through; below 2 % it grows by 8 % a second, to half more than what came through at most. Loss
 * that does not fall when less is sent is not the sender's, and is put up with. REMB is a limit above that.
 *
 * So little is sent now and then that nothing can be learnt from it, a paused picture most of all. Then a trial:
 *
 *   idle -> running   more is wanted, and the last trial is long enough ago
 *   running -> idle   one window (a rising REMB) showed that the link carries it: the estimate is that;
 *                     or loss, a queue, a falling REMB, nothing at all: the next one comes twice as late
 *
 * A trial is filled with padding where that can be sent; else the estimate itself is what is tried, so that the next
 * better encoding is sent. Pure; embedded. */
#ifndef HEDDLE_HOP_REPORT_CONTROL_H
#define HEDDLE_HOP_REPORT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/hop/send_stream.h"

/* What reports say about some packets. Bytes are of whole datagrams. */
struct report_sum {
    double packets, bytes, lost_bytes;
    usec_t rtt; /* 0: not told */
};

/* With what the last report on a stream said. */
void report_sum_add(struct report_sum *sum, const struct send_stream *stream);

/* What was sent, and what the receiver said of it. */
struct report_window {
    usec_t start;
    uint64_t sent_bytes;
    unsigned sent_packets, nacked; /* of those that reports tell of */
    struct report_sum covered;
};

struct report_trial {
    bool is_running, is_padded, is_starved;
    uint64_t target_bps, used_bps; /* what is tried, and what it brings when it comes through */
    usec_t started;
    usec_t progress_at; /* when the REMB rose last... */
    uint64_t progress_bps, remb_before_bps;
    uint64_t sent_bytes;
    unsigned sent_packets, nacked; /* of those that are reported; asked for again, meanwhile */
};

/* What was too much when it was sent last, and how long that counts. */
struct report_limit {
    uint64_t bps; /* 0: not known */
    usec_t found_at, interval;
};

/* What the application could make of a better link. */
struct bandwidth_request {
    uint64_t next_bps;      /* the least estimate with which it would send more than now; 0: none... */
    uint64_t next_used_bps; /* ...and what it would use of that */
    bool is_starved;        /* for want of bandwidth it sends nothing but audio */
    bool can_pad;           /* trials can be filled with padding */
};

struct report_control {
    uint64_t bps, min_bps, max_bps, wanted_bps;
    uint64_t remb_bps; /* 0: none counts */
    struct bandwidth_request request;
    struct report_window window;
    double loss, inherent; /* 0..1: of the last window; what is lost whatever is sent */
    bool is_congested;     /* the last window was, */
    bool is_unsure;        /* or not far from it */
    usec_t judged_at;
    bool has_media; /* lately something was sent that reports tell of */
    uint32_t media_packets, media_packets_before;
    usec_t media_at;
    usec_t queue, base_rtt, next_base_rtt, base_since; /* how long packets wait; the least round trip time */
    usec_t last_decrease;
    double proven_bps; /* so much came through, and nothing has spoken against it since; 0: not known */
    struct {
        double loss, delivered_bps; /* before the first of the last decreases; 0: none */
        uint64_t estimate_bps;
        unsigned same_windows; /* in a row: as much is lost with less sent */
    } episode;
    struct report_trial trial;
    usec_t next_trial;
    struct report_limit limit;
    double nacked_before; /* 0..1, smoothed: how many packets are asked for again while nothing is tried */
};

void report_control_init(struct report_control *control, uint64_t start_bps, uint64_t min_bps, uint64_t max_bps,
                         usec_t now);
/* A datagram left; `is_reported`: reports count it (media does, padding and RTX do not). */
void report_control_sent(struct report_control *control, size_t bytes, bool is_reported);
void report_control_report(struct report_control *control, const struct report_sum *report, usec_t now);
/* The receiver misses so many packets: reports are slow, and a trial that fails shall end at once. */
void report_control_nack(struct report_control *control, unsigned packets, usec_t now);
/* What the REMBs that count say together; 0: none counts any more. */
void report_control_remb(struct report_control *control, uint64_t bitrate_bps, usec_t now);
/* Somebody who knows better says what the link carries. */
void report_control_set(struct report_control *control, uint64_t bitrate_bps);
/* Starts and ends trials. */
void report_control_timeout(struct report_control *control, usec_t now);
usec_t report_control_next(const struct report_control *control);
/* What may be sent, trials included. */
uint64_t report_control_bps(const struct report_control *control);
/* Bytes of padding that a trial is short of now. */
size_t report_control_padding(const struct report_control *control, usec_t now);

#endif
