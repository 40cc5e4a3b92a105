/* What was sent to one receiver and may still be reported, by transport-wide sequence number. Memory is allocated with
 * the first packet and grows with their rate: a packet is kept for SENT_PACKETS_AGE or for SENT_PACKETS_MOST further
 * ones. Pure. */
#ifndef HEDDLE_HOP_SENT_PACKETS_H
#define HEDDLE_HOP_SENT_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

#define SENT_PACKETS_MOST 2048 /* a power of two: a second of 20 Mbit/s */
#define SENT_PACKETS_AGE (2 * USEC_PER_SEC)

struct sent_packet {
    uint32_t at; /* the lower half of the time is enough: reports come within minutes */
    uint16_t bytes;
    uint16_t sequence;
    uint8_t cluster;
    bool is_waiting; /* for a report */
};

/* {0}: none yet. */
struct sent_packets {
    struct sent_packet *places;
    size_t size; /* a power of two, or 0 */
};

void sent_packets_fini(struct sent_packets *sent);
void sent_packets_add(struct sent_packets *sent, const struct sent_packet *packet, usec_t now);
/* NULL: not known (any more), or reported before. */
struct sent_packet *sent_packets_find(const struct sent_packets *sent, uint16_t sequence);
usec_t sent_packet_time(const struct sent_packet *packet, usec_t now);

#endif
