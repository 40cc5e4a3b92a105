/* How events of a worker are written for its owner: as bytes, so that the two need not be in one process. All numbers
 * are in network byte order; a text is its length (1 byte) and its characters, a long text has two bytes of length.
 *
 *   every event          version (1), type (1), connection (8; 0: none)
 *   WORKER_CONNECTED,
 *   WORKER_DISCONNECTED,
 *   WORKER_CANDIDATE,
 *   WORKER_READY         error (4, two's complement), text (long text)
 *   WORKER_ROUTER        type (1), room (text), mid (text), publication (text), text (long text), slot state (1),
 *                        codec (1), payload type (1), asked encodings (1)
 *   WORKER_STATS         stats_message.h
 *
 * If the numbers of an enum that is written change, EVENT_VERSION has to change, too. */
#ifndef HEDDLE_ROUTER_WORKER_EVENT_MESSAGE_H
#define HEDDLE_ROUTER_WORKER_EVENT_MESSAGE_H

#include "router/worker/worker_types.h"

#define EVENT_VERSION 3

/* An upper bound of its length in bytes. */
size_t worker_event_size(const struct worker_event *event);
/* Returns the length, or ERR_NO_SPACE. The worker is not written: the receiver knows it. */
int worker_event_write(const struct worker_event *event, uint8_t *out, size_t capacity);
/* Reads a whole event; whatever it returns, worker_stats_free() frees `stats`. ERR_UNSUPPORTED: of another version or
 * type; ERR_TRUNCATED; ERR_INVALID: too long, or a field has an impossible value. */
int worker_event_read(struct worker_event *event, const uint8_t *data, size_t length);

#endif
