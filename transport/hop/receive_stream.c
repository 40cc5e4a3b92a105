#include "transport/hop/receive_stream.h"

#include "transport/base/bytes.h"

void receive_stream_init(struct receive_stream *stream, uint32_t ssrc, uint32_t clock_rate)
{
    *stream = (struct receive_stream){.ssrc = ssrc, .clock_rate = clock_rate};
}

/* RFC 3550 A.8. The transit time wraps with the timestamp; only its difference counts. */
static void update_jitter(struct receive_stream *stream, uint32_t timestamp, usec_t now)
{
    uint32_t arrival = (uint32_t)((uint64_t)now * stream->clock_rate / (uint64_t)USEC_PER_SEC);
    int64_t transit = (int32_t)(arrival - timestamp);
    int32_t difference = (int32_t)((uint32_t)transit - (uint32_t)stream->last_transit);
    if (stream->has_transit)
        stream->jitter += ((difference < 0 ? -(double)difference : (double)difference) - stream->jitter) / 16;
    stream->has_transit = true;
    stream->last_transit = transit;
}

int64_t receive_stream_packet(struct receive_stream *stream, uint16_t sequence, uint32_t timestamp,
                              size_t payload_bytes, bool retransmitted, usec_t now)
{
    if (!stream->started) {
        stream->started = true;
        stream->base_sequence = stream->highest_sequence = sequence;
    }
    int64_t extended = seq_extend(sequence, stream->highest_sequence);
    if (extended > stream->highest_sequence)
        stream->highest_sequence = extended;
    if (extended < stream->base_sequence)
        stream->base_sequence = extended;
    stream->packets++;
    stream->payload_bytes += payload_bytes;
    if (!retransmitted)
        update_jitter(stream, timestamp, now);
    return extended;
}

void receive_stream_sr(struct receive_stream *stream, const struct rtcp_sender_info *sr, usec_t now)
{
    if (stream->has_sr && sr->ntp <= stream->sr.ntp)
        return;
    stream->has_sr = true;
    stream->sr = *sr;
    stream->sr_arrival = now;
}

static uint64_t expected(const struct receive_stream *stream)
{
    return stream->started ? (uint64_t)(stream->highest_sequence - stream->base_sequence + 1) : 0;
}

uint64_t receive_stream_lost(const struct receive_stream *stream)
{
    uint64_t total = expected(stream);
    return total > stream->packets ? total - stream->packets : 0;
}

static uint8_t fraction_of(uint64_t received, uint64_t interval)
{
    if (interval <= received)
        return 0;
    return (uint8_t)((interval - received) * 256 / interval);
}

void receive_stream_report(struct receive_stream *stream, struct rtcp_report_block *block, usec_t now)
{
    uint64_t total = expected(stream);
    uint64_t interval = total - stream->expected_before;
    uint64_t received = stream->packets - stream->received_before;
    int64_t lost = (int64_t)total - (int64_t)stream->packets;
    stream->expected_before = total;
    stream->received_before = stream->packets;
    /* If packets were expected in an interval, at least one was received: the quotient is below 256. */
    *block = (struct rtcp_report_block){
        .ssrc = stream->ssrc,
        .fraction_lost = fraction_of(received, interval),
        .cumulative_lost = (int32_t)(lost > 0x7fffff    ? 0x7fffff
                                     : lost < -0x800000 ? -0x800000
                                                        : lost),
        .highest_sequence = (uint32_t)stream->highest_sequence,
        .jitter = (uint32_t)stream->jitter,
    };
    if (stream->has_sr) {
        block->lsr = ntp_middle(stream->sr.ntp);
        block->dlsr = (uint32_t)((now - stream->sr_arrival) * 65536 / USEC_PER_SEC);
    }
}
