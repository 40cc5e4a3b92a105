/* The timestamps of a slot, by the sender reports of what it shows. */
#include "router/out/slot_parts.h"

#define ALIGN_MAX (60 * USEC_PER_SEC)        /* most time between the last sender reports of two encodings */
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

bool slot_sender_info(const struct slot *slot, struct rtcp_sender_info *info, int64_t wall_us)
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
    return true;
}
