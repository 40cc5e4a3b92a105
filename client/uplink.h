/* What a connection can carry away from here: the estimate of its bandwidth, and the probes that let it grow. Pure;
 * embedded in an rtp_session. */
#ifndef HEDDLE_CLIENT_UPLINK_H
#define HEDDLE_CLIENT_UPLINK_H

#include "transport/hop/bwe.h"

#define UPLINK_PADDING 224 /* bytes of padding in a probe's packet */

struct uplink {
    struct bwe *bwe;
    struct bwe_probe probe;
    bool is_measured; /* feedback has come */
    bool is_probing;
    usec_t probe_started;
    uint64_t probe_sent;
};

void uplink_init(struct uplink *uplink, usec_t now);
void uplink_fini(struct uplink *uplink);
/* A packet left; `is_padding`: it was made for uplink_wants_padding(). */
void uplink_sent(struct uplink *uplink, uint16_t transport_sequence, size_t bytes, bool is_padding, usec_t now);
/* True: an outage is over, and pictures should begin anew. */
bool uplink_feedback(struct uplink *uplink, const struct twcc_feedback *feedback, usec_t now);
/* Whether a packet of padding shall go out now, for a probe. */
bool uplink_wants_padding(struct uplink *uplink, usec_t now);
void uplink_timeout(struct uplink *uplink, usec_t now);
/* Bits per second; 0: not measured yet. */
uint64_t uplink_estimate(const struct uplink *uplink);

#endif
