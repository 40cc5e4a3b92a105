/* A pooled, reference-counted buffer holding one datagram, and what was parsed from it. Used by one thread: the count
 * is not atomic. The pool grows on demand up to its limit; packet_pool_trim() gives memory back after a peak. In a
 * steady state nothing is allocated. */
#ifndef HEDDLE_WIRE_PACKET_H
#define HEDDLE_WIRE_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"
#include "transport/wire/extension.h"
#include "transport/wire/frame.h"
#include "transport/wire/rtp.h"

#define PACKET_CAPACITY 1500

struct packet_pool;

struct packet {
    uint8_t *data;   /* borrowed from the packet itself */
    uint16_t length; /* bytes in use of PACKET_CAPACITY */
    usec_t arrival;
    /* Parsed once: in the router `rtp` and `extensions` by router/in/rtp_in.c, `frame` by router/in/encoding.c. */
    struct rtp_header rtp;
    struct extension_values extensions;
    struct frame_info frame;
    /* private to packet.c */
    uint32_t references;
    uint8_t size_class;
    struct packet_pool *pool;
    uint8_t storage[];
};

struct packet_pool *packet_pool_new(size_t limit);
/* All packets must have been released (CHECK). NULL is fine. */
void packet_pool_free(struct packet_pool *pool);
size_t packet_pool_in_use(const struct packet_pool *pool);
size_t packet_pool_bytes(const struct packet_pool *pool); /* held from the system, in use or not */
/* Call it about once a second: gives half of the memory that was not needed since the last call back to the system. */
void packet_pool_trim(struct packet_pool *pool);

/* Length 0, one reference, owned by the caller. NULL: the limit is reached (count a drop). Has
 * PACKET_CAPACITY bytes. */
struct packet *packet_new(struct packet_pool *pool);
/* Like packet_new() for `length` bytes that are copied in; small packets take a small buffer. NULL for more than
 * PACKET_CAPACITY too. */
struct packet *packet_copy(struct packet_pool *pool, const uint8_t *data, size_t length);
/* The same for a part of a packet, from the same pool. */
struct packet *packet_copy_part(const struct packet *packet, const uint8_t *data, size_t length);
struct packet *packet_hold(struct packet *packet);
void packet_release(struct packet *packet); /* NULL is fine */

static inline const uint8_t *packet_payload(const struct packet *packet)
{
    return packet->data + packet->rtp.payload_offset;
}

#endif
