/* Writes one receiver's copy of a packet: its header, the header extensions it negotiated, the patched payload,
 * padding. Pure. */
#ifndef HEDDLE_ROUTER_PACKET_WRITE_H
#define HEDDLE_ROUTER_PACKET_WRITE_H

#include "router/router.h"

struct write_context {
    const struct extension_map *ids; /* the receiver's */
    bool allow_mixed;                /* long extension values may be sent (two-byte form) */
    const char *mid;                 /* NULL: leave it out */
    uint16_t transport_sequence;     /* written when the receiver has an id for it */
    usec_t now;
};

/* `packet` may be NULL (padding only). Returns the length; 0 when it does not fit into PACKET_CAPACITY. */
size_t packet_write(uint8_t *out, const struct packet *packet, const struct rewrite *rewrite,
                    const struct write_context *context);

#endif
