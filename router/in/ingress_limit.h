/* How much of one encoding is taken in a second. Whoever is let in may send what fits into the transport's budget; what
 * nobody can hear or watch is dropped before it costs every viewer its CPU: audio packets and pictures (packets of one
 * timestamp) beyond what any encoder makes. What pictures may weigh is decided by each viewer's link. Pure. */
#ifndef HEDDLE_ROUTER_IN_INGRESS_LIMIT_H
#define HEDDLE_ROUTER_IN_INGRESS_LIMIT_H

#include "transport/base/budget.h"
#include "transport/wire/media.h"

/* Zeroed: nothing came yet. Media and retransmissions have one each, so that repairs, whose timestamps are those of
 * older pictures, take nothing from what is new. */
struct ingress_limit {
    struct budget budget;
    uint32_t timestamp; /* of the picture that is coming in */
    bool has_begun, is_refused;
};

/* Whether a packet that has this timestamp may go on. A picture goes on as a whole or not at all. */
bool ingress_limit_take(struct ingress_limit *limit, enum media_kind kind, uint32_t timestamp, usec_t now);

#endif
