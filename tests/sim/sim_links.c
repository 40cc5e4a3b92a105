/* One viewer on a changing link: a publisher with three simulcast layers of three temporal layers each, the router,
 * the laboratory's link model, and a viewer that repairs, decodes and reports like a browser. From 2.5 Mbit/s down to
 * 500 kbit/s and back, a step each 30 s: how long the picture stands still, when the better layer is back, and whether
 * it stays. Then links that lose or delay at random, which are no reason for less than the best.
 *
 * sim_links [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints what happens around the step down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/router.h"
#include "tests/lab/link_model.h"
#include "transport/base/bytes.h"
#include "transport/base/memory.h"
#include "transport/hop/nack.h"
#include "transport/hop/receive_stream.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/wire/extension.h"

#define TICK USEC_PER_MSEC
#define FRAME (USEC_PER_SEC / 30)
#define SCENE (USEC_PER_SEC / 2)
#define LAYERS 3
#define STEP (30 * USEC_PER_SEC)
#define END (3 * STEP)
#define SETTLED (10 * USEC_PER_SEC)
#define DELAY (10 * USEC_PER_MSEC)
#define QUEUE (300 * USEC_PER_MSEC)
#define RATE_HIGH 2.5e6
#define RATE_LOW 0.5e6
#define PAYLOAD 1100
#define IN_FLIGHT 4096
#define FRAMES 256 /* of a layer, remembered by the viewer */
#define PARTS_MAX 64
#define PLI_DELAY (30 * USEC_PER_MSEC) /* until the publisher has it */
#define BROWSER_RTT (100 * USEC_PER_MSEC)
#define PATIENCE (3 * USEC_PER_SEC) /* then a browser asks for a keyframe */
#define WALL_EPOCH INT64_C(1700000000000000)
#define RUNS 30

enum { VP8 = 96, RTX = 97 };
enum { ID_TWCC = 1 };
enum { UP_SSRC = 20, DOWN_SSRC = 1000, DOWN_RTX_SSRC };
/* What a browser's encoder makes of 1280x720: bits a second, and a keyframe in times of an average frame. */
static const double layer_rates[LAYERS] = {150e3, 500e3, 1600e3};
static const double key_factor[LAYERS] = {7, 6, 6};

struct note {
    uint8_t layer, is_key, part, parts;
    uint32_t frame, needs; /* of the same layer */
};

struct sent {
    uint16_t sequence;
    uint32_t frame, key_frame, timestamp_start;
    uint16_t tl0;
    uint32_t packets, bytes;
};

struct datagram {
    uint16_t length;
    uint8_t data[PACKET_CAPACITY];
};

struct direction {
    struct link_model link;
    struct datagram *datagrams; /* IN_FLIGHT, by number */
    uint64_t next;
};

struct frame {
    bool is_known, is_decoded;
    uint32_t number, needs, timestamp;
    bool is_key;
    uint8_t parts;
    uint64_t here; /* parts, as bits */
};

struct viewer {
    struct participant *participant;
    struct nack *nack;
    struct twcc_recorder *twcc;
    struct receive_stream stream;
    struct frame frames[LAYERS][FRAMES];
    uint32_t shown_timestamp;
    int layer; /* of the last decoded frame; -1: none yet */
    usec_t last_decoded, longest_still, next_report;
};

struct sim {
    uint64_t seed;
    const struct scenario *scenario;
    bool is_traced;
    struct rng rng;
    struct router *router;
    struct participant *publisher;
    struct sent layers[LAYERS];
    unsigned active; /* layers, as bits */
    usec_t next_frame, next_report, next_scene, key_at;
    double scene; /* how much there is to encode, against the average */
    struct viewer viewer;
    struct direction down, up;
    usec_t now;
    usec_t still_ms[3], down_after, top_after; /* by phase; after the steps */
    uint64_t decoded[3], decoded_top;
    unsigned falls; /* to a lower layer, on the good link */
};

/* Negotiation */

