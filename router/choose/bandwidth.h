/* What of a subscriber's link each slot gets: the division of the bandwidth estimate among the slots, and the probes
 * that the estimate asks for (padding on an RTX stream). Private to the core. */
#ifndef HEDDLE_ROUTER_CHOOSE_BANDWIDTH_H
#define HEDDLE_ROUTER_CHOOSE_BANDWIDTH_H

#include "router/out/subscriber.h"
#include "transport/wire/twcc.h"

void bandwidth_feedback(struct subscriber *subscriber, const struct twcc_feedback *feedback, usec_t now);
void bandwidth_timeout(struct subscriber *subscriber, usec_t now);
usec_t bandwidth_next(const struct subscriber *subscriber);

#endif
