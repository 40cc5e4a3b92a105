/* What is to be carried to other cores: from a publisher's home what came in, from a mirror what is wanted. Private to
 * the core. */
#ifndef HEDDLE_ROUTER_RELAY_MIRRORED_H
#define HEDDLE_ROUTER_RELAY_MIRRORED_H

#include "router/in/publisher.h"

/* At home: a layer's packet, or its newest sender report. Nothing happens without mirrors. */
void mirrored_packet(const struct layer *layer, struct packet *packet, bool is_retransmission);
void mirrored_report(const struct layer *layer);
/* The newest sender report, to some of the workers (bits). */
void mirrored_report_to(const struct layer *layer, uint64_t to);

/* In a mirror: tells the home. Demand changes, and is repeated now and then, should a message be lost. */
void mirror_tell_demand(const struct publication *publication);
void mirror_ask_keyframes(struct publisher *publisher, usec_t now);

/* The participant goes: its messages need not be carried any more. */
void mirror_forget(const struct publisher *publisher);

#endif
