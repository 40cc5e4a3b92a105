/* The recent packets of one stream, for retransmission, by extended sequence number. Holds a reference to each.
 * Bounded by count and by age. Pure. */
#ifndef HEDDLE_HOP_HISTORY_H
#define HEDDLE_HOP_HISTORY_H

#include "transport/wire/packet.h"

struct history;

/* `slots` is rounded up to a power of two. Packets older than `max_age` are let go at the next insert. */
struct history *history_new(size_t slots, usec_t max_age);
void history_free(struct history *history);
/* Holds its own reference. A late (reordered) packet is stored in its place; one older than the ring is ignored. */
void history_put(struct history *history, int64_t sequence, struct packet *packet, usec_t now);
/* Borrowed; NULL when it is gone or never came. */
struct packet *history_get(const struct history *history, int64_t sequence);
size_t history_bytes(const struct history *history);

#endif
