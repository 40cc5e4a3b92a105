/* Divides the bandwidth estimate of a subscriber's link among its slots, and sends the probes that the estimator asks
 * for (padding on an RTX stream). Private to the core. */
#ifndef HEDDLE_ROUTER_CHOOSE_BANDWIDTH_H
#define HEDDLE_ROUTER_CHOOSE_BANDWIDTH_H

#include "router/out/subscriber.h"
#include "transport/wire/twcc.h"

void bandwidth_feedback(struct subscriber *subscriber, const struct twcc_feedback *feedback, usec_t now);
/* Receiver reports about some packets of all slots. */
void bandwidth_report(struct subscriber *subscriber, const struct report_sum *report, usec_t now);
/* The receiver sent NACKs for so many packets. */
void bandwidth_nack(struct subscriber *subscriber, unsigned packets, usec_t now);
/* A REMB about these streams of the slots; count 0: about all. */
void bandwidth_remb(struct subscriber *subscriber, uint64_t bitrate_bps, const uint32_t *ssrcs, size_t count,
                    usec_t now);
/* Before the subscriber's path is there: divides what is assumed of its link, so that it is known which encodings it
 * begins with, and their keyframes can be requested. */
void bandwidth_divide_ahead(struct subscriber *subscriber, usec_t now);
void bandwidth_timeout(struct subscriber *subscriber, usec_t now);
usec_t bandwidth_next(const struct subscriber *subscriber);

#endif