static struct media make_line(const char *mid)
{
    struct media line = {.kind = MEDIA_VIDEO, .codec_count = 1, .rtcp_reduced_size = true};
    snprintf(line.mid, sizeof line.mid, "%s", mid);
    line.codecs[0] = (struct media_codec){CODEC_VP8, VP8, RTX, 90000, 1, .nack = true, .pli = true};
    line.extensions.id[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC;
    return line;
}

static void join(struct sim *sim)
{
    const struct router_send send = {.mid = "v", .source = "camera"};
    const struct router_receive receive = {.mid = "0", .publication = "pub/camera"};
    const struct router_want want = {.mid = "0", .width = 1280, .height = 720, .priority = 100};
    struct media up = make_line("v"), down = make_line("0");
    up.receive = true;
    up.encoding_count = LAYERS;
    for (unsigned i = 0; i < LAYERS; i++)
        up.encodings[i] = (struct media_encoding){.ssrc = UP_SSRC + i};
    down.send = true;
    down.send_ssrc = DOWN_SSRC;
    down.send_rtx_ssrc = DOWN_RTX_SSRC;
    if (router_join(sim->router, &sim->publisher, "room", "pub", 0, sim->now) != 0 ||
        router_join(sim->router, &sim->viewer.participant, "room", "view", 1, sim->now) != 0)
        abort();
    participant_configure(sim->publisher, &up, 1, &send, 1, NULL, 0, sim->now);
    participant_configure(sim->viewer.participant, &down, 1, NULL, 0, &receive, 1, sim->now);
    participant_receive(sim->viewer.participant, &want, 1, sim->now);
    participant_set_ready(sim->publisher, true, sim->now);
    participant_set_ready(sim->viewer.participant, true, sim->now);
}

/* The publisher */

static uint32_t timestamp_of(const struct sent *sent, usec_t now)
{
    return sent->timestamp_start + (uint32_t)(now * 90 / 1000);
}

static void send_part(struct sim *sim, const struct note *note, unsigned temporal, size_t size)
{
    /* The frame tag (RFC 6386 section 9.1), and on keyframes start code and size. */
    static const uint8_t key[] = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02};
    static const uint8_t delta[] = {0x11, 0x02, 0x00, 0, 0, 0, 0, 0, 0, 0};
    struct sent *sent = &sim->layers[note->layer];
    uint8_t data[PACKET_CAPACITY] = {0};
    struct rtp_header header = {.payload_type = VP8,
                                .ssrc = UP_SSRC + note->layer,
                                .sequence = sent->sequence++,
                                .timestamp = timestamp_of(sent, sim->now),
                                .marker = note->part + 1 == note->parts};
    rtp_write_fixed(data, &header, false);
    uint8_t *at = data + RTP_HEADER_SIZE;
    at[0] = (uint8_t)(0x80 | (note->part == 0 ? 0x10 : 0) | (temporal != 0 ? 0x20 : 0));
    at[1] = 0xe0; /* picture id, TL0PICIDX, TID */
    put_u16(at + 2, (uint16_t)(0x8000 | (note->frame & 0x7fff)));
    at[4] = (uint8_t)sent->tl0;
    at[5] = (uint8_t)(temporal << 6);
    memcpy(at + 6, note->part == 0 && note->is_key ? key : delta, sizeof key);
    if (note->part == 0 && note->is_key) {
        put_u16(at + 12, (uint16_t)(320u << note->layer << 8 | 320u << note->layer >> 8));
        put_u16(at + 14, (uint16_t)(180u << note->layer << 8 | 180u << note->layer >> 8));
    }
    memcpy(at + 16, note, sizeof *note);
    size = size < 16 + sizeof *note ? 16 + sizeof *note : size;
    sent->packets++;
    sent->bytes += (uint32_t)size;
    (void)participant_rtp(sim->publisher, data, RTP_HEADER_SIZE + size, sim->now);
}

/* Temporal layers 0 2 1 2, and how a frame's size compares with the average. */
static void send_frame(struct sim *sim, unsigned layer, bool is_key)
{
    static const unsigned temporal_of[] = {0, 2, 1, 2}, needs_before[] = {4, 1, 2, 1};
    static const double size_of[] = {1.6, 0.8, 0.8, 0.8};
    struct sent *sent = &sim->layers[layer];
    if ((sim->active & 1u << layer) == 0)
        return;
    if (is_key)
        sent->key_frame = sent->frame;
    unsigned place = (sent->frame - sent->key_frame) % 4;
    double factor = is_key ? key_factor[layer] : size_of[place];
    size_t size = (size_t)(layer_rates[layer] / 8 / 30 * factor * sim->scene * (0.8 + 0.4 * rng_unit(&sim->rng)));
    unsigned parts = (unsigned)(size / PAYLOAD) + 1;
    struct note note = {.layer = (uint8_t)layer, .is_key = is_key, .parts = (uint8_t)parts, .frame = sent->frame};
    note.needs = sent->frame - needs_before[place];
    sent->tl0 = (uint16_t)(sent->tl0 + (temporal_of[place] == 0));
    for (unsigned i = 0; i < parts; i++) {
        note.part = (uint8_t)i;
        send_part(sim, &note, temporal_of[place], size / parts);
    }
    sent->frame++;
}

