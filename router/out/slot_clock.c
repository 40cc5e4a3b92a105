/* The timestamps of a slot, by the sender reports of what it shows. */
#include "router/out/slot_parts.h"

#define ALIGN_MAX (60 * USEC_PER_SEC)        /* most time between the last sender reports of two encodings */
#define BEHIND_MAX (5 * USEC_PER_SEC)        /* media is made no longer than that before it comes, */
#define AHEAD_MAX (500 * USEC_PER_MSEC)      /* nor after it comes: by so much may what we know of clocks be wrong */
#define REPORT_AGE_MAX (3600 * USEC_PER_SEC) /* of a publisher's report that our sender reports are computed from */

bool slot_align(const struct slot *slot, const struct encoding *encoding, uint32_t timestamp, uint32_t *aligned)
{
    if (slot->aligned_encoding == ENCODING_NONE)
        return false;
    const struct encoding *old = &slot->publication->encodings[slot->aligned_encoding];
    if (old->generation != slot->aligned_generation)
        return false;
    if (old != encoding) {
        const struct rtcp_sender_info *from = &encoding->stream.sr, *to = &old->stream.sr;
        if (!encoding->stream.has_sr || !old->stream.has_sr)
            return false;
        int64_t later_us = wall_us_from_ntp(from->ntp) - wall_us_from_ntp(to->ntp);
        if (later_us > ALIGN_MAX || later_us < -ALIGN_MAX)
            return false;
        timestamp += to->rtp_timestamp - from->rtp_timestamp;
        timestamp += (uint32_t)(later_us * (int64_t)encoding->stream.clock_rate / USEC_PER_SEC);
    }
    *aligned = timestamp + slot->rewriter.timestamp_offset;
    return true;
}

/* A publisher may say anything of its clock. By what a report says, what was sent last was made before it came, and not
 * long before. */
static bool is_possible(const struct slot *slot, uint32_t timestamp, usec_t now)
{
    const struct send_stream *stream = &slot->stream;
    int64_t elapsed = (now - stream->last_sent) * (int64_t)stream->clock_rate / USEC_PER_SEC;
    int64_t late = timestamp_diff(timestamp, stream->last_timestamp + (uint32_t)elapsed);
    int64_t late_us = late * USEC_PER_SEC / (int64_t)stream->clock_rate;
    return late_us <= BEHIND_MAX && late_us >= -AHEAD_MAX;
}

bool slot_sender_info(const struct slot *slot, struct rtcp_sender_info *info, usec_t now, int64_t wall_us)
{
    if (slot->publication == NULL || slot->encoding == ENCODING_NONE || !slot->stream.started)
        return false;
    const struct encoding *encoding = &slot->publication->encodings[slot->encoding];
    const struct publisher_clock *clock = &slot->publication->publisher->clock;
    if (!encoding->stream.has_sr || !clock->is_known)
        return false;
    int64_t since_us = publisher_clock_theirs(clock, wall_us) - wall_us_from_ntp(encoding->stream.sr.ntp);
    if (since_us > REPORT_AGE_MAX || since_us < -REPORT_AGE_MAX)
        return false;
    *info = (struct rtcp_sender_info){
        .ssrc = slot->media.send_ssrc,
        .ntp = ntp_from_wall_us(wall_us),
        .rtp_timestamp = encoding->stream.sr.rtp_timestamp + slot->rewriter.timestamp_offset +
                         (uint32_t)(since_us * (int64_t)encoding->stream.clock_rate / USEC_PER_SEC),
        .packets = slot->stream.packets,
        .bytes = slot->stream.bytes,
    };
    if (is_possible(slot, info->rtp_timestamp, now))
        return true;
    slot->subscriber->common->stats.reports_withheld++;
    return false;
}
