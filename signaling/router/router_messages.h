/* Messages to and from the router as JSON: offers and requested slots in; answers and news out. */
#ifndef HEDDLE_SIGNALING_ROUTER_MESSAGES_H
#define HEDDLE_SIGNALING_ROUTER_MESSAGES_H

#include <jansson.h>

#include "signaling/router/router_participant.h"

/* From a valid `offer` message (proto/message.h), which must outlive `offer`. */
void router_offer_read(struct router_offer *offer, const json_t *message);
void router_offer_fini(struct router_offer *offer);
/* From the `slots` of a valid `receive` message. Heap, also when there are none. */
struct router_request *router_requests_read(const json_t *slots, size_t *count);

/* The m-lines that an answer rejects, and why: [{"mid", "kind", "reason"}]. `negotiated` may be NULL. */
json_t *router_rejected_json(const struct negotiated *negotiated);

/* A listener that sends messages. */
extern const struct router_listener router_messages;

#endif
