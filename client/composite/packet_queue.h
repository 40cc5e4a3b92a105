/* Packets of libavcodec in the order in which they came, with their sum. Not locked. */
#ifndef HEDDLE_CLIENT_PACKET_QUEUE_H
#define HEDDLE_CLIENT_PACKET_QUEUE_H

#include <libavcodec/packet.h>
#include <stddef.h>

struct packet_queue { /* zeroed: empty */
    struct packet_queue_item *first, *last;
    size_t count, bytes;
};

void packet_queue_put(struct packet_queue *queue, AVPacket *packet); /* takes it */
AVPacket *packet_queue_take(struct packet_queue *queue);             /* the caller's; NULL: none */
void packet_queue_clear(struct packet_queue *queue);

#endif
