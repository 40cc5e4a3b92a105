/* Limits what is accepted of one encoding in a second. A participant may send as much as the transport's budget allows;
 * audio packets and frames (packets of one timestamp) beyond what any encoder makes are dropped here, before each
 * viewer's copy costs CPU. The size of frames is not limited here: that depends on each viewer's link. Pure. */
#ifndef HEDDLE_ROUTER_IN_INGRESS_LIMIT_H
#define HEDDLE_ROUTER_IN_INGRESS_LIMIT_H

#include "transport/base/budget.h"
#include "transport/wire/media.h"

/* Zeroed: nothing came yet. Media and retransmissions have one each, so that retransmissions, which have timestamps of
 * older frames, use up nothing of the budget of new media. */
struct ingress_limit {
    struct budget budget;
    uint32_t timestamp; /* of the frame that is being received */
    bool has_begun, is_refused;
};

/* Whether a packet with this timestamp is accepted. A frame is accepted as a whole or not at all. */
bool ingress_limit_take(struct ingress_limit *limit, enum media_kind kind, uint32_t timestamp, usec_t now);

#endif
