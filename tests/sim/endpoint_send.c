#include <stdio.h>
#include <string.h>

#include "tests/sim/endpoint_parts.h"
#include "tests/support/vp8.h"
#include "transport/base/bytes.h"

uint32_t endpoint_timestamp(const struct endpoint *endpoint, int stream, usec_t now)
{
    int64_t ticks = (now - endpoint->started) * (int64_t)clock_rates[stream] / USEC_PER_SEC;
    return endpoint->sent[stream].timestamp_start + (uint32_t)ticks;
}

static void endpoint_transmit(struct endpoint *endpoint, const uint8_t *data, size_t length, usec_t now)
{
    network_send(endpoint->network, endpoint->up, endpoint->index, true, false, data, length, now);
}

/* Header and extensions, and space for the transport sequence number, which is put in when the packet is sent. */
static size_t endpoint_header(struct endpoint *endpoint, int stream, uint8_t *out, bool marker, uint32_t timestamp)
{
    struct sent *sent = &endpoint->sent[stream];
    struct rtp_header header = {.marker = marker,
                                .payload_type = stream == STREAM_AUDIO ? UP_OPUS : UP_VP8,
                                .sequence = sent->sequence,
                                .timestamp = timestamp,
                                .ssrc = sent->ssrc};
    struct extension_writer writer;
    uint8_t value[2];
    char mid[8];
    rtp_write_fixed(out, &header, true);
    extension_writer_init(&writer, out + RTP_HEADER_SIZE, 64, false);
    put_u16(value, endpoint->transport_sequence++);
    extension_write(&writer, UP_TWCC, value, 2);
    snprintf(mid, sizeof mid, "up%d", stream);
    if (!sent->reported)
        extension_write(&writer, UP_MID, mid, strlen(mid));
    value[0] = (uint8_t)(0x80 | (endpoint->index * 4));
    if (stream == STREAM_AUDIO)
        extension_write(&writer, UP_LEVEL, value, 1);
    return RTP_HEADER_SIZE + extension_writer_finish(&writer);
}

void endpoint_send_packet(struct endpoint *endpoint, int stream, const struct shape *shape, usec_t now)
{
    struct sent *sent = &endpoint->sent[stream];
    struct sent_packet *packet = &sent->history[sent->sequence % SENT_MAX];
    uint8_t *at = packet->data;
    bool is_last = shape->index + 1 == shape->count;
    at += endpoint_header(endpoint, stream, at, stream == STREAM_VIDEO && is_last,
                          endpoint_timestamp(endpoint, stream, now));
    uint8_t *payload = at;
    if (stream == STREAM_VIDEO) {
        bool first = shape->index == 0;
        struct vp8_descriptor descriptor = {.is_start = first,
                                            .is_needless = shape->temporal != 0,
                                            .has_picture = true,
                                            .picture = (uint16_t)sent->picture,
                                            .has_layers = true,
                                            .tl0 = (uint8_t)sent->tl0,
                                            .temporal = (uint8_t)shape->temporal};
        at += vp8_write_descriptor(at, &descriptor);
        at += vp8_write_head(at, first && shape->is_key, 320, 240);
    }
    put_u32(at, MARK);
    put_u32(at + 4, endpoint->index);
    put_u32(at + 8, sent->frame);
    at[12] = (uint8_t)shape->index;
    at[13] = (uint8_t)shape->count;
    at[14] = shape->is_key;
    put_u64(at + 15, (uint64_t)now);
    at += 23;
    memset(at, (int)sent->frame, shape->size);
    at += shape->size;
    packet->length = (uint16_t)(at - packet->data);
    sent->packets++;
    sent->bytes += (uint32_t)(at - payload);
    sent->sequence++;
    endpoint_transmit(endpoint, packet->data, packet->length, now);
}

void endpoint_send_frame(struct endpoint *endpoint, usec_t now)
{
    static const unsigned temporal[] = {0, 2, 1, 2};
    struct sent *sent = &endpoint->sent[STREAM_VIDEO];
    struct shape shape = {.is_key = sent->wants_key};
    sent->wants_key = false;
    sent->keyframes += shape.is_key;
    shape.temporal = shape.is_key ? 0 : temporal[sent->frame % 4];
    shape.count = shape.is_key ? FRAME_MAX : 2 + (unsigned)rng_below(&endpoint->rng, 3);
    shape.size = 100 + rng_below(&endpoint->rng, 200);
    sent->tl0 += shape.temporal == 0;
    for (; shape.index < shape.count; shape.index++)
        endpoint_send_packet(endpoint, STREAM_VIDEO, &shape, now);
    sent->frame++;
    sent->picture++;
}

int endpoint_stream_of(const struct endpoint *endpoint, uint32_t ssrc)
{
    for (int stream = 0; stream < STREAMS; stream++)
        if (endpoint->sent[stream].ssrc == ssrc)
            return stream;
    return -1;
}

/* Video is resent by RTX, audio as it is. */
void endpoint_resend(struct endpoint *endpoint, int stream, uint16_t sequence, usec_t now)
{
    struct sent *sent = &endpoint->sent[stream];
    const struct sent_packet *old = &sent->history[sequence % SENT_MAX];
    uint8_t data[1400];
    struct rtp_header header;
    if (old->length == 0 || get_u16(old->data + 2) != sequence || rtp_parse(&header, old->data, old->length) != 0)
        return;
    sent->resent++;
    if (stream == STREAM_AUDIO) {
        endpoint_transmit(endpoint, old->data, old->length, now);
        return;
    }
    memcpy(data, old->data, header.payload_offset);
    data[1] = (uint8_t)((data[1] & 0x80) | UP_RTX);
    put_u16(data + 2, sent->rtx_sequence++);
    put_u32(data + 8, sent->rtx_ssrc);
    put_u16(data + header.payload_offset, sequence);
    memcpy(data + header.payload_offset + 2, old->data + header.payload_offset, header.payload_length);
    endpoint_transmit(endpoint, data, (size_t)old->length + 2, now);
}
