#include "tests/sim/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/client_parts.h"
#include "tests/support/rtcp.h"
#include "transport/base/memory.h"

static void sim_client_lines(struct sim_client *client, unsigned count, struct media *media,
                             struct router_receive *receives)
{
    size_t at = 0;
    for (int stream = 0; stream < STREAMS; stream++) {
        struct media *line = &media[at++];
        *line = (struct media){.kind = stream == STREAM_AUDIO ? MEDIA_AUDIO : MEDIA_VIDEO, .receive = true};
        snprintf(line->mid, sizeof line->mid, "up%d", stream);
        line->codec_count = 1;
        line->codecs[0] =
            stream == STREAM_AUDIO
                ? (struct media_codec){CODEC_OPUS, UP_OPUS, MEDIA_PAYLOAD_TYPE_NONE, 48000, 2, .nack = true}
                : (struct media_codec){CODEC_VP8, UP_VP8, UP_RTX, 90000, 1, .nack = true, .pli = true};
        line->extensions.id[EXTENSION_MID] = UP_MID;
        line->extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = UP_TWCC;
        line->extensions.id[EXTENSION_AUDIO_LEVEL] = UP_LEVEL;
        line->rtcp_reduced_size = true;
    }
    for (unsigned other = 0; other < count; other++) {
        for (int stream = 0; stream < STREAMS && other != client->index; stream++) {
            struct media *line = &media[at];
            struct router_receive *receive = &receives[at - STREAMS];
            *line = (struct media){.kind = stream == STREAM_AUDIO ? MEDIA_AUDIO : MEDIA_VIDEO, .send = true};
            snprintf(line->mid, sizeof line->mid, "d%u.%d", other, stream);
            line->codec_count = 1;
            line->codecs[0] =
                stream == STREAM_AUDIO
                    ? (struct media_codec){CODEC_OPUS, DOWN_OPUS, MEDIA_PAYLOAD_TYPE_NONE, 48000, 2, .nack = true}
                    : (struct media_codec){CODEC_VP8, DOWN_VP8, DOWN_RTX, 90000, 1, .nack = true, .pli = true};
            line->extensions.id[EXTENSION_MID] = DOWN_MID;
            line->extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = DOWN_TWCC;
            line->extensions.id[EXTENSION_AUDIO_LEVEL] = DOWN_LEVEL;
            line->rtcp_reduced_size = true;
            line->send_ssrc = 0x10000000u + client->index * 1000 + other * 10 + (unsigned)stream * 2;
            line->send_rtx_ssrc = stream == STREAM_VIDEO ? line->send_ssrc + 1 : 0;
            snprintf(receive->mid, sizeof receive->mid, "%s", line->mid);
            snprintf(receive->publication, sizeof receive->publication, "p%u/%s", other, sources[stream]);
            at++;
        }
    }
}

void sim_client_configure(struct sim_client *client, unsigned count, usec_t now)
{
    size_t lines = STREAMS + (size_t)(count - 1) * STREAMS;
    struct media *media = mem_array(lines, sizeof *media);
    struct router_receive *receives = mem_array(lines, sizeof *receives);
    struct router_send sends[STREAMS];
    size_t send_count = 0;
    sim_client_lines(client, count, media, receives);
    for (int stream = 0; stream < STREAMS; stream++) {
        if (!client->sends[stream])
            continue;
        sends[send_count] = (struct router_send){0};
        snprintf(sends[send_count].mid, sizeof sends[0].mid, "up%d", stream);
        snprintf(sends[send_count++].source, sizeof sends[0].source, "%s", sources[stream]);
    }
    for (size_t i = 0; client->received_count == 0 && i < lines - STREAMS; i++) {
        struct received *received = &client->received[i];
        received->ssrc = media[i + STREAMS].send_ssrc;
        received->rtx_ssrc = media[i + STREAMS].send_rtx_ssrc;
        received->stream = media[i + STREAMS].kind == MEDIA_VIDEO ? STREAM_VIDEO : STREAM_AUDIO;
        snprintf(received->mid, sizeof received->mid, "%s", media[i + STREAMS].mid);
        received->from = (unsigned)strtoul(received->mid + 1, NULL, 10);
        received->nack = nack_new();
        nack_set_rtt(received->nack, 50 * USEC_PER_MSEC);
        received->records = mem_array(RECORDS_MAX + FRAME_MAX, sizeof *received->records);
        receive_stream_init(&received->stats, received->ssrc, clock_rates[received->stream]);
    }
    client->received_count = lines - STREAMS;
    participant_configure(client->participant, media, lines, sends, send_count, receives, lines - STREAMS, now);
    free(media);
    free(receives);
}

