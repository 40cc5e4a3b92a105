#include "router/worker/egress.h"

#include <stdlib.h>
#include <string.h>

#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define ARENA_SIZE (4u << 20)
#define MESSAGES_MAX 256 /* of one participant between two hand-overs */
/* What the kernel takes in one segmented message (UDP_MAX_SEGMENTS, and an IP datagram's length). */
#define SEGMENTS_MAX 64
#define SEGMENTED_BYTES_MAX 64000
#define IMAGES_MAX 64

struct egress_batch {
    struct ice_port *port;
    size_t used;
    size_t message_count;
    struct ice_message messages[MESSAGES_MAX];
    struct packet_image images[IMAGES_MAX]; /* of one participant, before they are sealed */
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

/* The sockets are done with the arena afterwards. */
static void hand_to_kernel(struct egress_batch *batch)
{
    if (batch->port != NULL)
        ice_port_flush(batch->port);
    batch->used = 0;
}

static void hand_to_path(struct egress_batch *batch, struct connection *connection)
{
    if (batch->message_count > 0)
        connection_send(connection, batch->messages, batch->message_count);
    batch->message_count = 0;
}

/* Room for one more datagram of this connection. */
static uint8_t *reserve(struct egress_batch *batch, struct connection *connection)
{
    bool is_full = ARENA_SIZE - batch->used < PACKET_CAPACITY + SRTP_OVERHEAD_MAX;
    if (is_full || batch->message_count == MESSAGES_MAX)
        hand_to_path(batch, connection);
    if (is_full)
        hand_to_kernel(batch);
    return batch->arena + batch->used;
}

/* Whether a datagram of `length` bytes can follow in the same segmented message: all of one size, the last may be
 * shorter. */
static bool fits_last(const struct ice_message *last, const uint8_t *data, size_t length)
{
    size_t segment = last->segment_size > 0 ? last->segment_size : last->length;
    return last->data + last->length == data && last->length % segment == 0 && length <= segment &&
           last->length / segment < SEGMENTS_MAX && last->length + length <= SEGMENTED_BYTES_MAX;
}

static void append(struct egress_batch *batch, size_t length)
{
    uint8_t *data = batch->arena + batch->used;
    struct ice_message *last = batch->message_count > 0 ? &batch->messages[batch->message_count - 1] : NULL;
    if (last != NULL && fits_last(last, data, length)) {
        if (last->segment_size == 0)
            last->segment_size = last->length;
        last->length += length;
    } else {
        batch->messages[batch->message_count++] = (struct ice_message){.data = data, .length = length};
    }
    batch->used += length;
}

static void flush_rtcp(struct egress_batch *batch, struct participant *participant, struct connection *connection)
{
    for (;;) {
        uint8_t *out = reserve(batch, connection);
        size_t length = participant_poll_rtcp(participant, out, PACKET_CAPACITY);
        if (length == 0)
            return;
        if (peer_protect_rtcp(connection_peer(connection), out, &length) == 0)
            append(batch, length);
    }
}

/* How much padding a packet may get to be as large as its neighbours: 6 % more bytes cost less than another message. */
static bool may_pad(const struct packet_image *image, size_t to)
{
    size_t padding = to - image->length;
    return padding == 0 || (image->padding == 0 && padding <= UINT8_MAX && padding <= to / 16);
}

/* The end of the run that begins at `first` and becomes one message: all of the largest size, the last may be smaller.
 */
static size_t find_run(const struct packet_image *images, size_t first, size_t count, size_t *largest)
{
    size_t end = first + 1;
    *largest = images[first].length;
    for (; end < count && end - first < SEGMENTS_MAX; end++) {
        size_t length = images[end].length;
        size_t wanted = length > *largest ? length : *largest;
        for (size_t i = first; i < end; i++)
            if (!may_pad(&images[i], wanted))
                return end;
        *largest = wanted;
        if (!may_pad(&images[end], wanted))
            return end + 1;
    }
    return end;
}

static void even_out(struct packet_image *images, size_t count)
{
    size_t largest;
    for (size_t first = 0, end; first < count; first = end) {
        end = find_run(images, first, count, &largest);
        for (size_t i = first; i + 1 < end; i++)
            packet_image_pad(&images[i], (uint8_t)(largest - images[i].length));
    }
}

static void seal(struct egress_batch *batch, struct connection *connection, const struct packet_image *image)
{
    uint8_t *out = reserve(batch, connection);
    size_t length;
    struct packet_window *stream = connection_seal_stream(connection, get_u32(image->header + 8));
    if (peer_seal_rtp(connection_peer(connection), stream, image->header, image->header_length, image->parts,
                      image->part_count, out, PACKET_CAPACITY + SRTP_OVERHEAD_MAX, &length) == 0)
        append(batch, length);
}

static void flush_rtp(struct egress_batch *batch, struct participant *participant, struct connection *connection,
                      usec_t now)
{
    const struct egress *items;
    size_t total = participant_egress(participant, &items, now);
    for (size_t at = 0; at < total;) {
        size_t count = 0;
        for (; at < total && count < IMAGES_MAX; at++)
            count += participant_image(participant, &items[at], &batch->images[count], now) == 0;
        even_out(batch->images, count);
        for (size_t i = 0; i < count; i++)
            seal(batch, connection, &batch->images[i]);
    }
    participant_sent(participant, now);
}

void egress_flush(struct egress_batch *batch, const struct connection_host *host, usec_t now)
{
    struct participant *participant;
    int64_t before = clock_now_ns();
    while ((participant = router_poll(host->router)) != NULL) {
        struct connection *connection = connection_of(host, participant);
        flush_rtp(batch, participant, connection, now);
        flush_rtcp(batch, participant, connection);
        hand_to_path(batch, connection);
        int64_t after = clock_now_ns();
        connection_charge(connection, after - before);
        before = after;
    }
    hand_to_kernel(batch);
}

void egress_hand_over(struct egress_batch *batch)
{
    if (batch->used > 0)
        hand_to_kernel(batch);
}

void egress_datagram(struct egress_batch *batch, struct connection *connection, const uint8_t *data, size_t length)
{
    uint8_t *out = reserve(batch, connection);
    memcpy(out, data, length);
    append(batch, length);
    hand_to_path(batch, connection);
}
