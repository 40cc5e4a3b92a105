/* Messages of data channels that wait to be sent to one participant. Small ones for which there is time to wait go out
 * together, as one frame. Bounded: what does not fit is not taken, and its sender sends it again (PROTOCOL.md, "Data
 * channels"). Private to the core. */
#ifndef HEDDLE_ROUTER_OUT_DATA_QUEUE_H
#define HEDDLE_ROUTER_OUT_DATA_QUEUE_H

#include "transport/wire/envelope.h"

#define DATA_QUEUE_RELIABLE_MAX (128 * 1024) /* bytes, of each reliable policy */
#define DATA_QUEUE_LOSSY_MAX (32 * 1024)

struct data_lane {
    uint8_t *data; /* whole envelopes from `start` to `end`; heap, NULL while empty */
    size_t start, end, capacity;
    size_t frame; /* bytes of the next frame */
};

struct data_queue {
    struct data_lane lanes[3]; /* by policy */
};

void data_queue_fini(struct data_queue *queue); /* it may be used again, and is empty */
/* False: it does not fit. */
bool data_queue_push(struct data_queue *queue, const struct envelope *envelope);
/* The next frame, borrowed until data_queue_pop(), which takes it off. False: nothing waits. */
bool data_queue_front(const struct data_queue *queue, struct span *frame, enum envelope_policy *policy);
void data_queue_pop(struct data_queue *queue);

#endif
