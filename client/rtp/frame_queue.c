#include "client/rtp/frame_queue.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/memory.h"

void frame_queue_push(struct frame_queue *queue, enum envelope_policy policy, const uint8_t *data, size_t length)
{
    size_t most = policy == ENVELOPE_LOSSY ? FRAME_QUEUE_LOSSY_MAX : FRAME_QUEUE_MAX;
    if (queue->bytes + length > most)
        return;
    struct queued_frame *frame = mem_alloc(sizeof *frame + length);
    frame->policy = policy;
    frame->length = length;
    memcpy(frame->data, data, length);
    if (queue->first == NULL)
        queue->last = &queue->first;
    *queue->last = frame;
    queue->last = &frame->next;
    queue->bytes += length;
}

const struct queued_frame *frame_queue_first(const struct frame_queue *queue)
{
    return queue->first;
}

void frame_queue_pop(struct frame_queue *queue)
{
    struct queued_frame *frame = queue->first;
    queue->first = frame->next;
    queue->bytes -= frame->length;
    free(frame);
}

void frame_queue_clear(struct frame_queue *queue)
{
    while (queue->first != NULL)
        frame_queue_pop(queue);
}