static void report_publisher(struct sim *sim)
{
    uint8_t data[256];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    for (unsigned i = 0; i < LAYERS; i++) {
        const struct sent *sent = &sim->layers[i];
        const struct rtcp_sender_info info = {.ssrc = UP_SSRC + i,
                                              .ntp = ntp_from_wall_us(WALL_EPOCH + sim->now),
                                              .rtp_timestamp = timestamp_of(sent, sim->now),
                                              .packets = sent->packets,
                                              .bytes = sent->bytes};
        rtcp_write_sr(&writer, &info, NULL, 0);
    }
    (void)participant_rtcp(sim->publisher, data, writer.length, sim->now, WALL_EPOCH + sim->now);
}

static void tick_publisher(struct sim *sim)
{
    if (sim->now >= sim->next_scene) {
        sim->next_scene += SCENE;
        sim->scene = 0.7 + 0.6 * rng_unit(&sim->rng);
    }
    if (sim->now >= sim->next_frame) {
        bool is_key = sim->now >= sim->key_at;
        sim->next_frame += FRAME;
        if (is_key)
            sim->key_at = USEC_NEVER;
        for (unsigned i = 0; i < LAYERS; i++) /* a keyframe of one is a keyframe of all, as of libvpx */
            send_frame(sim, i, is_key);
    }
    if (sim->now >= sim->next_report) {
        sim->next_report += USEC_PER_SEC;
        report_publisher(sim);
    }
}

/* The link */

struct scenario {
    const char *name;
    struct link_config link;
    bool has_step;
};

static const struct scenario scenarios[] = {
    {"step", {.delay = DELAY, .rate_bps = RATE_HIGH, .queue_time = QUEUE}, true},
    {"10 % random loss", {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .loss = 0.1}, false},
    {"5 % burst loss",
     {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .burst_enter = 0.013, .burst_exit = 0.25},
     false},
    {"100 ms +- 30 ms",
     {.delay = DELAY + 100 * USEC_PER_MSEC, .jitter = 30 * USEC_PER_MSEC, .rate_bps = 10e6, .queue_time = QUEUE},
     false},
};

static void direction_init(struct direction *direction, const struct link_config *config, uint64_t seed, usec_t now)
{
    link_model_init(&direction->link, config, seed, now);
    direction->datagrams = mem_array(IN_FLIGHT, sizeof *direction->datagrams);
}

static void direction_send(struct direction *direction, const uint8_t *data, size_t length, usec_t now)
{
    uint64_t number = direction->next;
    if (length == 0 || !link_model_push(&direction->link, number, length + DATAGRAM_OVERHEAD, now))
        return;
    struct datagram *datagram = &direction->datagrams[direction->next++ % IN_FLIGHT];
    datagram->length = (uint16_t)length;
    memcpy(datagram->data, data, length);
}

static const struct datagram *direction_take(struct direction *direction, usec_t now)
{
    uint64_t number;
    usec_t at;
    enum link_event event = link_model_pop(&direction->link, now, &number, &at);
    while (event == LINK_LOST)
        event = link_model_pop(&direction->link, now, &number, &at);
    return event == LINK_NONE ? NULL : &direction->datagrams[number % IN_FLIGHT];
}

/* The viewer */

static unsigned phase_of(const struct sim *sim)
{
    return sim->now < STEP ? 0 : sim->now < 2 * STEP ? 1 : 2;
}

static void note_still(struct sim *sim)
{
    usec_t still = sim->now - sim->viewer.last_decoded;
    usec_t *longest = &sim->still_ms[phase_of(sim)];
    if (sim->viewer.layer >= 0)
        *longest = usec_max(*longest, still / USEC_PER_MSEC);
}

static void trace(const struct sim *sim, const char *what, int value)
{
    if (sim->is_traced && sim->now >= STEP - USEC_PER_SEC / 5 && sim->now < STEP + 4 * USEC_PER_SEC)
        printf("%7.3f s: %s %d, queue %lld ms\n", (double)(sim->now - STEP) / USEC_PER_SEC, what, value,
               (long long)link_model_queue_time(&sim->down.link) / USEC_PER_MSEC);
}

