#include <string.h>

#include "tests/sim/endpoint_parts.h"
#include "transport/base/bytes.h"

static void endpoint_transmit(struct endpoint *endpoint, const uint8_t *data, size_t length, usec_t now)
{
    network_send(endpoint->network, endpoint->up, endpoint->index, true, false, data, length, now);
}

static size_t endpoint_payload(const struct endpoint *endpoint, int stream, const struct shape *shape, uint8_t *out,
                               usec_t now)
{
    put_u32(out, MARK);
    put_u32(out + 4, endpoint->index);
    put_u32(out + 8, endpoint->sent[stream].frame);
    out[12] = (uint8_t)shape->index;
    out[13] = (uint8_t)shape->count;
    out[14] = shape->is_key;
    put_u64(out + 15, (uint64_t)now);
    memset(out + NOTE_SIZE, (int)endpoint->sent[stream].frame, shape->size);
    return NOTE_SIZE + shape->size;
}

void endpoint_send_packet(struct endpoint *endpoint, int stream, const struct shape *shape, usec_t now)
{
    static const char *const mids[STREAMS] = {"up0", "up1"};
    struct sent *sent = &endpoint->sent[stream];
    struct sent_packet *kept = &sent->history[sent->stream.sequence % SENT_MAX];
    uint8_t data[PACKET_CAPACITY];
    bool is_video = stream == STREAM_VIDEO, is_first = shape->index == 0;
    kept->packet = (struct published_packet){
        .marker = is_video && shape->index + 1 == shape->count,
        .ids = {{[EXTENSION_MID] = UP_MID,
                 [EXTENSION_TRANSPORT_SEQUENCE] = UP_TWCC,
                 [EXTENSION_AUDIO_LEVEL] = is_video ? 0 : UP_LEVEL}},
        .mid = sent->reported ? NULL : mids[stream],
        .audio_level = (uint8_t)(0x80 | (endpoint->index * 4)),
        .transport_sequence = endpoint->transport_sequence++,
        .vp8 = {.is_here = is_video,
                .is_start = is_first,
                .is_needless = shape->temporal != 0,
                .has_picture = true,
                .picture = (uint16_t)sent->picture,
                .has_layers = true,
                .tl0 = (uint8_t)sent->tl0,
                .temporal = (uint8_t)shape->temporal,
                .is_key = is_first && shape->is_key},
        .payload = {.data = kept->payload, .length = endpoint_payload(endpoint, stream, shape, kept->payload, now)}};
    size_t length = published_stream_write(&sent->stream, data, &kept->packet, now - endpoint->started);
    endpoint_transmit(endpoint, data, length, now);
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
        if (endpoint->sent[stream].stream.ssrc == ssrc)
            return stream;
    return -1;
}

/* Video is resent by RTX, audio as it is. */
void endpoint_resend(struct endpoint *endpoint, int stream, uint16_t sequence, usec_t now)
{
    struct sent *sent = &endpoint->sent[stream];
    struct published_packet packet = sent->history[sequence % SENT_MAX].packet;
    uint8_t data[PACKET_CAPACITY];
    if (packet.ssrc == 0 || packet.sequence != sequence)
        return;
    sent->resent++;
    if (stream == STREAM_VIDEO)
        packet = published_packet_repair(&packet, sent->rtx_ssrc, UP_RTX, sent->rtx_sequence++);
    endpoint_transmit(endpoint, data, published_packet_write(data, &packet), now);
}
