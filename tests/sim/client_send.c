#include <string.h>

#include "tests/sim/client_parts.h"
#include "transport/base/bytes.h"

static void sim_client_transmit(struct sim_client *client, const uint8_t *data, size_t length, usec_t now)
{
    network_send(client->network, client->up, client->index, true, false, data, length, now);
}

static size_t sim_client_payload(const struct sim_client *client, int stream, const struct frame_packet *packet,
                                 uint8_t *out, usec_t now)
{
    put_u32(out, MARK);
    put_u32(out + 4, client->index);
    put_u32(out + 8, client->sent[stream].frame);
    out[12] = (uint8_t)packet->index;
    out[13] = (uint8_t)packet->count;
    out[14] = packet->is_key;
    put_u64(out + 15, (uint64_t)now);
    memset(out + NOTE_SIZE, (int)client->sent[stream].frame, packet->size);
    return NOTE_SIZE + packet->size;
}

void sim_client_send_packet(struct sim_client *client, int stream, const struct frame_packet *packet, usec_t now)
{
    static const char *const mids[STREAMS] = {"up0", "up1"};
    struct sent *sent = &client->sent[stream];
    struct sent_packet *kept = &sent->history[sent->stream.sequence % SENT_MAX];
    uint8_t data[PACKET_CAPACITY];
    bool is_video = stream == STREAM_VIDEO, is_first = packet->index == 0;
    kept->packet = (struct published_packet){
        .marker = is_video && packet->index + 1 == packet->count,
        .ids = {{[EXTENSION_MID] = UP_MID,
                 [EXTENSION_TRANSPORT_SEQUENCE] = UP_TWCC,
                 [EXTENSION_AUDIO_LEVEL] = is_video ? 0 : UP_LEVEL}},
        .mid = sent->reported ? NULL : mids[stream],
        .audio_level = (uint8_t)(0x80 | (client->index * 4)),
        .transport_sequence = client->transport_sequence++,
        .is_vp8 = is_video,
        .vp8 = {.is_start = is_first,
                .is_needless = packet->temporal != 0,
                .has_picture = true,
                .picture = (uint16_t)sent->picture,
                .has_layers = true,
                .tl0 = (uint8_t)sent->tl0,
                .temporal = (uint8_t)packet->temporal,
                .is_key = is_first && packet->is_key},
        .payload = {.data = kept->payload, .length = sim_client_payload(client, stream, packet, kept->payload, now)}};
    size_t length = published_stream_write(&sent->stream, data, &kept->packet, now - client->started);
    sim_client_transmit(client, data, length, now);
}

void sim_client_send_frame(struct sim_client *client, usec_t now)
{
    static const unsigned temporal[] = {0, 2, 1, 2};
    struct sent *sent = &client->sent[STREAM_VIDEO];
    struct frame_packet packet = {.is_key = sent->needs_key};
    sent->needs_key = false;
    sent->keyframes += packet.is_key;
    packet.temporal = packet.is_key ? 0 : temporal[sent->frame % 4];
    packet.count = packet.is_key ? FRAME_MAX : 2 + (unsigned)rng_below(&client->rng, 3);
    packet.size = 100 + rng_below(&client->rng, 200);
    sent->tl0 += packet.temporal == 0;
    for (; packet.index < packet.count; packet.index++)
        sim_client_send_packet(client, STREAM_VIDEO, &packet, now);
    sent->frame++;
    sent->picture++;
}

int sim_client_stream_of(const struct sim_client *client, uint32_t ssrc)
{
    for (int stream = 0; stream < STREAMS; stream++)
        if (client->sent[stream].stream.ssrc == ssrc)
            return stream;
    return -1;
}

/* Video is resent by RTX, audio as it is. */
void sim_client_resend(struct sim_client *client, int stream, uint16_t sequence, usec_t now)
{
    struct sent *sent = &client->sent[stream];
    struct published_packet packet = sent->history[sequence % SENT_MAX].packet;
    uint8_t data[PACKET_CAPACITY];
    if (packet.ssrc == 0 || packet.sequence != sequence)
        return;
    sent->resent++;
    if (stream == STREAM_VIDEO)
        packet = published_packet_rtx(&packet, sent->rtx_ssrc, UP_RTX, sent->rtx_sequence++);
    sim_client_transmit(client, data, published_packet_write(data, &packet), now);
}