static void decode(struct sim *sim, unsigned layer, struct frame *frame)
{
    struct viewer *viewer = &sim->viewer;
    frame->is_decoded = true;
    note_still(sim);
    sim->falls += phase_of(sim) != 1 && sim->now > SETTLED && (int)layer < viewer->layer;
    trace(sim, frame->is_key ? "decoded a keyframe of layer" : "decoded layer", (int)layer);
    if (phase_of(sim) == 1 && (int)layer < viewer->layer && sim->down_after == 0)
        sim->down_after = sim->now - STEP;
    if (phase_of(sim) == 2 && layer == LAYERS - 1 && sim->top_after == 0)
        sim->top_after = sim->now - 2 * STEP;
    viewer->last_decoded = sim->now;
    viewer->shown_timestamp = frame->timestamp;
    viewer->layer = (int)layer;
    sim->decoded[phase_of(sim)]++;
    sim->decoded_top += sim->now > SETTLED && layer == LAYERS - 1;
}

static bool is_decodable(const struct viewer *viewer, unsigned layer, const struct frame *frame)
{
    const struct frame *needed = &viewer->frames[layer][frame->needs % FRAMES];
    if (frame->is_decoded || frame->parts == 0 || frame->here != (UINT64_MAX >> (64 - frame->parts)))
        return false;
    if (viewer->layer >= 0 && (int32_t)(frame->timestamp - viewer->shown_timestamp) <= 0)
        return false; /* too late */
    if (frame->is_key)
        return true;
    return viewer->layer == (int)layer && needed->is_decoded && needed->number == frame->needs;
}

static void decode_all(struct sim *sim, unsigned layer, uint32_t from)
{
    for (uint32_t number = from; number - from < 16; number++) {
        struct frame *frame = &sim->viewer.frames[layer][number % FRAMES];
        if (frame->is_known && frame->number == number && is_decodable(&sim->viewer, layer, frame))
            decode(sim, layer, frame);
    }
}

static void take_video(struct sim *sim, const uint8_t *payload, size_t length, uint32_t timestamp)
{
    struct note note;
    if (length < 16 + sizeof note)
        return;
    memcpy(&note, payload + 16, sizeof note);
    if (note.layer >= LAYERS || note.parts > PARTS_MAX || note.part >= note.parts)
        abort();
    struct frame *frame = &sim->viewer.frames[note.layer][note.frame % FRAMES];
    if (!frame->is_known || frame->number != note.frame)
        *frame = (struct frame){.is_known = true,
                                .number = note.frame,
                                .needs = note.needs,
                                .timestamp = timestamp,
                                .is_key = note.is_key != 0,
                                .parts = note.parts};
    frame->here |= UINT64_C(1) << note.part;
    decode_all(sim, note.layer, note.frame);
}

static void take_rtp(struct sim *sim, const uint8_t *data, size_t length)
{
    static const struct extension_map map = {.id[EXTENSION_TRANSPORT_SEQUENCE] = ID_TWCC};
    struct viewer *viewer = &sim->viewer;
    struct rtp_header header;
    struct extension_values values;
    if (rtp_parse(&header, data, length) != 0 || extension_parse(&values, &map, data, &header) != 0)
        abort();
    if (values.at[EXTENSION_TRANSPORT_SEQUENCE].length == 2)
        twcc_recorder_packet(viewer->twcc, get_u16(data + values.at[EXTENSION_TRANSPORT_SEQUENCE].offset), DOWN_SSRC,
                             sim->now);
    const uint8_t *payload = data + header.payload_offset;
    size_t left = header.payload_length;
    bool is_rtx = header.ssrc == DOWN_RTX_SSRC;
    if (is_rtx && left < 2)
        return; /* padding */
    uint16_t sequence = is_rtx ? get_u16(payload) : header.sequence;
    payload += is_rtx ? 2 : 0;
    left -= is_rtx ? 2 : 0;
    int64_t extended =
        receive_stream_packet(&viewer->stream, sequence, header.timestamp, header.payload_length, is_rtx, sim->now);
    (void)nack_packet(viewer->nack, extended, sim->now);
    take_video(sim, payload, left, header.timestamp);
}

