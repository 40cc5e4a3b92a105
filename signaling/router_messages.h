/* The router's negotiation as JSON: offers to it, and what it answers and asks of a member. */
#ifndef HEDDLE_SIGNALING_ROUTER_MESSAGES_H
#define HEDDLE_SIGNALING_ROUTER_MESSAGES_H

#include "signaling/router_link.h"

/* From a valid `offer` message (proto/message.h), which lives longer than what is read. */
void router_offer_read(struct router_offer *offer, const json_t *message);
void router_offer_fini(struct router_offer *offer);

/* The m-lines that its last answer rejected, and why: [{"mid", "kind", "reason"}]. */
json_t *router_link_rejected_json(const struct member *member);

/* Tells members by messages. */
extern const struct router_listener router_messages;

#endif
