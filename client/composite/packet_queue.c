#include "client/composite/packet_queue.h"

#include <stdlib.h>

#include "transport/base/memory.h"

struct packet_queue_item {
    AVPacket *packet;
    struct packet_queue_item *next;
};

void packet_queue_put(struct packet_queue *queue, AVPacket *packet)
{
    struct packet_queue_item *item = mem_alloc(sizeof *item);
    item->packet = packet;
    if (queue->last != NULL)
        queue->last->next = item;
    else
        queue->first = item;
    queue->last = item;
    queue->count++;
    queue->bytes += (size_t)packet->size;
}

AVPacket *packet_queue_take(struct packet_queue *queue)
{
    struct packet_queue_item *item = queue->first;
    if (item == NULL)
        return NULL;
    AVPacket *packet = item->packet;
    queue->first = item->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    queue->bytes -= (size_t)packet->size;
    free(item);
    return packet;
}

void packet_queue_clear(struct packet_queue *queue)
{
    for (AVPacket *packet; (packet = packet_queue_take(queue)) != NULL;)
        av_packet_free(&packet);
}
