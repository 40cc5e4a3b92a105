/* One received SSRC: sequence extension, loss and jitter for reports (RFC 3550 A.1, A.3, A.8), and its last SR.
 * Pure; embedded in its owner. */
#ifndef HEDDLE_HOP_RECEIVE_STREAM_H
#define HEDDLE_HOP_RECEIVE_STREAM_H

#include <stdbool.h>

#include "transport/base/time.h"
#include "transport/wire/rtcp.h"

struct receive_stream {
    uint32_t ssrc;
    uint32_t clock_rate;
    bool started;
    int64_t base_sequence;    /* extended; first ever */
    int64_t highest_sequence; /* extended */
    uint64_t packets;         /* received, retransmissions included */
    uint64_t payload_bytes;
    uint64_t expected_before, received_before; /* at the last report */
    double jitter;                             /* timestamp units */
    bool has_transit;                          /* a packet that is no retransmission was received */
    int64_t last_transit;
    bool has_sr;
    struct rtcp_sender_info sr; /* the newest one */
    usec_t sr_arrival;
};

void receive_stream_init(struct receive_stream *stream, uint32_t ssrc, uint32_t clock_rate);
/* Counts a packet that passed SRTP (so it is no duplicate). Returns its extended sequence number. `retransmitted`
 * packets do not count for jitter. */
int64_t receive_stream_packet(struct receive_stream *stream, uint16_t sequence, uint32_t timestamp,
                              size_t payload_bytes, bool retransmitted, usec_t now);
/* An SR older than the last (by its NTP time) is ignored. */
void receive_stream_sr(struct receive_stream *stream, const struct rtcp_sender_info *sr, usec_t now);
/* Fills a report block and starts the next interval. */
void receive_stream_report(struct receive_stream *stream, struct rtcp_report_block *block, usec_t now);
uint64_t receive_stream_lost(const struct receive_stream *stream);

#endif
