/* The one place where packets leave a worker. While a receive batch is handled, the core only notes what goes to whom;
 * egress_flush() then seals each participant's packets straight from the shared plaintext into one arena, makes
 * neighbours of equal size by RTP padding so that they leave as one segmented message, and hands everything to the
 * sockets at once. */
#ifndef HEDDLE_ROUTER_WORKER_EGRESS_H
#define HEDDLE_ROUTER_WORKER_EGRESS_H

#include "router/router.h"
#include "router/worker/connection.h"
#include "transport/net/ice_lite.h"

struct egress_batch;

/* `port` is NULL with full ICE, where each connection sends by itself. */
struct egress_batch *egress_new(struct ice_port *port);
void egress_free(struct egress_batch *batch);
/* Everything the core has ready, to the sockets. */
void egress_flush(struct egress_batch *batch, const struct connection_host *host, usec_t now);
/* Only what needs nothing of the core any more (DTLS), to the sockets. */
void egress_hand_over(struct egress_batch *batch);
/* Queues one datagram that is ready as it is (DTLS); it goes out with the next flush or hand-over. */
void egress_datagram(struct egress_batch *batch, struct connection *connection, const uint8_t *data, size_t length);

#endif