static void take_viewer_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct rtcp_sender_info info;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (packet.type == RTCP_SR && rtcp_read_sr(&packet, &info) == 0 && sim->viewer.stream.started)
            receive_stream_sr(&sim->viewer.stream, &info, sim->now);
}

static void tick_viewer(struct sim *sim)
{
    struct viewer *viewer = &sim->viewer;
    uint8_t data[PACKET_CAPACITY];
    uint16_t lost[64];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    size_t count = nack_due(viewer->nack, lost, 64, sim->now);
    if (count > 0)
        rtcp_write_nack(&writer, 1, DOWN_SSRC, lost, count);
    bool is_stuck = sim->now - viewer->last_decoded > PATIENCE && sim->now % (200 * USEC_PER_MSEC) == 0;
    if (nack_take_given_up(viewer->nack) || is_stuck)
        rtcp_write_pli(&writer, 1, DOWN_SSRC);
    if (sim->now >= twcc_recorder_next(viewer->twcc))
        while (twcc_recorder_write(viewer->twcc, &writer, 1, sim->now))
            ;
    if (sim->now >= viewer->next_report && viewer->stream.started) {
        struct rtcp_report_block block;
        viewer->next_report = sim->now + USEC_PER_SEC;
        receive_stream_report(&viewer->stream, &block, sim->now);
        rtcp_write_rr(&writer, 1, &block, 1);
    }
    direction_send(&sim->up, data, writer.length, sim->now);
    note_still(sim);
}

/* The router */

static void take_publisher_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1)
        if (packet.type == RTCP_PSFB && packet.count == PSFB_PLI)
            sim->key_at = usec_min(sim->key_at, sim->now + PLI_DELAY);
}

static void flush_router(struct sim *sim)
{
    struct participant *participant;
    struct router_event event;
    uint8_t data[PACKET_CAPACITY];
    while ((participant = router_poll(sim->router)) != NULL) {
        const struct egress *items;
        bool is_viewer = participant == sim->viewer.participant;
        size_t length, count = participant_egress(participant, &items, sim->now);
        for (size_t i = 0; i < count; i++) {
            length = participant_write(participant, &items[i], data, sim->now);
            if (is_viewer)
                direction_send(&sim->down, data, length, sim->now);
        }
        participant_sent(participant, sim->now);
        while ((length = participant_poll_rtcp(participant, data, sizeof data)) > 0) {
            if (is_viewer)
                direction_send(&sim->down, data, length, sim->now);
            else
                take_publisher_rtcp(sim, data, length);
        }
    }
    while (router_poll_event(sim->router, &event)) {
        if (event.type != ROUTER_EVENT_LAYERS)
            continue;
        if ((event.active_layers & ~sim->active) != 0)
            sim->key_at = usec_min(sim->key_at, sim->now + PLI_DELAY);
        sim->active = event.active_layers;
        trace(sim, "layers asked for, as bits:", (int)sim->active);
    }
}

static void tick(struct sim *sim)
{
    const struct datagram *datagram;
    while ((datagram = direction_take(&sim->down, sim->now)) != NULL) {
        if (packet_classify(datagram->data, datagram->length) == PACKET_RTCP)
            take_viewer_rtcp(sim, datagram->data, datagram->length);
        else
            take_rtp(sim, datagram->data, datagram->length);
    }
    while ((datagram = direction_take(&sim->up, sim->now)) != NULL)
        (void)participant_rtcp(sim->viewer.participant, datagram->data, datagram->length, sim->now,
                               WALL_EPOCH + sim->now);
    tick_publisher(sim);
    tick_viewer(sim);
    if (router_next(sim->router) <= sim->now)
        router_timeout(sim->router, sim->now, WALL_EPOCH + sim->now);
    flush_router(sim);
}

static void set_rate(struct direction *direction, double rate_bps, usec_t now)
{
    struct link_config config = direction->link.config;
    config.rate_bps = rate_bps;
    link_model_set(&direction->link, &config, now);
}

