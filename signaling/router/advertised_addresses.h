/* The addresses that the router's candidates have: those of --public-ip, else those of this machine's interfaces. */
#ifndef HEDDLE_SIGNALING_ADVERTISED_ADDRESSES_H
#define HEDDLE_SIGNALING_ADVERTISED_ADDRESSES_H

#include "router/worker/worker_types.h"
#include "signaling/config/config.h"

struct advertised_addresses {
    char found[CONFIG_PUBLIC_IP_MAX][64]; /* of this machine */
};

/* None are given, and the machine has no network but loopback: browsers cannot connect. */
bool advertised_addresses_are_loopback(const struct config *config);
/* Fills in the addresses of `worker`: pointers into `addresses` and `config`. What is odd about them is logged. */
void advertised_addresses_choose(struct advertised_addresses *addresses, const struct config *config,
                                 struct worker_config *worker);

#endif
