/* Events for signaling, in order. When the queue is full, the oldest events are lost. */
#ifndef HEDDLE_ROUTER_BASE_EVENTS_H
#define HEDDLE_ROUTER_BASE_EVENTS_H

#include "router/base/types.h"

struct event_queue {
    struct router_event *items; /* a ring */
    size_t first, count, capacity;
};

void events_fini(struct event_queue *queue);
/* A cleared event at the end of the queue, to be filled in. */
struct router_event *events_add(struct event_queue *queue, enum router_event_type type, const char *room);
/* The oldest. False: none waits. */
bool events_take(struct event_queue *queue, struct router_event *event);

#endif
