/* Messages of data channels that wait to be sent to one participant. Small ones for which there is time to wait go out
 * together, as one frame. Bounded: what does not fit is not taken, and its sender is told when to send it again
 * (PROTOCOL.md, "Data channels"). Private to the core. */
#ifndef HEDDLE_ROUTER_OUT_DATA_QUEUE_H
#define HEDDLE_ROUTER_OUT_DATA_QUEUE_H

#include "transport/wire/envelope.h"

#define DATA_QUEUE_RELIABLE_MAX (128 * 1024) /* bytes, of each reliable policy */
#define DATA_QUEUE_LOSSY_MAX (32 * 1024)
#define DATA_QUEUE_HELD_MAX 256 /* senders; others that find it full try again by themselves */

struct data_lane {
    uint8_t *data; /* whole envelopes from `start` to `end`; heap, NULL while empty */
    size_t start, end, capacity;
    size_t frame; /* bytes of the next frame */
};

/* A sender of whom something reliable did not fit: what it sends after that would come in vain, and is not taken before
 * it has been told that there is room. */
struct data_held {
    char id[PARTICIPANT_ID_MAX + 1];
    uint32_t first[ENVELOPE_SERIES]; /* the lowest number that was not taken; 0: all were */
};

struct data_queue {
    struct data_lane lanes[3]; /* by policy */
    struct data_held *held;    /* heap */
    size_t held_count;
};

void data_queue_fini(struct data_queue *queue);  /* it may be used again, and is empty */
void data_queue_clear(struct data_queue *queue); /* what waits is dropped, senders stay held */
/* False: it does not fit. */
bool data_queue_push(struct data_queue *queue, const struct envelope *envelope);
/* The next frame, borrowed until data_queue_pop(), which takes it off. False: nothing waits. */
bool data_queue_front(const struct data_queue *queue, struct span *frame, enum envelope_policy *policy);
void data_queue_pop(struct data_queue *queue);

/* Borrowed until one is held or released; NULL: it is not held. */
struct data_held *data_queue_find_held(const struct data_queue *queue, const char *sender);
/* NULL: there are too many. */
struct data_held *data_queue_hold(struct data_queue *queue, const char *sender);
/* Takes off the sender that was held last; false: none is held. */
bool data_queue_release(struct data_queue *queue, struct data_held *held);
/* Bytes of reliable messages that there is room for. */
size_t data_queue_room(const struct data_queue *queue);

#endif
