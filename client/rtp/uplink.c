#include "client/rtp/uplink.h"

#include "transport/wire/rtp.h"

#define START_BPS 1000000
#define MIN_BPS 50000
#define MAX_BPS 20000000

void uplink_init(struct uplink *uplink, usec_t now)
{
    const struct bwe_config config = {.start_bps = START_BPS, .min_bps = MIN_BPS, .max_bps = MAX_BPS};
    *uplink = (struct uplink){.bwe = bwe_new(&config, now)};
}

void uplink_fini(struct uplink *uplink)
{
    bwe_free(uplink->bwe);
}

void uplink_sent(struct uplink *uplink, uint16_t transport_sequence, size_t bytes, bool is_padding, usec_t now)
{
    if (is_padding)
        uplink->probe_sent += bytes + DATAGRAM_OVERHEAD;
    bwe_sent(uplink->bwe, transport_sequence, bytes, is_padding ? uplink->probe.cluster : 0, now);
}

void uplink_count(struct uplink *uplink, size_t bytes, bool is_reported)
{
    bwe_count(uplink->bwe, bytes, is_reported);
}

void uplink_report(struct uplink *uplink, const struct report_sum *report, usec_t now)
{
    uplink->is_measured = true;
    bwe_report(uplink->bwe, report, now);
}

void uplink_remb(struct uplink *uplink, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now)
{
    uplink->is_measured = true;
    bwe_remb(uplink->bwe, bitrate_bps, ssrcs, count, now);
}

void uplink_nack(struct uplink *uplink, unsigned packets, usec_t now)
{
    bwe_nack(uplink->bwe, packets, now);
}

void uplink_set_target(struct uplink *uplink, uint64_t bitrate_bps, bool can_pad)
{
    bwe_set_target(uplink->bwe, bitrate_bps);
    bwe_set_request(uplink->bwe, &(struct bandwidth_request){.can_pad = can_pad});
}

bool uplink_feedback(struct uplink *uplink, const struct twcc_feedback *feedback, usec_t now)
{
    uplink->is_measured = true;
    bwe_feedback(uplink->bwe, feedback, now);
    return bwe_take_outage(uplink->bwe);
}

bool uplink_needs_padding(struct uplink *uplink, usec_t now)
{
    if (!uplink->is_measured)
        return false;
    if (!bwe_has_feedback(uplink->bwe))
        return bwe_padding(uplink->bwe, now) > 0;
    if (!uplink->is_probing) {
        if (!bwe_take_probe(uplink->bwe, &uplink->probe, now))
            return false;
        uplink->is_probing = true;
        uplink->probe_started = now;
        uplink->probe_sent = 0;
    }
    uint64_t due = uplink->probe.rate_bps / 8 * (uint64_t)(now - uplink->probe_started) / USEC_PER_SEC + UPLINK_PADDING;
    uint64_t sent = uplink->probe_sent + bwe_probe_media(uplink->bwe);
    uplink->is_probing = sent < uplink->probe.bytes;
    return uplink->is_probing && sent < due;
}

void uplink_timeout(struct uplink *uplink, usec_t now)
{
    bwe_timeout(uplink->bwe, now);
}

uint64_t uplink_estimate(const struct uplink *uplink)
{
    return uplink->is_measured ? bwe_estimate(uplink->bwe) : 0;
}
