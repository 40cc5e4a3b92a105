/* Rooms on several cores. The core that a participant is connected to is its origin; on every other core that has
 * viewers of the room a relayed publisher stands for it: same id, same publications, no connection. The origin tells
 * each of those cores who the publisher is and relays what it took in, once per core however many watch there; the
 * relayed publisher forwards it as if it had come from the network. What its viewers need of the publisher goes back to
 * the origin.
 *
 * Messages (router/relay/relay_message.h) are bytes, fit for a network, and go to endpoints: numbers that the caller
 * gives a meaning. Nothing that is read from them is trusted. What a relayed publisher is, is told as a whole and again
 * with each change, so that nothing need be known of what was told before; each core sees to it that every endpoint
 * has the newest state before it gets media.
 *
 * Pure: messages come out of one core and go into another; router/worker/relay_endpoint.h carries them. */
#ifndef HEDDLE_ROUTER_RELAY_H
#define HEDDLE_ROUTER_RELAY_H

#include "router/router.h"
#include "transport/base/bytes.h"

/* At its origin: where the participant is relayed to, all of it. The number of its connection must be unique among all
 * cores that are connected with each other. */
void participant_relay_to(struct participant *participant, const struct relay_endpoints *endpoints, usec_t now);
bool participant_is_relayed(const struct participant *participant);

/* What is to be carried, one message after the other; false: that was all of this turn. Each is to be followed by
 * router_relay_sent(), which says whether the endpoint took it, and nothing else is to happen to the core until the
 * last. Of what is not taken, media is lost and counted; what a publisher is, and that it is gone, comes again with the
 * next turn. The bytes of a message are `head` and then `body`; borrowed until router_relay_sent(). */
struct relay_outgoing {
    unsigned to;
    struct span head, body;
};
bool router_poll_relay(struct router *router, struct relay_outgoing *message);
void router_relay_sent(struct router *router, bool was_taken);
/* Whether a turn has something to carry. */
bool router_has_relay(const struct router *router);

/* A message that came from the endpoint `from`. ERR_INVALID, ERR_TRUNCATED, ERR_UNSUPPORTED: malformed, or not for
 * `from` to say; ERR_NOT_FOUND: of a publisher or publication that is gone or not here yet; ERR_DUPLICATE: a packet
 * that was here; ERR_LIMIT: there is no room for it. */
int router_take_relay(struct router *router, unsigned from, const uint8_t *data, size_t length, usec_t now);

/* What carries to the endpoint has ended (a link between two machines): all that it relayed to here ends, and what is
 * relayed to it is told anew, as to one that was never told, when it takes messages again. */
void router_relay_lost(struct router *router, unsigned endpoint, usec_t now);

#endif
