/* Which packets of a received SSRC to ask for again (RFC 4585 section 6.2.1). A gap is asked for at once (after a short
 * wait when the path reorders), again every max(answer time, 20 ms), at most 10 times, and given up after 1 s, when it
 * is older than REPAIR_WINDOW, or when more than REPAIR_GAP_MAX are missing: then a keyframe is needed. There are at
 * most half as many requests as received packets (a sixteenth while the link queues), so that a link that is too narrow
 * for the media is not filled with retransmissions as well. The work for one packet does not grow with the gap.
 * Pure. */
#ifndef HEDDLE_HOP_NACK_H
#define HEDDLE_HOP_NACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/base/time.h"

struct nack;

struct nack *nack_new(void);
void nack_free(struct nack *nack);
/* A packet arrived (original or retransmitted); `sequence` is extended. Returns true when a gap was too large to be
 * repaired, so that the caller asks for a keyframe. */
bool nack_packet(struct nack *nack, int64_t sequence, usec_t now);
/* While the link queues, retransmissions would only make that worse: few are requested. */
void nack_set_frugal(struct nack *nack, bool is_frugal);
/* The round trip time from reports; longer waits for answers are measured here. */
void nack_set_rtt(struct nack *nack, usec_t rtt);
/* Fills `lost` with what is due now, ascending; returns how many. Call again until 0 when it fills `capacity`. */
size_t nack_due(struct nack *nack, uint16_t *lost, size_t capacity, usec_t now);
usec_t nack_next(const struct nack *nack); /* USEC_NEVER: nothing missing */
/* Forget everything missing (a keyframe made it useless, or the stream changed). */
void nack_reset(struct nack *nack);
/* True once after packets were given up: a decoder without them is stuck until a keyframe. */
bool nack_take_given_up(struct nack *nack);
/* How many requests had to wait for the budget, in total. */
uint64_t nack_held_back(const struct nack *nack);

#endif