void sim_client_init(struct sim_client *client, unsigned index, struct router *router, struct network *network,
                     const struct network_link *up, uint64_t seed)
{
    *client = (struct sim_client){.index = index, .router = router, .network = network, .up = up};
    rng_init(&client->rng, seed + index * 7919);
    client->wall_offset = (int64_t)rng_below(&client->rng, 3600000000) - 1800000000;
    for (int stream = 0; stream < STREAMS; stream++) {
        struct sent *sent = &client->sent[stream];
        sent->stream.ssrc = 100 + (uint32_t)stream * 10; /* the same for everybody: SSRCs belong to a participant */
        sent->stream.payload_type = stream == STREAM_AUDIO ? UP_OPUS : UP_VP8;
        sent->stream.clock_rate = clock_rates[stream];
        sent->stream.sequence = (uint16_t)rng_u32(&client->rng);
        sent->rtx_ssrc = sent->stream.ssrc + 1;
        sent->rtx_sequence = (uint16_t)rng_u32(&client->rng);
        sent->stream.timestamp_start = rng_u32(&client->rng);
        sent->picture = rng_u32(&client->rng) & 0x7fff;
        sent->needs_key = true;
        sent->history = mem_array(SENT_MAX, sizeof *sent->history);
        client->sends[stream] = true;
    }
}

void sim_client_fini(struct sim_client *client)
{
    for (size_t i = 0; i < client->received_count; i++) {
        nack_free(client->received[i].nack);
        free(client->received[i].records);
    }
    for (int stream = 0; stream < STREAMS; stream++)
        free(client->sent[stream].history);
}

void sim_client_join(struct sim_client *client, unsigned count, usec_t now)
{
    char id[PARTICIPANT_ID_MAX + 1];
    snprintf(id, sizeof id, "p%u", client->index);
    if (router_join(client->router, &client->participant, "room", id, (uint64_t)(uintptr_t)client, now) != 0)
        abort();
    client->started = now;
    client->next_audio = now + (usec_t)rng_below(&client->rng, 20000);
    client->next_video = now + (usec_t)rng_below(&client->rng, 50000);
    client->next_report = now + 300 * USEC_PER_MSEC + (usec_t)rng_below(&client->rng, 200000);
    client->next_nack = client->next_pli = now;
    sim_client_configure(client, count, now);
    participant_set_ready(client->participant, true, now);
}

static void sim_client_send_rtcp(struct sim_client *client, const struct rtcp_writer *writer, usec_t now)
{
    if (writer->length > 0)
        network_send(client->network, client->up, client->index, true, true, writer->out, writer->length, now);
}

static void sim_client_report(struct sim_client *client, usec_t now)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    struct rtcp_report_block blocks[24];
    unsigned count = 0;
    rtcp_writer_init(&writer, data, sizeof data);
    for (int stream = 0; stream < STREAMS; stream++)
        if (client->sent[stream].stream.packets > 0)
            published_stream_report(&client->sent[stream].stream, &writer, now - client->started,
                                    WALL_EPOCH + client->wall_offset + now);
    sim_client_send_rtcp(client, &writer, now);
    for (size_t i = 0; i <= client->received_count; i++) {
        if (count == 24 || (i == client->received_count && count > 0)) {
            rtcp_writer_init(&writer, data, sizeof data);
            rtcp_write_rr(&writer, 1, blocks, count);
            sim_client_send_rtcp(client, &writer, now);
            count = 0;
        }
        if (i < client->received_count && client->received[i].started)
            receive_stream_report(&client->received[i].stats, &blocks[count++], now);
    }
}

