#include "router/out/data_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

#define CAPACITY_MIN 1024
/* One that is lost must not take others with it: a lossy frame fits a packet of SCTP. */
#define LOSSY_FRAME_MAX 1100
#define LANES (sizeof((struct data_queue *)NULL)->lanes / sizeof(struct data_lane))

static void empty(struct data_lane *lane)
{
    free(lane->data);
    *lane = (struct data_lane){0};
}

void data_queue_clear(struct data_queue *queue)
{
    for (size_t i = 0; i < LANES; i++)
        empty(&queue->lanes[i]);
}

void data_queue_fini(struct data_queue *queue)
{
    data_queue_clear(queue);
    free(queue->held);
    queue->held = NULL;
    queue->held_count = 0;
}

static void make_room(struct data_lane *lane, size_t size, size_t most)
{
    size_t used = lane->end - lane->start;
    if (lane->end + size <= lane->capacity)
        return;
    if (lane->start > 0)
        memmove(lane->data, lane->data + lane->start, used);
    lane->start = 0;
    lane->end = used;
    while (lane->capacity < used + size)
        lane->capacity = lane->capacity == 0 ? CAPACITY_MIN : 2 * lane->capacity;
    lane->capacity = lane->capacity < most ? lane->capacity : most;
    lane->data = mem_resize(lane->data, lane->capacity, 1);
}

/* The next frame takes what fits. It is known at any time: a frame may be asked for often before it can be sent. */
static void find_frame(struct data_lane *lane, size_t index)
{
    size_t most = index == ENVELOPE_LOSSY ? LOSSY_FRAME_MAX : ENVELOPE_PAYLOAD_MAX;
    for (;;) {
        size_t at = lane->start + lane->frame;
        size_t size = at < lane->end ? 2 + (size_t)get_u16(lane->data + at) : 0;
        if (size == 0 || (lane->frame > 0 && lane->frame + size > most))
            return;
        lane->frame += size;
    }
}

bool data_queue_push(struct data_queue *queue, const struct envelope *envelope)
{
    struct data_lane *lane = &queue->lanes[envelope->policy];
    size_t size = envelope_size(envelope);
    size_t most = envelope->policy == ENVELOPE_LOSSY ? DATA_QUEUE_LOSSY_MAX : DATA_QUEUE_RELIABLE_MAX;
    if (lane->end - lane->start + size > most)
        return false;
    make_room(lane, size, most);
    size_t waiting = lane->end - lane->start;
    lane->end += envelope_write(envelope, lane->data + lane->end);
    if (lane->frame == waiting)
        find_frame(lane, envelope->policy);
    return true;
}

/* The lane that is served next; LANES: all are empty. */
static size_t next_lane(const struct data_queue *queue)
{
    for (size_t i = LANES; i-- > 0;) /* what must not wait goes first */
        if (queue->lanes[i].end > queue->lanes[i].start)
            return i;
    return LANES;
}

bool data_queue_front(const struct data_queue *queue, struct span *frame, enum envelope_policy *policy)
{
    size_t index = next_lane(queue);
    if (index == LANES)
        return false;
    *policy = (enum envelope_policy)index;
    *frame = (struct span){queue->lanes[index].data + queue->lanes[index].start, queue->lanes[index].frame};
    return true;
}

void data_queue_pop(struct data_queue *queue)
{
    size_t index = next_lane(queue);
    struct data_lane *lane = &queue->lanes[index];
    lane->start += lane->frame;
    lane->frame = 0;
    if (lane->start == lane->end)
        empty(lane);
    else
        find_frame(lane, index);
}

struct data_held *data_queue_find_held(const struct data_queue *queue, const char *sender)
{
    for (size_t i = 0; i < queue->held_count; i++)
        if (strcmp(queue->held[i].id, sender) == 0)
            return &queue->held[i];
    return NULL;
}

struct data_held *data_queue_hold(struct data_queue *queue, const char *sender)
{
    if (queue->held_count == DATA_QUEUE_HELD_MAX)
        return NULL;
    queue->held = mem_resize(queue->held, queue->held_count + 1, sizeof *queue->held);
    struct data_held *held = &queue->held[queue->held_count++];
    *held = (struct data_held){0};
    snprintf(held->id, sizeof held->id, "%s", sender);
    return held;
}

bool data_queue_release(struct data_queue *queue, struct data_held *held)
{
    if (queue->held_count == 0)
        return false;
    *held = queue->held[--queue->held_count];
    if (queue->held_count == 0) {
        free(queue->held);
        queue->held = NULL;
    }
    return true;
}

size_t data_queue_room(const struct data_queue *queue)
{
    size_t ordered = queue->lanes[ENVELOPE_ORDERED].end - queue->lanes[ENVELOPE_ORDERED].start;
    size_t unordered = queue->lanes[ENVELOPE_UNORDERED].end - queue->lanes[ENVELOPE_UNORDERED].start;
    return DATA_QUEUE_RELIABLE_MAX - (ordered > unordered ? ordered : unordered);
}
