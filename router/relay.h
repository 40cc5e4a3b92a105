/* Rooms on several cores. The core that a participant is connected to is its origin; on every other core that has
 * viewers of the room a relayed publisher stands for it: same id, same publications, no connection. The origin tells
 * each of those cores about the publisher and relays its media, once per core however many watch there; the relayed
 * publisher forwards it as if it had come from the network. Requests of its viewers (encodings, keyframes) go back to
 * the origin.
 *
 * Messages (router/relay/relay_message.h) are bytes that could cross a network, and go to endpoints: numbers whose
 * meaning is the caller's. Received messages are not trusted. The state of a relayed publisher is sent as a whole,
 * again with each change, so that it does not depend on earlier messages; a core sends an endpoint the newest state
 * before any media.
 *
 * Pure: messages come out of one core and go into another; router/worker/relay_endpoint.h carries them. */
#ifndef HEDDLE_ROUTER_RELAY_H
#define HEDDLE_ROUTER_RELAY_H

#include "router/router.h"
#include "transport/base/bytes.h"

/* Call at the origin: the complete list of endpoints that the participant is relayed to. The number of its connection
 * must be unique among all cores that are connected with each other. */
void participant_relay_to(struct participant *participant, const struct relay_endpoints *endpoints, usec_t now);
bool participant_is_relayed(const struct participant *participant);

/* The next message to an endpoint; false: there are no more in this turn. Call router_relay_sent() after each, with
 * whether the endpoint took it, and nothing else of the core until the last. Media that an endpoint does not take is
 * lost and counted; the state of a publisher, or that it is gone, is offered again in the next turn. The bytes of a
 * message are `head` and then `body`, borrowed until router_relay_sent(). */
struct relay_outgoing {
    unsigned to;
    struct span head, body;
};
bool router_poll_relay(struct router *router, struct relay_outgoing *message);
void router_relay_sent(struct router *router, bool was_taken);
/* Whether router_poll_relay() has a message. */
bool router_has_relay(const struct router *router);

/* A message that came from the endpoint `from`. ERR_INVALID, ERR_TRUNCATED, ERR_UNSUPPORTED: malformed, or about a
 * publisher that is not at `from`; ERR_NOT_FOUND: about a publisher or publication that is gone or not known yet;
 * ERR_DUPLICATE: a packet that was received before; ERR_LIMIT: no room for it. */
int router_take_relay(struct router *router, unsigned from, const uint8_t *data, size_t length, usec_t now);

/* The connection to the endpoint has ended (for instance a network link between two machines): all publishers relayed
 * from it end here. When it takes messages again, it is told everything from the start. */
void router_relay_lost(struct router *router, unsigned endpoint, usec_t now);

#endif
