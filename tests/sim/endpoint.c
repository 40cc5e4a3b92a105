#include "tests/sim/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/endpoint_parts.h"
#include "tests/support/rtcp.h"
#include "transport/base/memory.h"

static void endpoint_lines(struct endpoint *endpoint, unsigned count, struct media *media,
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
        for (int stream = 0; stream < STREAMS && other != endpoint->index; stream++) {
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
            line->send_ssrc = 0x10000000u + endpoint->index * 1000 + other * 10 + (unsigned)stream * 2;
            line->send_rtx_ssrc = stream == STREAM_VIDEO ? line->send_ssrc + 1 : 0;
            snprintf(receive->mid, sizeof receive->mid, "%s", line->mid);
            snprintf(receive->publication, sizeof receive->publication, "p%u/%s", other, sources[stream]);
            at++;
        }
    }
}

void endpoint_configure(struct endpoint *endpoint, unsigned count, usec_t now)
{
    size_t lines = STREAMS + (size_t)(count - 1) * STREAMS;
    struct media *media = mem_array(lines, sizeof *media);
    struct router_receive *receives = mem_array(lines, sizeof *receives);
    struct router_send sends[STREAMS];
    size_t send_count = 0;
    endpoint_lines(endpoint, count, media, receives);
    for (int stream = 0; stream < STREAMS; stream++) {
        if (!endpoint->sends[stream])
            continue;
        sends[send_count] = (struct router_send){0};
        snprintf(sends[send_count].mid, sizeof sends[0].mid, "up%d", stream);
        snprintf(sends[send_count++].source, sizeof sends[0].source, "%s", sources[stream]);
    }
    for (size_t i = 0; endpoint->received_count == 0 && i < lines - STREAMS; i++) {
        struct received *received = &endpoint->received[i];
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
    endpoint->received_count = lines - STREAMS;
    participant_configure(endpoint->participant, media, lines, sends, send_count, receives, lines - STREAMS, now);
    free(media);
    free(receives);
}

void endpoint_init(struct endpoint *endpoint, unsigned index, struct router *router, struct network *network,
                   const struct network_link *up, uint64_t seed)
{
    *endpoint = (struct endpoint){.index = index, .router = router, .network = network, .up = up};
    rng_init(&endpoint->rng, seed + index * 7919);
    endpoint->wall_offset = (int64_t)rng_below(&endpoint->rng, 3600000000) - 1800000000;
    for (int stream = 0; stream < STREAMS; stream++) {
        struct sent *sent = &endpoint->sent[stream];
        sent->stream.ssrc = 100 + (uint32_t)stream * 10; /* the same for everybody: SSRCs belong to a participant */
        sent->stream.payload_type = stream == STREAM_AUDIO ? UP_OPUS : UP_VP8;
        sent->stream.clock_rate = clock_rates[stream];
        sent->stream.sequence = (uint16_t)rng_u32(&endpoint->rng);
        sent->rtx_ssrc = sent->stream.ssrc + 1;
        sent->rtx_sequence = (uint16_t)rng_u32(&endpoint->rng);
        sent->stream.timestamp_start = rng_u32(&endpoint->rng);
        sent->picture = rng_u32(&endpoint->rng) & 0x7fff;
        sent->wants_key = true;
        sent->history = mem_array(SENT_MAX, sizeof *sent->history);
        endpoint->sends[stream] = true;
    }
}

void endpoint_fini(struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->received_count; i++) {
        nack_free(endpoint->received[i].nack);
        free(endpoint->received[i].records);
    }
    for (int stream = 0; stream < STREAMS; stream++)
        free(endpoint->sent[stream].history);
}

void endpoint_join(struct endpoint *endpoint, unsigned count, usec_t now)
{
    char id[PARTICIPANT_ID_MAX + 1];
    snprintf(id, sizeof id, "p%u", endpoint->index);
    if (router_join(endpoint->router, &endpoint->participant, "room", id, (uint64_t)(uintptr_t)endpoint, now) != 0)
        abort();
    endpoint->started = now;
    endpoint->next_audio = now + (usec_t)rng_below(&endpoint->rng, 20000);
    endpoint->next_video = now + (usec_t)rng_below(&endpoint->rng, 50000);
    endpoint->next_report = now + 300 * USEC_PER_MSEC + (usec_t)rng_below(&endpoint->rng, 200000);
    endpoint->next_nack = endpoint->next_pli = now;
    endpoint_configure(endpoint, count, now);
    participant_set_ready(endpoint->participant, true, now);
}

static void endpoint_send_rtcp(struct endpoint *endpoint, const struct rtcp_writer *writer, usec_t now)
{
    if (writer->length > 0)
        network_send(endpoint->network, endpoint->up, endpoint->index, true, true, writer->out, writer->length, now);
}

