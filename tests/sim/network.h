/* A network in virtual time for simulations: datagrams with delay, jitter (so reordering), loss and duplication, drawn
 * from one seeded generator. Zeroed, with its generator seeded, it is an empty network. It has as much capacity as
 * anybody asks for: what repairs and forwards is tried on it. A link with a rate and a queue is tests/lab/link_model.h,
 * for what decides by them: simulations of congestion use that, and so does the laboratory's emulator. */
#ifndef HEDDLE_SIM_NETWORK_H
#define HEDDLE_SIM_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/random.h"
#include "transport/base/time.h"

struct network_link {
    double loss, duplication; /* 0..1 */
    usec_t delay, jitter;
};

struct network_datagram {
    usec_t at;
    uint64_t order; /* among those of one instant */
    unsigned to;
    bool is_up; /* to the router, from `to` */
    bool is_rtcp;
    size_t length;
    uint8_t data[];
};

struct network {
    struct rng rng;
    struct network_datagram **heap;
    size_t count, capacity;
    uint64_t order;
    uint64_t sent, lost;
};

/* Sends a copy of the data over the link: to `to`, or from it to the router (`is_up`). */
void network_send(struct network *network, const struct network_link *link, unsigned to, bool is_up, bool is_rtcp,
                  const uint8_t *data, size_t length, usec_t now);
/* When the next datagram arrives; USEC_NEVER when none is under way. */
usec_t network_next(const struct network *network);
/* The first datagram that has arrived by `now`, or NULL; the caller frees it. */
struct network_datagram *network_take(struct network *network, usec_t now);
void network_fini(struct network *network);

#endif
