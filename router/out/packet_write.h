/* Writes one receiver's copy of a packet: its header, the header extensions it negotiated, the patched payload,
 * padding. Pure. */
#ifndef HEDDLE_ROUTER_OUT_PACKET_WRITE_H
#define HEDDLE_ROUTER_OUT_PACKET_WRITE_H

#include "router/base/outgoing.h"

struct write_context {
    const struct extension_map *ids; /* the receiver's */
    bool allow_mixed;                /* long extension values may be sent (two-byte form) */
    const char *mid;                 /* NULL: leave it out */
    uint16_t transport_sequence;     /* written if the receiver negotiated its extension */
    usec_t now;
};

/* The header, and where the payload lies. `packet` and `rewrite` are borrowed by the image; `packet` may be NULL
 * (padding only). ERR_NO_SPACE: it does not fit into PACKET_CAPACITY. */
int packet_image_init(struct packet_image *image, const struct packet *packet, const struct rewrite *rewrite,
                      const struct write_context *context);
/* The whole packet in one piece; `out` needs PACKET_CAPACITY. Returns the length. */
size_t packet_image_write(const struct packet_image *image, uint8_t *out);

#endif
