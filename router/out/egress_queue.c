#include "router/out/egress_queue.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"
#include "transport/hop/repair_window.h"

#define EGRESS_MAX 8192
#define EGRESS_LEAST 16
#define TRIM_INTERVAL (1 * USEC_PER_SEC)
#define TOGETHER_MAX 16 /* more would save little, and hold up more */

_Static_assert(EGRESS_MAX >= REPAIR_WINDOW, "what a late first packet of a keyframe held up goes out at once");

void egress_queue_init(struct egress_queue *queue, struct agenda_entry *agenda)
{
    *queue = (struct egress_queue){.agenda = agenda};
}

void egress_queue_clear(struct egress_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        packet_release(queue->items[i].packet);
    queue->count = 0;
}

void egress_queue_fini(struct egress_queue *queue)
{
    egress_queue_clear(queue);
    free(queue->items);
}

static void resize(struct egress_queue *queue, size_t capacity)
{
    queue->capacity = capacity;
    queue->items = mem_resize(queue->items, capacity, sizeof *queue->items);
}

/* A keyframe, or what a slot begins with, needs far more places than what comes then. Twice what was needed lately
 * stays, so that nothing grows and shrinks by turns. */
static void trim(struct egress_queue *queue, usec_t now)
{
    size_t capacity = queue->capacity;
    if (now < queue->trim_at)
        return;
    while (capacity > EGRESS_LEAST && queue->most <= capacity / 4)
        capacity /= 2;
    if (capacity < queue->capacity)
        resize(queue, capacity);
    queue->most = queue->count;
    queue->trim_at = now + TRIM_INTERVAL;
}

struct egress *egress_queue_add(struct egress_queue *queue, bool more_follows)
{
    if (queue->count == queue->capacity) {
        if (queue->capacity >= EGRESS_MAX) {
            queue->drops++;
            return NULL;
        }
        resize(queue, queue->capacity > 0 ? queue->capacity * 2 : EGRESS_LEAST);
    }
    struct egress *item = &queue->items[queue->count++];
    if (queue->count > queue->most)
        queue->most = queue->count;
    *item = (struct egress){0};
    agenda_wake(queue->agenda);
    if (more_follows && queue->count < TOGETHER_MAX)
        agenda_hold(queue->agenda);
    else
        agenda_mark(queue->agenda);
    return item;
}

void egress_queue_forget(struct egress_queue *queue, const struct slot *slot)
{
    size_t kept = 0;
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->items[i].slot == slot)
            packet_release(queue->items[i].packet);
        else
            queue->items[kept++] = queue->items[i];
    }
    queue->count = kept;
}

size_t egress_queue_take(struct egress_queue *queue, const struct egress **items, uint64_t pace_bps, usec_t now)
{
    trim(queue, now);
    *items = queue->items;
    queue->handed = pacer_take(&queue->pacer, queue->items, queue->count, pace_bps, now);
    return queue->handed;
}

void egress_queue_sent(struct egress_queue *queue)
{
    for (size_t i = 0; i < queue->handed; i++)
        packet_release(queue->items[i].packet);
    queue->count -= queue->handed;
    if (queue->count > 0) {
        memmove(queue->items, queue->items + queue->handed, queue->count * sizeof *queue->items);
        agenda_wake_by(queue->agenda, pacer_next(&queue->pacer));
    }
    queue->handed = 0;
}

usec_t egress_queue_next(const struct egress_queue *queue)
{
    return queue->count > 0 ? pacer_next(&queue->pacer) : USEC_NEVER;
}
