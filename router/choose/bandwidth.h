/* What of a subscriber's link each slot gets: the division of the bandwidth estimate among the slots, and the probes
 * that the estimate asks for (padding on an RTX stream). Private to the core. */
#ifndef HEDDLE_ROUTER_CHOOSE_BANDWIDTH_H
#define HEDDLE_ROUTER_CHOOSE_BANDWIDTH_H

#include "router/out/subscriber.h"
#include "transport/wire/twcc.h"

void bandwidth_feedback(struct subscriber *subscriber, const struct twcc_feedback *feedback, usec_t now);
/* Receiver reports about some packets of all slots. */
void bandwidth_report(struct subscriber *subscriber, const struct report_sum *report, usec_t now);
/* So many packets are asked for again. */
void bandwidth_nack(struct subscriber *subscriber, unsigned packets, usec_t now);
/* A REMB about these of the slots' streams; none: about all. */
void bandwidth_remb(struct subscriber *subscriber, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count,
                    usec_t now);
void bandwidth_timeout(struct subscriber *subscriber, usec_t now);
usec_t bandwidth_next(const struct subscriber *subscriber);

#endif
