/* The one place where packets leave a worker. While a receive batch is handled, the core only notes what goes to whom;
 * egress_flush() then protects a participant's packets straight from the shared plaintext into one arena, makes
 * neighbours of nearly one size equal by RTP padding so that they leave as one segmented message (egress_runs.h), and
 * hands them to the participant's outlet. egress_hand_over() gives everything to the sockets at once. */
#ifndef HEDDLE_ROUTER_WORKER_EGRESS_H
#define HEDDLE_ROUTER_WORKER_EGRESS_H

#include "router/router.h"
#include "transport/net/ice_port.h"

/* Where one participant's packets go: what protects them, and their path. Embedded in what implements it. */
struct egress_outlet;
struct egress_outlet_ops {
    /* Writes the image in one piece, protected. */
    int (*protect_rtp)(struct egress_outlet *outlet, const struct packet_image *image, uint8_t *out, size_t capacity,
                       size_t *length);
    /* In place; behind the packet is room for SRTP_OVERHEAD_MAX. */
    int (*protect_rtcp)(struct egress_outlet *outlet, uint8_t *data, size_t *length);
    /* The bytes stay where they are until the next egress_hand_over(). */
    void (*send)(struct egress_outlet *outlet, const struct ice_message *messages, size_t count);
};
struct egress_outlet {
    const struct egress_outlet_ops *ops;
};

struct egress_batch;

/* `port` is NULL with full ICE, where each connection sends by itself. */
struct egress_batch *egress_new(struct ice_port *port);
void egress_free(struct egress_batch *batch);
/* All that the core has ready for this participant, to its outlet. */
void egress_flush(struct egress_batch *batch, struct participant *participant, struct egress_outlet *outlet,
                  usec_t now);
/* One datagram that is ready as it is (DTLS), to the outlet. */
void egress_datagram(struct egress_batch *batch, struct egress_outlet *outlet, const uint8_t *data, size_t length);
/* Everything that outlets were given since the last time, to the sockets. */
void egress_hand_over(struct egress_batch *batch);

#endif