static void endpoint_report(struct endpoint *endpoint, usec_t now)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    struct rtcp_report_block blocks[24];
    unsigned count = 0;
    rtcp_writer_init(&writer, data, sizeof data);
    for (int stream = 0; stream < STREAMS; stream++)
        if (endpoint->sent[stream].stream.packets > 0)
            published_stream_report(&endpoint->sent[stream].stream, &writer, now - endpoint->started,
                                    WALL_EPOCH + endpoint->wall_offset + now);
    endpoint_send_rtcp(endpoint, &writer, now);
    for (size_t i = 0; i <= endpoint->received_count; i++) {
        if (count == 24 || (i == endpoint->received_count && count > 0)) {
            rtcp_writer_init(&writer, data, sizeof data);
            rtcp_write_rr(&writer, 1, blocks, count);
            endpoint_send_rtcp(endpoint, &writer, now);
            count = 0;
        }
        if (i < endpoint->received_count && endpoint->received[i].started)
            receive_stream_report(&endpoint->received[i].stats, &blocks[count++], now);
    }
}

static void endpoint_send_nacks(struct endpoint *endpoint, usec_t now)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    uint16_t lost[32];
    for (size_t i = 0; i < endpoint->received_count; i++) {
        struct received *received = &endpoint->received[i];
        size_t count = received->started ? nack_due(received->nack, lost, 32, now) : 0;
        if (count == 0)
            continue;
        rtcp_writer_init(&writer, data, sizeof data);
        rtcp_write_nack(&writer, 1, received->ssrc, lost, count);
        endpoint_send_rtcp(endpoint, &writer, now);
    }
}

/* A decoder that has no keyframe asks for one. */
static void endpoint_send_plis(struct endpoint *endpoint, usec_t now)
{
    uint8_t data[64];
    struct rtcp_writer writer;
    for (size_t i = 0; i < endpoint->received_count; i++) {
        const struct received *received = &endpoint->received[i];
        if (!received->started || received->has_key || received->stream != STREAM_VIDEO)
            continue;
        rtcp_writer_init(&writer, data, sizeof data);
        rtcp_write_pli(&writer, 1, received->ssrc);
        endpoint_send_rtcp(endpoint, &writer, now);
    }
}

void endpoint_tick(struct endpoint *endpoint, usec_t now, bool may_send)
{
    static const struct shape audio = {.count = 1, .size = 60};
    for (; now >= endpoint->next_audio; endpoint->next_audio += 20 * USEC_PER_MSEC)
        if (may_send && endpoint->sends[STREAM_AUDIO]) {
            endpoint_send_packet(endpoint, STREAM_AUDIO, &audio, now);
            endpoint->sent[STREAM_AUDIO].frame++;
        }
    for (; now >= endpoint->next_video; endpoint->next_video += 50 * USEC_PER_MSEC)
        if (may_send && endpoint->sends[STREAM_VIDEO])
            endpoint_send_frame(endpoint, now);
    if (now >= endpoint->next_report) {
        endpoint->next_report = now + USEC_PER_SEC;
        endpoint_report(endpoint, now);
    }
    if (now >= endpoint->next_nack) {
        endpoint->next_nack = now + 10 * USEC_PER_MSEC;
        endpoint_send_nacks(endpoint, now);
    }
    if (now >= endpoint->next_pli) {
        endpoint->next_pli = now + 200 * USEC_PER_MSEC;
        endpoint_send_plis(endpoint, now);
    }
}

usec_t endpoint_next(const struct endpoint *endpoint)
{
    return usec_min(usec_min(endpoint->next_audio, endpoint->next_video),
                    usec_min(endpoint->next_report, endpoint->next_nack));
}

static void endpoint_rtcp_packet(struct endpoint *endpoint, const struct rtcp_packet *packet, usec_t now)
{
    uint32_t sender, media;
    uint16_t lost[256];
    struct rtcp_report_block block;
    struct rtcp_sender_info info;
    if (packet->type == RTCP_RR)
        for (unsigned i = 0; rtcp_read_report(packet, i, &block) == 0; i++)
            if (endpoint_stream_of(endpoint, block.ssrc) >= 0)
                endpoint->sent[endpoint_stream_of(endpoint, block.ssrc)].reported = true;
    if (packet->type == RTCP_SR && rtcp_read_sr(packet, &info) == 0) {
        struct received *received = endpoint_received(endpoint, info.ssrc);
        if (received != NULL && received->started)
            receive_stream_sr(&received->stats, &info, now);
    }
    if (packet->type < RTCP_RTPFB || rtcp_read_feedback(packet, &sender, &media) != 0)
        return;
    if (packet->type == RTCP_RTPFB && packet->count == RTPFB_TWCC) {
        endpoint->twcc_packets++;
        return;
    }
    int stream = endpoint_stream_of(endpoint, media);
    if (stream < 0)
        endpoint->errors++;
    else if (rtcp_is_pli(packet))
        endpoint->sent[stream].wants_key = true;
    else if (packet->type == RTCP_RTPFB && packet->count == RTPFB_NACK) {
        int count = rtcp_read_nack(packet, lost, 256);
        for (int i = 0; i < count; i++)
            endpoint_resend(endpoint, stream, lost[i], now);
    }
}

void endpoint_rtcp(struct endpoint *endpoint, const uint8_t *data, size_t length, usec_t now)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1)
        endpoint_rtcp_packet(endpoint, &packet, now);
    endpoint->errors += result < 0;
}
