/* An interface that sends messages of the core (router/relay.h) to another core: by a ring between two workers
 * (relay_rings.h), or later by a connection to another machine. */
#ifndef HEDDLE_ROUTER_WORKER_RELAY_ENDPOINT_H
#define HEDDLE_ROUTER_WORKER_RELAY_ENDPOINT_H

#include <stdbool.h>

#include "transport/base/bytes.h"

struct relay_endpoint_ops {
    /* One message: the bytes of `head`, then those of `body`; they are copied or sent before it returns. False: there
     * is no room for it now. */
    bool (*send)(void *user, struct span head, struct span body);
    /* The last message of this turn was sent: wake the receiver. */
    void (*flush)(void *user);
};

struct relay_endpoint {
    const struct relay_endpoint_ops *ops;
    void *user;
};

#endif
