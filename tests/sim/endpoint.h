/* A participant's side of a simulated call: publishes Opus and VP8 with three temporal layers, answers NACK and PLI,
 * and receives every other participant's publications, with NACK, RTX and reports. What it received is kept for
 * checking. Header-only, for simulations. */
#ifndef HEDDLE_SIM_ENDPOINT_H
#define HEDDLE_SIM_ENDPOINT_H

#include <stdio.h>

#include "router/mirror.h"
#include "tests/sim/network.h"
#include "tests/support/vp8.h"
#include "transport/base/bytes.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/wire/rtcp.h"

#define ENDPOINTS_MAX 32
#define RECORDS_MAX 2048 /* packets of one received stream */
#define FRAME_MAX 8      /* packets of the largest frame */
#define SENT_MAX 4096    /* packets of one sent stream */
#define MARK 0x5eed1e55u /* begins every payload, after the VP8 descriptor */
#define WALL_EPOCH INT64_C(1700000000000000)

enum { STREAM_AUDIO, STREAM_VIDEO, STREAMS };
static const uint32_t clock_rates[STREAMS] = {48000, 90000};
static const char *const sources[STREAMS] = {"microphone", "camera"};

/* Payload types and extension ids: one set for what goes up, another for what comes down. */
enum { UP_OPUS = 111, UP_VP8 = 96, UP_RTX = 97, DOWN_OPUS = 63, DOWN_VP8 = 100, DOWN_RTX = 101 };
enum { UP_MID = 1, UP_TWCC = 2, UP_LEVEL = 3, DOWN_MID = 9, DOWN_TWCC = 8, DOWN_LEVEL = 7 };

struct record {
    bool is_here;
    bool is_key, marker;
    uint8_t index, count; /* of the frame's packets */
    uint8_t tl0;
    uint16_t picture;
    uint32_t frame;
    uint32_t timestamp;
    int64_t captured;
};

struct received {
    uint32_t ssrc, rtx_ssrc;
    char mid[MEDIA_MID_MAX + 1];
    unsigned from; /* endpoint */
    int stream;
    bool started;
    bool has_key; /* a whole keyframe: what came before it cannot be decoded */
    int64_t first, highest;
    struct receive_stream stats;
    struct nack *nack;
    struct record *records; /* by number - first */
    uint64_t recovered, contradictions, foreign;
    bool has_sr;
    struct rtcp_sender_info sr;
};

struct sent_packet {
    uint16_t length;
    uint8_t data[420];
};

struct sent {
    uint32_t ssrc, rtx_ssrc;
    uint16_t sequence, rtx_sequence;
    uint32_t timestamp_start;
    uint32_t frame, picture, tl0;
    bool wants_key;
    bool reported; /* an RR named it: mids are left out */
    uint32_t packets, bytes;
    struct sent_packet *history; /* SENT_MAX */
    uint64_t keyframes, resent;
};

#define CORES_MAX 3 /* that a room is spread over */

struct endpoint {
    unsigned index;
    struct participant *participant; /* NULL: not in the room */
    struct router *router;
    struct participant *mirrors[CORES_MAX]; /* by core; NULL: its own, or none */
    struct network *network;
    const struct network_link *up;
    struct rng rng;
    struct sent sent[STREAMS];
    bool sends[STREAMS]; /* published */
    struct received received[ENDPOINTS_MAX * STREAMS];
    size_t received_count;
    usec_t next_audio, next_video, next_report, next_nack, next_pli;
    uint16_t transport_sequence;
    uint64_t twcc_packets, errors;
    usec_t started; /* the publisher's clock runs from here, at an offset of its own */
    int64_t wall_offset;
};

static inline void endpoint_lines(struct endpoint *endpoint, unsigned count, struct media *media,
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

static inline void endpoint_configure(struct endpoint *endpoint, unsigned count, usec_t now)
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
    for (size_t i = 0; i < CORES_MAX; i++)
        if (endpoint->mirrors[i] != NULL)
            participant_configure(endpoint->mirrors[i], media, STREAMS, sends, send_count, NULL, 0, now);
    free(media);
    free(receives);
}

static inline void endpoint_init(struct endpoint *endpoint, unsigned index, struct router *router,
                                 struct network *network, const struct network_link *up, uint64_t seed)
{
    *endpoint = (struct endpoint){.index = index, .router = router, .network = network, .up = up};
    rng_init(&endpoint->rng, seed + index * 7919);
    endpoint->wall_offset = (int64_t)rng_below(&endpoint->rng, 3600000000) - 1800000000;
    for (int stream = 0; stream < STREAMS; stream++) {
        struct sent *sent = &endpoint->sent[stream];
        sent->ssrc = 100 + (uint32_t)stream * 10; /* the same for everybody: SSRCs belong to a participant */
        sent->rtx_ssrc = sent->ssrc + 1;
        sent->sequence = (uint16_t)rng_u32(&endpoint->rng);
        sent->rtx_sequence = (uint16_t)rng_u32(&endpoint->rng);
        sent->timestamp_start = rng_u32(&endpoint->rng);
        sent->picture = rng_u32(&endpoint->rng) & 0x7fff;
        sent->wants_key = true;
        sent->history = mem_array(SENT_MAX, sizeof *sent->history);
        endpoint->sends[stream] = true;
    }
}

