/* How much a connection can send: the estimate of its bandwidth, and the probes that let it grow. It is made from
 * transport-wide feedback or, where none comes, from receiver reports and REMB (transport/hop/report_control.h). Pure;
 * embedded in an rtp_session. */
#ifndef HEDDLE_CLIENT_UPLINK_H
#define HEDDLE_CLIENT_UPLINK_H

#include "transport/hop/bwe.h"

#define UPLINK_PADDING 224 /* bytes of padding in a probe's packet */

struct uplink {
    struct bwe *bwe;
    struct bwe_probe probe;
    bool is_measured; /* feedback or a report has come */
    bool is_probing;
    usec_t probe_started;
    uint64_t probe_sent;
};

void uplink_init(struct uplink *uplink, usec_t now);
void uplink_fini(struct uplink *uplink);
/* A packet left; `is_padding`: it was made for uplink_needs_padding(). */
void uplink_sent(struct uplink *uplink, uint16_t transport_sequence, size_t bytes, bool is_padding, usec_t now);
/* Any packet left, numbered or not; `is_reported`: receiver reports count it. */
void uplink_count(struct uplink *uplink, size_t bytes, bool is_reported);
/* True: an outage is over, and the video should go on with keyframes. */
bool uplink_feedback(struct uplink *uplink, const struct twcc_feedback *feedback, usec_t now);
/* Receiver reports and REMB. */
void uplink_report(struct uplink *uplink, const struct report_sum *report, usec_t now);
void uplink_remb(struct uplink *uplink, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count, usec_t now);
void uplink_nack(struct uplink *uplink, unsigned packets, usec_t now);
/* What there is to send, and whether padding can go out. */
void uplink_set_target(struct uplink *uplink, uint64_t bitrate_bps, bool can_pad);
/* Whether a packet of padding is to be sent now, for a probe. */
bool uplink_needs_padding(struct uplink *uplink, usec_t now);
void uplink_timeout(struct uplink *uplink, usec_t now);
/* Bits per second; 0: not measured yet. */
uint64_t uplink_estimate(const struct uplink *uplink);

#endif
