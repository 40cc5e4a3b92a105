/* One sent SSRC: counters for SR, and what the remote peer reports back (loss, RTT; RFC 3550 section 6.4.1). Pure;
 * embedded. */
#ifndef HEDDLE_HOP_SEND_STREAM_H
#define HEDDLE_HOP_SEND_STREAM_H

#include <stdbool.h>

#include "transport/base/time.h"
#include "transport/wire/rtcp.h"

#define SEND_GAPS_MAX 16

/* Numbers from `first` to `last` that were kept free for packets that have not come: `missing` of them. */
struct send_gap {
    int64_t first, last;
    uint32_t missing;
};

struct send_stream {
    uint32_t ssrc;
    uint32_t clock_rate;
    uint32_t packets, bytes; /* as SR counts them: payload bytes; they wrap */
    uint32_t last_timestamp;
    usec_t last_sent;
    bool started;
    /* from the receiver's reports */
    uint8_t fraction_lost; /* of 256 packets that were sent; numbers that were never sent do not count as lost */
    int32_t cumulative_lost;
    int32_t newly_lost; /* since the report before; negative: some came late */
    uint32_t jitter;
    usec_t rtt;             /* smoothed; 0: not known yet */
    usec_t rtt_sample;      /* of the last report; 0: it has none, or no new one */
    uint32_t covered;       /* packets that the last report covers, lost ones included */
    uint64_t covered_bytes; /* of the covered packets, with all headers */
    uint32_t highest_reported, packets_reported, bytes_reported, bytes_a_packet, last_lsr;
    bool is_reported;
    /* the numbers that were sent */
    bool has_numbers;
    int64_t highest_sent;
    struct send_gap gaps[SEND_GAPS_MAX]; /* not covered by a report yet, ascending */
    unsigned gap_count;
};

void send_stream_init(struct send_stream *stream, uint32_t ssrc, uint32_t clock_rate);
void send_stream_packet(struct send_stream *stream, uint32_t timestamp, size_t payload_bytes, usec_t now);
/* For a forwarder, which may leave numbers out: this number is sent, perhaps later than higher ones. */
void send_stream_number(struct send_stream *stream, uint16_t sequence);
/* The SR for `now`: its timestamp extrapolated from the last packet. `wall_us` is the same instant as `now`. */
void send_stream_sr(const struct send_stream *stream, struct rtcp_sender_info *info, usec_t now, int64_t wall_us);
/* `wall_us` is the same instant as the arrival of the report. */
void send_stream_report(struct send_stream *stream, const struct rtcp_report_block *block, int64_t wall_us);

#endif