static inline void endpoint_fini(struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->received_count; i++) {
        nack_free(endpoint->received[i].nack);
        free(endpoint->received[i].records);
    }
    for (int stream = 0; stream < STREAMS; stream++)
        free(endpoint->sent[stream].history);
}

static inline void endpoint_join(struct endpoint *endpoint, unsigned count, usec_t now)
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

static inline uint32_t endpoint_timestamp(const struct endpoint *endpoint, int stream, usec_t now)
{
    int64_t ticks = (now - endpoint->started) * (int64_t)clock_rates[stream] / USEC_PER_SEC;
    return endpoint->sent[stream].timestamp_start + (uint32_t)ticks;
}

static inline void endpoint_transmit(struct endpoint *endpoint, const uint8_t *data, size_t length, usec_t now)
{
    network_send(endpoint->network, endpoint->up, endpoint->index, true, false, data, length, now);
}

/* Header and extensions, and space for the transport sequence number, which is put in when the packet is sent. */
static inline size_t endpoint_header(struct endpoint *endpoint, int stream, uint8_t *out, bool marker,
                                     uint32_t timestamp)
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

struct shape {
    bool is_key;
    unsigned temporal, index, count;
    size_t size;
};

static inline void endpoint_send_packet(struct endpoint *endpoint, int stream, const struct shape *shape, usec_t now)
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

static inline void endpoint_send_frame(struct endpoint *endpoint, usec_t now)
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

static inline void endpoint_send_rtcp(struct endpoint *endpoint, const struct rtcp_writer *writer, usec_t now)
{
    if (writer->length > 0)
        network_send(endpoint->network, endpoint->up, endpoint->index, true, true, writer->out, writer->length, now);
}

static inline void endpoint_report(struct endpoint *endpoint, usec_t now)
{
    uint8_t data[1400];
    struct rtcp_writer writer;
    struct rtcp_report_block blocks[24];
    unsigned count = 0;
    rtcp_writer_init(&writer, data, sizeof data);
    for (int stream = 0; stream < STREAMS; stream++) {
        struct rtcp_sender_info info = {
            .ssrc = endpoint->sent[stream].ssrc,
            .ntp = ntp_from_wall_us(WALL_EPOCH + endpoint->wall_offset + now),
            .rtp_timestamp = endpoint_timestamp(endpoint, stream, now),
            .packets = endpoint->sent[stream].packets,
            .bytes = endpoint->sent[stream].bytes,
        };
        if (info.packets > 0)
            rtcp_write_sr(&writer, &info, NULL, 0);
    }
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

static inline void endpoint_send_nacks(struct endpoint *endpoint, usec_t now)
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
static inline void endpoint_send_plis(struct endpoint *endpoint, usec_t now)
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

static inline void endpoint_tick(struct endpoint *endpoint, usec_t now, bool may_send)
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

static inline usec_t endpoint_next(const struct endpoint *endpoint)
{
    return usec_min(usec_min(endpoint->next_audio, endpoint->next_video),
                    usec_min(endpoint->next_report, endpoint->next_nack));
}

/* Video is resent by RTX, audio as it is. */
static inline void endpoint_resend(struct endpoint *endpoint, int stream, uint16_t sequence, usec_t now)
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

static inline int endpoint_stream_of(const struct endpoint *endpoint, uint32_t ssrc)
{
    for (int stream = 0; stream < STREAMS; stream++)
        if (endpoint->sent[stream].ssrc == ssrc)
            return stream;
    return -1;
}

static inline struct received *endpoint_received(struct endpoint *endpoint, uint32_t ssrc)
{
    for (size_t i = 0; i < endpoint->received_count; i++)
        if (endpoint->received[i].ssrc == ssrc || (endpoint->received[i].rtx_ssrc == ssrc && ssrc != 0))
            return &endpoint->received[i];
    return NULL;
}

static inline void endpoint_rtcp_packet(struct endpoint *endpoint, const struct rtcp_packet *packet, usec_t now)
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
        if (received != NULL && received->started) {
            received->sr = info;
            received->has_sr = true;
            receive_stream_sr(&received->stats, &info, now);
        }
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
    else if (packet->type == RTCP_PSFB && packet->count == PSFB_PLI)
        endpoint->sent[stream].wants_key = true;
    else if (packet->type == RTCP_RTPFB && packet->count == RTPFB_NACK) {
        int count = rtcp_read_nack(packet, lost, 256);
        for (int i = 0; i < count; i++)
            endpoint_resend(endpoint, stream, lost[i], now);
    }
}

