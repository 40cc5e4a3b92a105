/* The recent packets of one stream, for retransmission, by extended sequence number. Holds a reference to each.
 * Bounded by count, by age and by its owner's budget. Pure. */
#ifndef HEDDLE_HOP_HISTORY_H
#define HEDDLE_HOP_HISTORY_H

#include "transport/wire/packet.h"

struct history;

/* What several histories of one owner hold together. Over the budget, the history that grows drops its own oldest
 * packets, so that one stream cannot push out packets of another. At `places_max` none of them grows any more: numbers
 * that jump need many places for few packets. */
struct history_account {
    size_t packets, bytes, places;
    size_t packets_max, bytes_max, places_max;
};

/* `slots` is rounded up to a power of two; memory for them is allocated as needed. Packets older than `max_age` are
 * dropped at the next insert or history_expire(). `account` is borrowed; NULL: none. */
struct history *history_new(size_t slots, usec_t max_age, struct history_account *account);
void history_free(struct history *history);
/* Holds its own reference. A late (reordered) packet is stored in its place; one older than the ring is ignored. */
void history_put(struct history *history, int64_t sequence, struct packet *packet, usec_t now);
/* Borrowed; NULL: it was dropped or never came. */
struct packet *history_get(const struct history *history, int64_t sequence);
/* Drops packets that are too old. A stream that has stopped keeps no memory in the end, not even the places. */
void history_expire(struct history *history, usec_t now);
/* Drops the older half (at least one), when memory is needed for newer packets. */
void history_shrink(struct history *history);
size_t history_packets(const struct history *history);
size_t history_bytes(const struct history *history);
/* Bytes that its places take. */
size_t history_memory(const struct history *history);

#endif
