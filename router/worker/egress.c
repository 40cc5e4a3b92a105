#include "router/worker/egress.h"

#include <stdlib.h>
#include <string.h>

#include "router/worker/egress_runs.h"
#include "transport/base/memory.h"
#include "transport/peer/srtp_keys.h"

#define ARENA_SIZE (4u << 20)
#define MESSAGES_MAX 256 /* for one outlet, before they are handed over */

struct egress_batch {
    struct ice_port *port;
    size_t used;
    size_t message_count;
    struct ice_message messages[MESSAGES_MAX];
    struct packet_image images[EGRESS_BURST]; /* of one participant, before they are protected */
    uint8_t arena[ARENA_SIZE];
};

struct egress_batch *egress_new(struct ice_port *port)
{
    struct egress_batch *batch = mem_alloc(sizeof *batch);
    batch->port = port;
    return batch;
}

void egress_free(struct egress_batch *batch)
{
    free(batch);
}

/* Afterwards the sockets do not use the arena any more. */
void egress_hand_over(struct egress_batch *batch)
{
    if (batch->port != NULL)
        ice_port_flush(batch->port);
    batch->used = 0;
}

static void hand_to_path(struct egress_batch *batch, struct egress_outlet *outlet)
{
    if (batch->message_count > 0)
        outlet->ops->send(outlet, batch->messages, batch->message_count);
    batch->message_count = 0;
}

/* Room for one more datagram of this outlet. */
static uint8_t *reserve(struct egress_batch *batch, struct egress_outlet *outlet)
{
    bool is_full = ARENA_SIZE - batch->used < PACKET_CAPACITY + SRTP_OVERHEAD_MAX;
    if (is_full || batch->message_count == MESSAGES_MAX)
        hand_to_path(batch, outlet);
    if (is_full)
        egress_hand_over(batch);
    return batch->arena + batch->used;
}

static void append(struct egress_batch *batch, size_t length)
{
    uint8_t *data = batch->arena + batch->used;
    struct ice_message *last = batch->message_count > 0 ? &batch->messages[batch->message_count - 1] : NULL;
    if (last == NULL || !egress_join(last, data, length))
        batch->messages[batch->message_count++] = (struct ice_message){.data = data, .length = length};
    batch->used += length;
}

static void flush_rtcp(struct egress_batch *batch, struct participant *participant, struct egress_outlet *outlet)
{
    for (;;) {
        uint8_t *out = reserve(batch, outlet);
        size_t length = participant_poll_rtcp(participant, out, PACKET_CAPACITY);
        if (length == 0)
            return;
        if (outlet->ops->protect_rtcp(outlet, out, &length) == 0)
            append(batch, length);
    }
}

static void protect(struct egress_batch *batch, struct egress_outlet *outlet, const struct packet_image *image)
{
    uint8_t *out = reserve(batch, outlet);
    size_t length;
    if (outlet->ops->protect_rtp(outlet, image, out, PACKET_CAPACITY + SRTP_OVERHEAD_MAX, &length) == 0)
        append(batch, length);
}

static void flush_rtp(struct egress_batch *batch, struct participant *participant, struct egress_outlet *outlet,
                      usec_t now)
{
    const struct egress *items;
    size_t total = participant_egress(participant, &items, now), count = 0;
    for (size_t i = 0; i < total; i++)
        count += participant_image(participant, &items[i], &batch->images[count], now) == 0;
    egress_even_out(batch->images, count);
    for (size_t i = 0; i < count; i++)
        protect(batch, outlet, &batch->images[i]);
    participant_sent(participant);
}

void egress_flush(struct egress_batch *batch, struct participant *participant, struct egress_outlet *outlet, usec_t now)
{
    flush_rtp(batch, participant, outlet, now);
    flush_rtcp(batch, participant, outlet);
    hand_to_path(batch, outlet);
}

void egress_datagram(struct egress_batch *batch, struct egress_outlet *outlet, const uint8_t *data, size_t length)
{
    uint8_t *out = reserve(batch, outlet);
    memcpy(out, data, length);
    append(batch, length);
}

void egress_datagrams_end(struct egress_batch *batch, struct egress_outlet *outlet)
{
    hand_to_path(batch, outlet);
}
