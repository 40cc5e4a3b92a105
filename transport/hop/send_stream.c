#include "transport/hop/send_stream.h"

#include "transport/base/bytes.h"
#include "transport/wire/rtp.h"

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

static void add_gap(struct send_stream *stream, int64_t first, int64_t last)
{
    uint32_t missing = (uint32_t)(last - first + 1);
    if (stream->gap_count < SEND_GAPS_MAX) {
        stream->gaps[stream->gap_count++] = (struct send_gap){first, last, missing};
        return;
    }
    struct send_gap *newest = &stream->gaps[SEND_GAPS_MAX - 1];
    newest->last = last; /* no more reports come: then the gaps do not matter */
    newest->missing += missing;
}

static void fill_gap(struct send_stream *stream, int64_t number)
{
    for (unsigned i = 0; i < stream->gap_count; i++) {
        struct send_gap *gap = &stream->gaps[i];
        if (gap->first <= number && number <= gap->last && gap->missing > 0)
            gap->missing--;
    }
}

void send_stream_number(struct send_stream *stream, uint16_t sequence)
{
    if (!stream->has_numbers)
        stream->highest_sent = (int64_t)sequence - 1;
    stream->has_numbers = true;
    int64_t number = seq_extend(sequence, stream->highest_sent);
    if (number <= stream->highest_sent) {
        fill_gap(stream, number);
        return;
    }
    if (number > stream->highest_sent + 1)
        add_gap(stream, stream->highest_sent + 1, number - 1);
    stream->highest_sent = number;
}

/* How many numbers up to `upto` were never sent; each is counted once. */
static uint32_t take_gaps(struct send_stream *stream, int64_t upto)
{
    uint32_t absent = 0;
    unsigned kept = 0;
    for (unsigned i = 0; i < stream->gap_count; i++) {
        struct send_gap gap = stream->gaps[i];
        int64_t passed = (upto < gap.last ? upto : gap.last) - gap.first + 1;
        uint32_t taken = passed <= 0 ? 0 : passed < gap.missing ? (uint32_t)passed : gap.missing;
        absent += taken;
        gap.missing -= taken;
        gap.first += passed > 0 ? passed : 0;
        if (gap.first <= gap.last)
            stream->gaps[kept++] = gap;
    }
    stream->gap_count = kept;
    return absent;
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

/* Subtracts from the receiver's losses the packets that were never sent, since they were lost before they came here, or
 * refused. */
static void note_loss(struct send_stream *stream, uint32_t absent)
{
    stream->newly_lost -= (int32_t)absent;
    uint32_t expected = stream->covered, lost = (uint32_t)((uint64_t)expected * stream->fraction_lost / 256);
    if (absent == 0)
        return;
    stream->covered = expected > absent ? expected - absent : 0;
    lost = lost > absent ? lost - absent : 0;
    stream->fraction_lost = (uint8_t)(stream->covered > 0 ? (uint64_t)lost * 256 / (stream->covered + 1) : 0);
}

/* Counts the packets since the last report. A report about more packets than were sent is ignored. */
static void note_covered(struct send_stream *stream, uint32_t highest_sequence)
{
    uint32_t absent =
        stream->has_numbers ? take_gaps(stream, seq_extend((uint16_t)highest_sequence, stream->highest_sent)) : 0;
    uint32_t packets = stream->packets - stream->packets_reported, bytes = stream->bytes - stream->bytes_reported;
    int32_t step = (int32_t)(highest_sequence - stream->highest_reported);
    bool is_known = stream->is_reported && step < 2 * (int64_t)packets + 100; /* some were still on their way then */
    stream->covered = is_known ? (uint32_t)(step > 0 ? step : 0) : packets + absent;
    note_loss(stream, absent);
    stream->covered_bytes = 0;
    if (stream->covered == 0)
        return;
    if (packets > 0)
        stream->bytes_a_packet = bytes / packets + RTP_HEADER_SIZE + DATAGRAM_OVERHEAD;
    stream->covered_bytes = (uint64_t)stream->covered * stream->bytes_a_packet;
    stream->highest_reported = highest_sequence;
    stream->packets_reported = stream->packets;
    stream->bytes_reported = stream->bytes;
    stream->is_reported = true;
}

void send_stream_report(struct send_stream *stream, const struct rtcp_report_block *block, int64_t wall_us)
{
    stream->fraction_lost = block->fraction_lost;
    stream->newly_lost = block->cumulative_lost - stream->cumulative_lost;
    stream->cumulative_lost = block->cumulative_lost;
    stream->jitter = block->jitter;
    note_covered(stream, block->highest_sequence);
    stream->rtt_sample = 0;
    if (block->lsr == 0)
        return;
    bool is_new = block->lsr != stream->last_lsr; /* a repeated one is about the past */
    stream->last_lsr = block->lsr;
    /* RFC 3550 section 6.4.1, in units of 1/65536 s; wrong values of the remote peer may make it negative. */
    int32_t rtt = (int32_t)(ntp_middle(ntp_from_wall_us(wall_us)) - block->lsr - block->dlsr);
    if (rtt < 0 || rtt > 10 * 65536)
        return;
    usec_t sample = (usec_t)rtt * USEC_PER_SEC / 65536;
    stream->rtt_sample = is_new ? usec_max(sample, 1) : 0;
    stream->rtt = stream->rtt == 0 ? usec_max(sample, 1) : (7 * stream->rtt + sample) / 8;
}
