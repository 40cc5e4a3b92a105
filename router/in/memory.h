/* Memory of packets: where it comes from when there is none left, and how it is given back. Private to the core. */
#ifndef HEDDLE_ROUTER_IN_MEMORY_H
#define HEDDLE_ROUTER_IN_MEMORY_H

#include "router/base/core.h"

/* A pooled copy of what came in. When the pool is at its limit, who holds most lets old packets go for it. NULL: in
 * vain. */
struct packet *memory_copy_packet(struct router *router, const uint8_t *data, size_t length);
/* Histories of streams that have fallen silent expire, and the pool gives back what a peak left. */
void memory_timeout(struct router *router, usec_t now);

#endif