static void sim_client_send_nacks(struct sim_client *client, usec_t now)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    uint16_t lost[32];
    for (size_t i = 0; i < client->received_count; i++) {
        struct received *received = &client->received[i];
        size_t count = received->started ? nack_due(received->nack, lost, 32, now) : 0;
        if (count == 0)
            continue;
        rtcp_writer_init(&writer, data, sizeof data);
        rtcp_write_nack(&writer, 1, received->ssrc, lost, count);
        sim_client_send_rtcp(client, &writer, now);
    }
}

/* A decoder that has no keyframe asks for one. */
static void sim_client_send_plis(struct sim_client *client, usec_t now)
{
    uint8_t data[64];
    struct rtcp_writer writer;
    for (size_t i = 0; i < client->received_count; i++) {
        const struct received *received = &client->received[i];
        if (!received->started || received->has_key || received->stream != STREAM_VIDEO)
            continue;
        rtcp_writer_init(&writer, data, sizeof data);
        rtcp_write_pli(&writer, 1, received->ssrc);
        sim_client_send_rtcp(client, &writer, now);
    }
}

void sim_client_tick(struct sim_client *client, usec_t now, bool may_send)
{
    static const struct frame_packet audio = {.count = 1, .size = 60};
    for (; now >= client->next_audio; client->next_audio += 20 * USEC_PER_MSEC)
        if (may_send && client->sends[STREAM_AUDIO]) {
            sim_client_send_packet(client, STREAM_AUDIO, &audio, now);
            client->sent[STREAM_AUDIO].frame++;
        }
    for (; now >= client->next_video; client->next_video += 50 * USEC_PER_MSEC)
        if (may_send && client->sends[STREAM_VIDEO])
            sim_client_send_frame(client, now);
    if (now >= client->next_report) {
        client->next_report = now + USEC_PER_SEC;
        sim_client_report(client, now);
    }
    if (now >= client->next_nack) {
        client->next_nack = now + 10 * USEC_PER_MSEC;
        sim_client_send_nacks(client, now);
    }
    if (now >= client->next_pli) {
        client->next_pli = now + 200 * USEC_PER_MSEC;
        sim_client_send_plis(client, now);
    }
}

usec_t sim_client_next(const struct sim_client *client)
{
    return usec_min(usec_min(client->next_audio, client->next_video), usec_min(client->next_report, client->next_nack));
}

static void sim_client_rtcp_packet(struct sim_client *client, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media;
    uint16_t lost[256];
    struct rtcp_report_block block;
    struct rtcp_sender_info info;
    if (packet->type == RTCP_RR)
        for (unsigned i = 0; rtcp_read_report(packet, i, &block) == 0; i++)
            if (sim_client_stream_of(client, block.ssrc) >= 0)
                client->sent[sim_client_stream_of(client, block.ssrc)].reported = true;
    if (packet->type == RTCP_SR && rtcp_read_sr(packet, &info) == 0) {
        struct received *received = sim_client_received(client, info.ssrc);
        if (received != NULL && received->started)
            receive_stream_sr(&received->stats, &info, now);
    }
    if (packet->type < RTCP_RTPFB || rtcp_read_feedback(packet, &sender, &media) != 0)
        return;
    if (packet->type == RTCP_RTPFB && packet->count == RTPFB_TWCC) {
        client->twcc_packets++;
        return;
    }
    int stream = sim_client_stream_of(client, media);
    if (stream < 0)
        client->errors++;
    else if (rtcp_is_pli(packet))
        client->sent[stream].needs_key = true;
    else if (packet->type == RTCP_RTPFB && packet->count == RTPFB_NACK) {
        int count = rtcp_read_nack(packet, lost, 256);
        for (int i = 0; i < count; i++)
            sim_client_resend(client, stream, lost[i], now);
    }
}

void sim_client_rtcp(struct sim_client *client, const uint8_t *data, size_t length, usec_t now)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1)
        sim_client_rtcp_packet(client, &packet, now);
    client->errors += result < 0;
}
