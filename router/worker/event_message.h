/* How what a worker tells its owner is written: an event is bytes between the two, so that they need not be in one
 * process. All numbers are in network byte order; a text is its length (1 byte) and its characters, a long text has two
 * bytes of length.
 *
 *   every event          version (1), type (1), connection (8; 0: none)
 *   WORKER_CONNECTED,
 *   WORKER_DISCONNECTED,
 *   WORKER_CANDIDATE     error (4, two's complement), text (long text)
 *   WORKER_ROUTER        type (1), room (text), mid (text), publication (text), text (long text), reason (text),
 *                        codec (1), payload type (1), active encodings (1)
 *   WORKER_STATS         stats_message.h
 *
 * Who changes the numbers of an enum that is written changes EVENT_VERSION. */
#ifndef HEDDLE_ROUTER_WORKER_EVENT_MESSAGE_H
#define HEDDLE_ROUTER_WORKER_EVENT_MESSAGE_H

#include "router/worker/worker_types.h"

#define EVENT_VERSION 1

/* How many bytes are enough for it. */
size_t worker_event_size(const struct worker_event *event);
/* Returns the length, or ERR_NO_SPACE. Which worker tells it is not written: who has the other end knows. */
int worker_event_write(const struct worker_event *event, uint8_t *out, size_t capacity);
/* Reads a whole event; whatever it returns, worker_stats_free() frees `stats`. ERR_UNSUPPORTED: of another version or
 * type; ERR_TRUNCATED; ERR_INVALID: too long, or a field says what cannot be. */
int worker_event_read(struct worker_event *event, const uint8_t *data, size_t length);

#endif
