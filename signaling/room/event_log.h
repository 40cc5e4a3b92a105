/* The last events that the clients of a room reported, for the API: typed and flat (message.c has checked them), stored
 * as one line of JSON each. Bounded in number and size, so that a room's log is at most 24 kB whatever it is sent. */
#ifndef HEDDLE_SIGNALING_EVENT_LOG_H
#define HEDDLE_SIGNALING_EVENT_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define EVENT_LOG_MAX 64
#define EVENT_BYTES_MAX 384

/* Zeroed: empty. */
struct event_log {
    size_t first, count;
    char *lines[EVENT_LOG_MAX]; /* a ring */
};

/* Adds the event with its reporter's id, instead of the oldest when it is full. False: over EVENT_BYTES_MAX. */
bool event_log_add(struct event_log *log, const char *participant, const json_t *event);
/* An array of objects, oldest first; the caller's. */
json_t *event_log_json(const struct event_log *log);
void event_log_fini(struct event_log *log);

#endif