static struct sim *simulate(const struct scenario *scenario, uint64_t seed, bool is_traced)
{
    const struct link_config way_back = {.delay = DELAY};
    struct sim *sim = mem_alloc(sizeof *sim);
    *sim = (struct sim){
        .seed = seed, .scenario = scenario, .is_traced = is_traced, .active = (1u << LAYERS) - 1, .key_at = 0};
    rng_init(&sim->rng, seed);
    sim->router = router_new(&(struct router_config){0}, seed);
    sim->viewer.layer = -1;
    sim->viewer.nack = nack_new();
    nack_set_rtt(sim->viewer.nack, BROWSER_RTT);
    sim->viewer.twcc = twcc_recorder_new(50 * USEC_PER_MSEC);
    receive_stream_init(&sim->viewer.stream, DOWN_SSRC, 90000);
    sim->next_frame = (usec_t)rng_below(&sim->rng, (uint64_t)FRAME);
    for (unsigned i = 0; i < LAYERS; i++)
        sim->layers[i] = (struct sent){.sequence = (uint16_t)rng_u32(&sim->rng),
                                       .frame = rng_u32(&sim->rng) & 0x7fff,
                                       .timestamp_start = rng_u32(&sim->rng)};
    direction_init(&sim->down, &scenario->link, seed + 1, 0);
    direction_init(&sim->up, &way_back, seed + 2, 0);
    join(sim);
    for (sim->now = 0; sim->now < END; sim->now += TICK) {
        if (scenario->has_step && (sim->now == STEP || sim->now == 2 * STEP))
            set_rate(&sim->down, sim->now == STEP ? RATE_LOW : RATE_HIGH, sim->now);
        tick(sim);
    }
    return sim;
}

static void sim_free(struct sim *sim)
{
    router_leave(sim->router, sim->publisher, sim->now);
    router_leave(sim->router, sim->viewer.participant, sim->now);
    router_free(sim->router);
    nack_free(sim->viewer.nack);
    twcc_recorder_free(sim->viewer.twcc);
    link_model_fini(&sim->down.link);
    link_model_fini(&sim->up.link);
    free(sim->down.datagrams);
    free(sim->up.datagrams);
    free(sim);
}

static void print(const struct sim *sim)
{
    printf("%s, seed %llu: longest still %lld, %lld, %lld ms; %.1f, %.1f, %.1f frames/s; %.0f s of the top layer, "
           "%u falls",
           sim->scenario->name, (unsigned long long)sim->seed, (long long)sim->still_ms[0], (long long)sim->still_ms[1],
           (long long)sim->still_ms[2], (double)sim->decoded[0] / 30, (double)sim->decoded[1] / 30,
           (double)sim->decoded[2] / 30, (double)sim->decoded_top / 30, sim->falls);
    if (sim->scenario->has_step)
        printf("; down after %lld ms, top after %lld ms", (long long)sim->down_after / USEC_PER_MSEC,
               (long long)sim->top_after / USEC_PER_MSEC);
    printf("\n");
}

static unsigned expect(bool holds, const struct sim *sim, const char *what)
{
    if (!holds)
        fprintf(stderr, "%s, seed %llu: %s\n", sim->scenario->name, (unsigned long long)sim->seed, what);
    return holds ? 0 : 1;
}

static unsigned check_step(const struct sim *sim)
{
    unsigned failures = 0;
    failures += expect(sim->still_ms[0] < 300, sim, "the picture stood still on the good link");
    failures += expect(sim->still_ms[1] < 800, sim, "the step down took too long");
    failures += expect(sim->still_ms[2] < 300, sim, "the picture stood still on the way back up");
    failures += expect(sim->down_after > 0, sim, "a layer that is too large stayed");
    failures +=
        expect(sim->top_after > 0 && sim->top_after < 10 * USEC_PER_SEC, sim, "the top layer did not come back");
    failures += expect(sim->falls <= 1, sim, "the layer flaps on the good link");
    failures += expect(sim->decoded[1] > 27 * 30, sim, "pictures are missing on the small link");
    return failures;
}

static unsigned check_steady(const struct sim *sim)
{
    uint64_t after = (uint64_t)((END - SETTLED) / FRAME);
    unsigned failures = 0;
    failures += expect(sim->decoded_top > after / 2, sim, "the top layer was not shown for most of the time");
    failures += expect(sim->falls <= 6, sim, "the layer flaps");
    return failures;
}

int main(int argc, char **argv)
{
    const char *text = argc > 1 ? argv[1] : getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 1;
    uint64_t runs = argc > 2 ? strtoull(argv[2], NULL, 0) : RUNS;
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof scenarios / sizeof scenarios[0]; k++)
        for (uint64_t i = seed; i < seed + runs; i++) {
            struct sim *sim = simulate(&scenarios[k], i, getenv("SIM_TRACE") != NULL);
            print(sim);
            failures += scenarios[k].has_step ? check_step(sim) : check_steady(sim);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
