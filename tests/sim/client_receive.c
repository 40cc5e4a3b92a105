#include <string.h>

#include "tests/sim/client_parts.h"
#include "transport/base/bytes.h"

struct received *sim_client_received(struct sim_client *client, uint32_t ssrc)
{
    for (size_t i = 0; i < client->received_count; i++)
        if (client->received[i].ssrc == ssrc || (client->received[i].rtx_ssrc == ssrc && ssrc != 0))
            return &client->received[i];
    return NULL;
}

static bool sim_client_parse(const struct received *received, const struct viewed_packet *packet, struct record *record)
{
    const uint8_t *payload = packet->payload;
    size_t length = packet->payload_length;
    *record = (struct record){.is_here = true, .marker = packet->rtp.marker, .timestamp = packet->rtp.timestamp};
    if (received->stream == STREAM_VIDEO) {
        if (length < 16 || payload[1] != 0xe0)
            return false;
        record->picture = get_u16(payload + 2) & 0x7fff;
        record->tl0 = payload[4];
        payload += 16;
        length -= 16;
    }
    if (length < 23 || get_u32(payload) != MARK || get_u32(payload + 4) != received->from)
        return false;
    record->frame = get_u32(payload + 8);
    record->index = payload[12];
    record->count = payload[13];
    record->is_key = payload[14];
    record->captured = (int64_t)get_u64(payload + 15);
    return true;
}

static bool sim_client_same(const struct record *a, const struct record *b)
{
    return a->frame == b->frame && a->index == b->index && a->timestamp == b->timestamp && a->picture == b->picture &&
           a->tl0 == b->tl0 && a->marker == b->marker;
}

/* Whether a keyframe begins at `number`, and all of it is here. */
bool sim_client_has_key(const struct received *received, int64_t number)
{
    const struct record *first = received->records + (number > received->first ? number - received->first : 0);
    if (!first->is_here || !first->is_key || first->index != 0)
        return false;
    for (unsigned i = 1; i < first->count; i++)
        if (!first[i].is_here || first[i].frame != first->frame)
            return false;
    return true;
}

static void sim_client_store(struct received *received, const struct record *record, const struct viewed_packet *packet,
                             usec_t now)
{
    if (!received->started) {
        received->started = true;
        received->first = received->highest = packet->sequence;
        /* A late packet may still come before the first. */
        received->first -= 16;
    }
    int64_t number = seq_extend(packet->sequence, received->highest);
    if (number < received->first || number - received->first >= RECORDS_MAX) {
        received->foreign++;
        return;
    }
    struct record *place = &received->records[number - received->first];
    if (place->is_here) {
        received->contradictions += !sim_client_same(place, record);
        return;
    }
    *place = *record;
    received->has_key = received->has_key || sim_client_has_key(received, number - record->index);
    received->recovered += packet->is_rtx || number < received->highest;
    if (number > received->highest)
        received->highest = number;
    receive_stream_packet(&received->stats, packet->sequence, record->timestamp, packet->rtp.payload_length,
                          packet->is_rtx, now);
    nack_packet(received->nack, number, now);
}

void sim_client_rtp(struct sim_client *client, const uint8_t *data, size_t length, usec_t now)
{
    static const struct extension_map ids = {.id = {[EXTENSION_MID] = DOWN_MID,
                                                    [EXTENSION_TRANSPORT_SEQUENCE] = DOWN_TWCC,
                                                    [EXTENSION_AUDIO_LEVEL] = DOWN_LEVEL}};
    struct viewed_packet packet;
    struct record record;
    struct received *received = NULL;
    if (viewed_packet_read(&packet, &ids, DOWN_RTX, data, length) == 0)
        received = sim_client_received(client, packet.rtp.ssrc);
    if (received == NULL) {
        client->errors++;
        return;
    }
    bool is_audio = received->stream == STREAM_AUDIO;
    bool is_fine = packet.is_rtx ? packet.rtp.ssrc == received->rtx_ssrc
                                 : packet.rtp.ssrc == received->ssrc &&
                                       packet.rtp.payload_type == (is_audio ? DOWN_OPUS : DOWN_VP8);
    is_fine = is_fine && packet.transport_sequence >= 0 &&
              (packet.mid[0] == '\0' ? received->started : strcmp(packet.mid, received->mid) == 0) &&
              (!is_audio || packet.audio_level >= 0);
    if (!is_fine || !sim_client_parse(received, &packet, &record))
        client->errors++;
    else
        sim_client_store(received, &record, &packet, now);
}
