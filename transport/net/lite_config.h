/* Configuration of the core of an ICE-lite port. */
#ifndef HEDDLE_NET_LITE_CONFIG_H
#define HEDDLE_NET_LITE_CONFIG_H

#include <stdint.h>

#include "transport/base/time.h"

#define LITE_SECRET 32

struct lite_core_config {
    usec_t consent_timeout;
    uint64_t seed; /* of hash tables and of the intervals of consent checks; must be unknown to remote hosts */
    uint8_t secret[LITE_SECRET]; /* of transaction ids: to predict one is to be able to prove another's address */
};

#endif