static inline void endpoint_rtcp(struct endpoint *endpoint, const uint8_t *data, size_t length, usec_t now)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    int result;
    rtcp_reader_init(&reader, data, length);
    while ((result = rtcp_next(&reader, &packet)) == 1)
        endpoint_rtcp_packet(endpoint, &packet, now);
    endpoint->errors += result < 0;
}

static inline bool endpoint_parse(const struct received *received, const uint8_t *payload, size_t length,
                                  const struct rtp_header *header, struct record *record)
{
    *record = (struct record){.is_here = true, .marker = header->marker, .timestamp = header->timestamp};
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

static inline bool endpoint_same(const struct record *a, const struct record *b)
{
    return a->frame == b->frame && a->index == b->index && a->timestamp == b->timestamp && a->picture == b->picture &&
           a->tl0 == b->tl0 && a->marker == b->marker;
}

/* Whether a keyframe begins at `number`, and all of it is here. */
static inline bool endpoint_has_key(const struct received *received, int64_t number)
{
    const struct record *first = received->records + (number > received->first ? number - received->first : 0);
    if (!first->is_here || !first->is_key || first->index != 0)
        return false;
    for (unsigned i = 1; i < first->count; i++)
        if (!first[i].is_here || first[i].frame != first->frame)
            return false;
    return true;
}

static inline void endpoint_store(struct received *received, const struct record *record, uint16_t sequence,
                                  bool is_rtx, size_t length, usec_t now)
{
    if (!received->started) {
        received->started = true;
        received->first = received->highest = sequence;
        /* A late packet may still come before the first. */
        received->first -= 16;
    }
    int64_t number = seq_extend(sequence, received->highest);
    if (number < received->first || number - received->first >= RECORDS_MAX) {
        received->foreign++;
        return;
    }
    struct record *place = &received->records[number - received->first];
    if (place->is_here) {
        received->contradictions += !endpoint_same(place, record);
        return;
    }
    *place = *record;
    received->has_key = received->has_key || endpoint_has_key(received, number - record->index);
    received->recovered += is_rtx || number < received->highest;
    if (number > received->highest)
        received->highest = number;
    receive_stream_packet(&received->stats, sequence, record->timestamp, length, is_rtx, now);
    nack_packet(received->nack, number, now);
}

static inline void endpoint_rtp(struct endpoint *endpoint, const uint8_t *data, size_t length, usec_t now)
{
    static const struct extension_map ids = {.id = {[EXTENSION_MID] = DOWN_MID,
                                                    [EXTENSION_TRANSPORT_SEQUENCE] = DOWN_TWCC,
                                                    [EXTENSION_AUDIO_LEVEL] = DOWN_LEVEL}};
    struct rtp_header header;
    struct extension_values values;
    struct record record;
    if (rtp_parse(&header, data, length) != 0 || extension_parse(&values, &ids, data, &header) != 0) {
        endpoint->errors++;
        return;
    }
    struct received *received = endpoint_received(endpoint, header.ssrc);
    if (received == NULL) {
        endpoint->errors++;
        return;
    }
    bool is_rtx = header.ssrc == received->rtx_ssrc;
    const uint8_t *payload = data + header.payload_offset;
    size_t payload_length = header.payload_length;
    uint8_t expected = received->stream == STREAM_AUDIO ? DOWN_OPUS : is_rtx ? DOWN_RTX : DOWN_VP8;
    bool has_mid = values.at[EXTENSION_MID].length > 0;
    bool is_fine =
        header.payload_type == expected && values.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2 &&
        (has_mid || received->started) &&
        (!has_mid || (values.at[EXTENSION_MID].length == strlen(received->mid) &&
                      memcmp(data + values.at[EXTENSION_MID].offset, received->mid, strlen(received->mid)) == 0)) &&
        (received->stream == STREAM_VIDEO || values.at[EXTENSION_AUDIO_LEVEL].length == 1);
    uint16_t sequence = header.sequence;
    if (is_rtx && payload_length >= 2) {
        sequence = get_u16(payload);
        payload += 2;
        payload_length -= 2;
    }
    if (!is_fine || !endpoint_parse(received, payload, payload_length, &header, &record))
        endpoint->errors++;
    else
        endpoint_store(received, &record, sequence, is_rtx, length, now);
}

#endif
