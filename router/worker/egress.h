/* The one place where packets leave a worker. While a receive batch is handled, the core only queues who gets which
 * packets; egress_flush() then protects a participant's packets straight from the shared plaintext into one arena,
 * gives neighbours of similar size the same size by RTP padding, so that they can be sent as one segmented message
 * (egress_runs.h), and hands them to the participant's outlet. egress_hand_over() then passes everything to the
 * sockets. */
#ifndef HEDDLE_ROUTER_WORKER_EGRESS_H
#define HEDDLE_ROUTER_WORKER_EGRESS_H

#include "router/router.h"
#include "transport/net/ice_port.h"

/* Protects one participant's packets and sends them on its path. Embedded in the object that implements it. */
struct egress_outlet;
struct egress_outlet_ops {
    /* Writes the image in one piece, protected. */
    int (*protect_rtp)(struct egress_outlet *outlet, const struct packet_image *image, uint8_t *out, size_t capacity,
                       size_t *length);
    /* In place; SRTP_OVERHEAD_MAX bytes are free behind the packet. */
    int (*protect_rtcp)(struct egress_outlet *outlet, uint8_t *data, size_t *length);
    /* The bytes stay valid until the next egress_hand_over(). */
    void (*send)(struct egress_outlet *outlet, const struct ice_message *messages, size_t count);
};
struct egress_outlet {
    const struct egress_outlet_ops *ops;
};

struct egress_batch;

/* `port` is NULL with full ICE, where each connection sends by itself. */
struct egress_batch *egress_new(struct ice_port *port);
void egress_free(struct egress_batch *batch);
/* Hands all that the core has for this participant to its outlet. */
void egress_flush(struct egress_batch *batch, struct participant *participant, struct egress_outlet *outlet,
                  usec_t now);
/* Complete datagrams (DTLS) for the outlet, which is handed them at their end: those of one size go as one message. */
void egress_datagram(struct egress_batch *batch, struct egress_outlet *outlet, const uint8_t *data, size_t length);
void egress_datagrams_end(struct egress_batch *batch, struct egress_outlet *outlet);
/* Passes everything that outlets were given since the last call to the sockets. */
void egress_hand_over(struct egress_batch *batch);

#endif
