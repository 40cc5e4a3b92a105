/* Memory of packets: what is freed when the pool is at its limit, and when. Private to the core. */
#ifndef HEDDLE_ROUTER_IN_MEMORY_H
#define HEDDLE_ROUTER_IN_MEMORY_H

#include "router/in/publisher.h"

/* A pooled copy of what came in. When the pool is at its limit, the publisher that holds most packets has to free old
 * ones. NULL: that did not help. */
struct packet *memory_copy_packet(struct publishers *publishers, const uint8_t *data, size_t length);
/* Frees old packets of streams that have stopped, and memory of the pool that was used by a peak only. */
void memory_timeout(struct publishers *publishers, usec_t now);

#endif
