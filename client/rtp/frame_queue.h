/* Frames that wait until a data channel has room for them, in order. Bounded. Pure. */
#ifndef HEDDLE_CLIENT_FRAME_QUEUE_H
#define HEDDLE_CLIENT_FRAME_QUEUE_H

#include "transport/wire/envelope.h"

#define FRAME_QUEUE_MAX (2 << 20)         /* bytes: twice what is sent before it is acknowledged */
#define FRAME_QUEUE_LOSSY_MAX (64 * 1024) /* behind so many a lossy one is not worth sending any more */

struct queued_frame {
    struct queued_frame *next;
    enum envelope_policy policy;
    size_t length;
    uint8_t data[];
};

struct frame_queue { /* zeroed: empty */
    struct queued_frame *first, **last;
    size_t bytes;
};

/* What does not fit is dropped; room_data.h sends reliable messages again. */
void frame_queue_push(struct frame_queue *queue, enum envelope_policy policy, const uint8_t *data, size_t length);
const struct queued_frame *frame_queue_first(const struct frame_queue *queue); /* NULL: empty */
void frame_queue_pop(struct frame_queue *queue);
void frame_queue_clear(struct frame_queue *queue);

#endif
