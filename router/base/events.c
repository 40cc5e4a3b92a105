#include "router/base/events.h"

#include <stdio.h>
#include <stdlib.h>

#include "transport/base/memory.h"

#define EVENTS_START 64
#define EVENTS_MAX 16384

void events_fini(struct event_queue *queue)
{
    free(queue->items);
    *queue = (struct event_queue){0};
}

static void grow(struct event_queue *queue)
{
    size_t capacity = queue->capacity * 2 + EVENTS_START;
    struct router_event *items = mem_array(capacity, sizeof *items);
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) % queue->capacity];
    free(queue->items);
    *queue = (struct event_queue){.items = items, .capacity = capacity, .count = queue->count};
}

struct router_event *events_add(struct event_queue *queue, enum router_event_type type, const char *room)
{
    if (queue->count == queue->capacity && queue->capacity < EVENTS_MAX)
        grow(queue);
    if (queue->count == queue->capacity) {
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
    struct router_event *event = &queue->items[(queue->first + queue->count++) % queue->capacity];
    *event = (struct router_event){.type = type};
    snprintf(event->room, sizeof event->room, "%s", room);
    return event;
}

bool events_take(struct event_queue *queue, struct router_event *event)
{
    if (queue->count == 0)
        return false;
    *event = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return true;
}
