#include "transport/hop/send_stream.h"

void send_stream_init(struct send_stream *stream, uint32_t ssrc, uint32_t clock_rate)
{
    *stream = (struct send_stream){.ssrc = ssrc, .clock_rate = clock_rate};
}

void send_stream_packet(struct send_stream *stream, uint32_t timestamp, size_t payload_bytes, usec_t now)
{
    stream->started = true;
    stream->packets++;
    stream->bytes += (uint32_t)payload_bytes;
    stream->last_timestamp = timestamp;
    stream->last_sent = now;
}

void send_stream_sr(const struct send_stream *stream, struct rtcp_sender_info *info, usec_t now, int64_t wall_us)
{
    uint64_t elapsed = (uint64_t)(now - stream->last_sent) * stream->clock_rate / (uint64_t)USEC_PER_SEC;
    *info = (struct rtcp_sender_info){
        .ssrc = stream->ssrc,
        .ntp = ntp_from_wall_us(wall_us),
        .rtp_timestamp = stream->last_timestamp + (uint32_t)elapsed,
        .packets = stream->packets,
        .bytes = stream->bytes,
    };
}

void send_stream_report(struct send_stream *stream, const struct rtcp_report_block *block, int64_t wall_us)
{
    stream->fraction_lost = block->fraction_lost;
    stream->cumulative_lost = block->cumulative_lost;
    stream->jitter = block->jitter;
    if (block->lsr == 0)
        return;
    /* RFC 3550 section 6.4.1, in units of 1/65536 s; what the other end says may make it negative. */
    int32_t rtt = (int32_t)(ntp_middle(ntp_from_wall_us(wall_us)) - block->lsr - block->dlsr);
    if (rtt < 0 || rtt > 10 * 65536)
        return;
    usec_t sample = (usec_t)rtt * USEC_PER_SEC / 65536;
    stream->rtt = stream->rtt == 0 ? usec_max(sample, 1) : (7 * stream->rtt + sample) / 8;
}
