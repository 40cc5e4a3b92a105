/* What a router has to send, one datagram after another. */
#ifndef HEDDLE_TESTS_OUTGOING_H
#define HEDDLE_TESTS_OUTGOING_H

#include "router/router.h"

struct outgoing {
    struct participant *participant; /* whom it is for */
    bool is_rtcp;
    size_t length;
    uint8_t data[PACKET_CAPACITY];
    const struct egress *items; /* for the same participant; those from `next` on are still to come */
    size_t next, count;
};

/* The next one; false: there is none. It begins with zeros, and is called until then. */
bool outgoing_next(struct outgoing *outgoing, struct router *router, usec_t now);

#endif
