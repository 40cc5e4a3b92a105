/* A publisher without transport-wide feedback (aiortc, libwebrtc of old) behind a narrow link: what the REMBs of the
 * router make of it. Its encoders follow a REMB as aiortc's do, each the last one that lists its stream, or all
 * together the last one, as libwebrtc's; and it resends whatever is asked for.
 *
 * sim_publisher [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints each second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/router.h"
#include "tests/lab/link_model.h"
#include "tests/support/publisher.h"
#include "tests/support/runs.h"
#include "tests/support/video_line.h"
#include "transport/base/memory.h"
#include "transport/wire/rtcp.h"

#define RUNS 5
#define TICK USEC_PER_MSEC
#define FRAME (USEC_PER_SEC / 30)
#define DELAY (20 * USEC_PER_MSEC)
#define IN_FLIGHT 8192
#define SENT 4096
#define PAYLOAD 1100
#define SECONDS_MAX 120
#define BOUNDS_MAX 2
#define WALL_EPOCH INT64_C(1700000000000000)
#define START_BPS 500e3
#define MOST_BPS 2500e3
#define SECONDS(n) ((n)*USEC_PER_SEC)
#define QUEUE (300 * USEC_PER_MSEC)

#define CAMERAS_MAX 2

enum { SSRC = 20, RTX_SSRC = 30, ID_SEND_TIME = 3 };

/* From one second to another: the share of what it sends that is lost, how long the link makes packets wait on
 * average, and the share of the link (or of what the encoder makes at most) that is used. Each is at most a tenth
 * beside the worst of seeds 1 to 5. */
struct bound {
    unsigned from, to;
    double loss, queue_ms, used;
};

struct scenario {
    const char *name;
    struct link_config link;
    bool has_send_time, has_rtx, ignores_remb, knows_feedback;
    double later_bps; /* from the middle on; 0: as before */
    double resent;    /* so many of all packets at most are resent ones */
    struct bound bounds[BOUNDS_MAX];
    bool has_two, goes_by_total; /* cameras; what a REMB says is for both */
    bool mutes;                  /* the second of them is silent from the middle on */
};

#define LINK(bps)                                                                                                      \
    {                                                                                                                  \
        .delay = DELAY, .rate_bps = bps, .queue_time = QUEUE                                                           \
    }

static const struct scenario scenarios[] = {
    {"no limit", {.delay = DELAY}, true, true, .resent = 0, .bounds = {{5, 60, 0, 0, 0.95}}},
    {"no limit, no send times", {.delay = DELAY}, false, true, .resent = 0, .bounds = {{5, 60, 0, 0, 0.95}}},
    {"500 kbit/s", LINK(500e3), true, true, .resent = 0, .bounds = {{5, 60, 0, 59, 0.88}}},
    {"500 kbit/s, no RTX", LINK(500e3), true, false, .resent = 0, .bounds = {{5, 60, 0, 59, 0.88}}},
    {"500 kbit/s, no send times", LINK(500e3), false, true, .resent = 0, .bounds = {{5, 60, 0, 56, 0.88}}},
    {"200 kbit/s", LINK(200e3), true, true, .resent = 0.0149, .bounds = {{10, 60, 0, 75, 0.89}}},
    {"500 kbit/s, a short queue",
     {.delay = DELAY, .rate_bps = 500e3, .queue_time = 50 * USEC_PER_MSEC},
     true,
     true,
     .resent = 0.081,
     .bounds = {{5, 60, 0.087, 28.8, 0.92}}}, /* one frame alone fills the queue */
    {"500 kbit/s, two cameras", LINK(500e3), true, true, .resent = 0.0037, .has_two = true,
     .bounds = {{5, 60, 0, 68, 0.9}}},
    {"500 kbit/s, two cameras, as libwebrtc", LINK(500e3), true, true, .resent = 0.0037, .has_two = true,
     .goes_by_total = true, .bounds = {{5, 60, 0, 68, 0.9}}},
    {"500 kbit/s, one of two cameras is muted", LINK(500e3), true, true, .resent = 0.004, .has_two = true,
     .mutes = true, .bounds = {{5, 30, 0, 62, 0.9}, {40, 60, 0, 57, 0.9}}},
    {"no limit, two cameras",
     {.delay = DELAY},
     true,
     true,
     .resent = 0,
     .has_two = true,
     .bounds = {{5, 60, 0, 0, 0.97}}},
    {"no limit, two cameras, as libwebrtc",
     {.delay = DELAY},
     true,
     true,
     .resent = 0,
     .has_two = true,
     .goes_by_total = true,
     .bounds = {{5, 60, 0, 0, 0.97}}},
    {"opens", LINK(300e3), true, true, .later_bps = 4e6, .resent = 0.0019,
     .bounds = {{5, 30, 0, 78, 0.89}, {50, 60, 0, 8.6, 0.94}}},
    {"closes", LINK(3e6), true, true, .later_bps = 300e3, .resent = 0.0025,
     .bounds = {{5, 30, 0, 17, 0.96}, {35, 60, 0, 70, 0.88}}},
    {"6 % random loss",
     {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .loss = 0.06},
     true,
     true,
     .resent = 0.067,
     .bounds = {{5, 60, 0.067, 1.5, 0.93}}},
    {"15 % random loss",
     {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .loss = 0.15},
     true,
     true,
     .resent = 0.166,
     .bounds = {{15, 60, 0.167, 1.55, 0.93}}},
    {"jitter",
     {.delay = 60 * USEC_PER_MSEC, .jitter = 30 * USEC_PER_MSEC, .rate_bps = 10e6, .queue_time = QUEUE},
     true,
     true,
     .resent = 0,
     .bounds = {{5, 60, 0, 1.5, 0.96}}},
    /* The sender does not slow down, so packets are lost all the time: NACKs must not add to that. */
    {"a REMB that is ignored", LINK(500e3), true, true, .ignores_remb = true, .resent = 0.06,
     .bounds = {{5, 60, 0.62, 323, 0.9}}},
    {"transport-wide feedback", LINK(500e3), true, true, .knows_feedback = true, .ignores_remb = true, .resent = 0.06,
     .bounds = {{5, 60, 0.62, 323, 0.9}}},
};

struct datagram {
    uint16_t length;
    uint8_t data[PACKET_CAPACITY];
};

struct second {
    uint64_t offered, dropped, bytes;
    double queue_ms, rate_bps;
};

struct camera {
    struct published_stream stream;
    struct published_packet *sent; /* SENT, by sequence number: for resends */
    uint16_t rtx_sequence;
    double target_bps;
};

struct sim {
    const struct scenario *scenario;
    uint64_t seed;
    struct rng rng;
    struct router *router;
    struct participant *publisher;
    struct link_model up;
    struct datagram *datagrams; /* IN_FLIGHT, by number */
    uint64_t next;
    struct camera cameras[CAMERAS_MAX];
    unsigned camera_count;
    usec_t now, next_frame;
    uint64_t packets, resent, rembs;
    struct link_stats before;
    struct second seconds[SECONDS_MAX];
};

static void join(struct sim *sim)
{
    static const struct router_send sends[CAMERAS_MAX] = {{.mid = "v", .source = "camera"},
                                                          {.mid = "s", .source = "screen"}};
    struct media lines[CAMERAS_MAX];
    bool is_remb = !sim->scenario->knows_feedback;
    for (unsigned i = 0; i < sim->camera_count; i++) {
        struct media *line = &lines[i];
        *line = video_line(sends[i].mid);
        line->receive = true;
        line->codecs[0].remb = is_remb;
        line->codecs[0].transport_cc = !is_remb;
        line->extensions.id[EXTENSION_ABS_SEND_TIME] = sim->scenario->has_send_time ? ID_SEND_TIME : 0;
        line->encoding_count = 1;
        line->encodings[0] =
            (struct media_encoding){.ssrc = SSRC + i, .rtx_ssrc = sim->scenario->has_rtx ? RTX_SSRC + i : 0};
    }
    if (router_join(sim->router, &sim->publisher, "room", "pub", 0, sim->now) != 0)
        abort();
    participant_configure(sim->publisher, lines, sim->camera_count, sends, sim->camera_count, NULL, 0, sim->now);
    participant_set_ready(sim->publisher, true, sim->now);
}

static void transmit(struct sim *sim, const uint8_t *data, size_t length)
{
    sim->packets++;
    if (!link_model_push(&sim->up, sim->next, length + DATAGRAM_OVERHEAD, sim->now))
        return;
    struct datagram *copy = &sim->datagrams[sim->next++ % IN_FLIGHT];
    copy->length = (uint16_t)length;
    memcpy(copy->data, data, length);
}

static uint32_t send_time(const struct sim *sim)
{
    return (uint32_t)(sim->now * 262144 / USEC_PER_SEC) & 0xffffff;
}

static void send_frame(struct sim *sim, unsigned index)
{
    struct camera *camera = &sim->cameras[index];
    size_t size = (size_t)(camera->target_bps / 8 / 30 * (0.7 + 0.6 * rng_unit(&sim->rng))) + 40;
    size_t parts = (size + PAYLOAD - 1) / PAYLOAD;
    for (size_t i = 0; i < parts; i++) {
        struct published_packet *packet = &camera->sent[camera->stream.sequence % SENT];
        uint8_t data[PACKET_CAPACITY];
        *packet = (struct published_packet){
            .marker = i + 1 == parts,
            .ids = {{[EXTENSION_ABS_SEND_TIME] = sim->scenario->has_send_time ? ID_SEND_TIME : 0}},
            .send_time = send_time(sim),
            .is_vp8 = true,
            .vp8 = {.is_start = i == 0},
            .payload = {.size = size / parts}};
        transmit(sim, data, published_stream_write(&camera->stream, data, packet, sim->now));
    }
}

static void resend(struct sim *sim, unsigned index, uint16_t sequence)
{
    struct camera *camera = &sim->cameras[index];
    struct published_packet packet = camera->sent[sequence % SENT];
    uint8_t data[PACKET_CAPACITY];
    if (packet.ssrc == 0 || packet.sequence != sequence)
        return;
    if (sim->scenario->has_rtx)
        packet = published_packet_rtx(&packet, RTX_SSRC + index, RTX, camera->rtx_sequence++);
    packet.send_time = send_time(sim);
    sim->resent++;
    transmit(sim, data, published_packet_write(data, &packet));
}

static void take_remb(struct sim *sim, const struct rtcp_packet *packet)
{
    uint32_t ssrcs[REMB_SSRCS_MAX];
    uint64_t bps;
    int count = rtcp_read_remb(packet, &bps, ssrcs, REMB_SSRCS_MAX);
    bool is_whole = count == 1 && ssrcs[0] == SSRC;
    if (count < 0 || (sim->camera_count == 1 && !is_whole))
        abort();
    sim->rembs += count > 0 && ssrcs[0] == SSRC;
    for (unsigned i = 0; i < sim->camera_count && !sim->scenario->ignores_remb; i++) {
        double most = MOST_BPS / sim->camera_count, wanted = (double)bps;
        bool is_listed = false;
        for (int k = 0; k < count; k++)
            is_listed = is_listed || ssrcs[k] == SSRC + i;
        if (sim->scenario->goes_by_total)
            wanted /= sim->camera_count;
        if (is_listed || sim->scenario->goes_by_total)
            sim->cameras[i].target_bps = wanted < most ? wanted : most;
    }
}

static void take_rtcp(struct sim *sim, const uint8_t *data, size_t length)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    uint16_t lost[512];
    rtcp_reader_init(&reader, data, length);
    while (rtcp_next(&reader, &packet) == 1) {
        if (packet.type == RTCP_PSFB && packet.count == PSFB_APPLICATION)
            take_remb(sim, &packet);
        if (packet.type != RTCP_RTPFB || packet.count != RTPFB_NACK)
            continue;
        uint32_t sender, ssrc;
        int count = rtcp_read_feedback(&packet, &sender, &ssrc) == 0 ? rtcp_read_nack(&packet, lost, 512) : 0;
        for (int i = 0; i < count && ssrc - SSRC < sim->camera_count; i++)
            resend(sim, ssrc - SSRC, lost[i]);
    }
}

static void flush_router(struct sim *sim)
{
    uint8_t data[PACKET_CAPACITY];
    size_t length;
    if (router_next(sim->router) <= sim->now)
        router_timeout(sim->router, sim->now, WALL_EPOCH + sim->now);
    while (router_poll(sim->router) != NULL)
        while ((length = participant_poll_rtcp(sim->publisher, data, sizeof data)) > 0)
            take_rtcp(sim, data, length); /* the way back takes no time */
}

static void deliver(struct sim *sim)
{
    uint64_t number;
    usec_t at;
    enum link_event event;
    while ((event = link_model_pop(&sim->up, sim->now, &number, &at)) != LINK_NONE) {
        struct datagram *datagram = &sim->datagrams[number % IN_FLIGHT];
        if (event == LINK_DELIVER)
            (void)participant_rtp(sim->publisher, datagram->data, datagram->length, sim->now);
    }
}

static void note_second(struct sim *sim)
{
    const struct link_stats *stats = &sim->up.stats;
    struct second *second = &sim->seconds[sim->now / USEC_PER_SEC];
    second->offered = stats->offered - sim->before.offered;
    second->dropped = stats->queue_drops + stats->lost - sim->before.queue_drops - sim->before.lost;
    second->bytes = stats->delivered_bytes - sim->before.delivered_bytes;
    second->rate_bps = sim->up.config.rate_bps;
    sim->before = *stats;
    if (getenv("SIM_TRACE") != NULL)
        printf(" %3lld s: %5.0f kbit/s, target %5.0f, %4llu offered, %4llu dropped, queue %3.0f ms, resent %llu\n",
               (long long)(sim->now / USEC_PER_SEC), (double)second->bytes * 8 / 1000,
               (sim->cameras[0].target_bps + sim->cameras[1].target_bps) / 1000, (unsigned long long)second->offered,
               (unsigned long long)second->dropped, second->queue_ms / 1000, (unsigned long long)sim->resent);
}

static struct sim *simulate(const struct scenario *scenario, uint64_t seed)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    usec_t end = SECONDS(60);
    *sim = (struct sim){.scenario = scenario, .seed = seed, .camera_count = scenario->has_two ? 2 : 1};
    rng_init(&sim->rng, seed);
    for (unsigned i = 0; i < sim->camera_count; i++) {
        struct camera *camera = &sim->cameras[i];
        camera->target_bps = scenario->ignores_remb ? 2 * scenario->link.rate_bps : START_BPS;
        camera->stream = (struct published_stream){.ssrc = SSRC + i, .payload_type = VP8, .clock_rate = 90000};
        camera->stream.sequence = (uint16_t)rng_u32(&sim->rng);
        camera->rtx_sequence = (uint16_t)rng_u32(&sim->rng);
        camera->sent = mem_array(SENT, sizeof *camera->sent);
    }
    sim->router = router_new(&(struct router_config){0}, seed);
    sim->datagrams = mem_array(IN_FLIGHT, sizeof *sim->datagrams);
    link_model_init(&sim->up, &scenario->link, seed + 1, 0);
    join(sim);
    for (sim->now = 0; sim->now < end; sim->now += TICK) {
        if (scenario->later_bps > 0 && sim->now == end / 2) {
            struct link_config later = scenario->link;
            later.rate_bps = scenario->later_bps;
            link_model_set(&sim->up, &later, sim->now);
        }
        if (sim->now >= sim->next_frame) {
            sim->next_frame += FRAME;
            unsigned count = scenario->mutes && sim->now >= end / 2 ? 1 : sim->camera_count;
            for (unsigned i = 0; i < count; i++)
                send_frame(sim, i);
        }
        deliver(sim);
        flush_router(sim);
        sim->seconds[sim->now / USEC_PER_SEC].queue_ms += (double)link_model_queue_time(&sim->up) / USEC_PER_MSEC;
        if ((sim->now + TICK) % USEC_PER_SEC == 0)
            note_second(sim);
    }
    return sim;
}

static void sim_free(struct sim *sim)
{
    router_leave(sim->router, sim->publisher, sim->now);
    router_free(sim->router);
    link_model_fini(&sim->up);
    free(sim->datagrams);
    for (unsigned i = 0; i < sim->camera_count; i++)
        free(sim->cameras[i].sent);
    free(sim);
}

static unsigned check(const struct sim *sim, const struct bound *bound)
{
    double offered = 0, dropped = 0, queue_ms = 0, bits = 0, possible = 0, seconds = bound->to - bound->from;
    for (unsigned i = bound->from; i < bound->to; i++) {
        const struct second *second = &sim->seconds[i];
        offered += (double)second->offered;
        dropped += (double)second->dropped;
        queue_ms += second->queue_ms / 1000 / seconds;
        bits += (double)second->bytes * 8;
        possible += second->rate_bps > 0 && second->rate_bps < MOST_BPS ? second->rate_bps : MOST_BPS;
    }
    double loss = offered > 0 ? dropped / offered : 1, used = bits / possible;
    bool holds = loss <= bound->loss && queue_ms <= bound->queue_ms && used >= bound->used;
    fprintf(holds ? stdout : stderr, "%s, seed %llu, %u s to %u s: %.1f %% lost, a queue of %.0f ms, %.0f %% used%s\n",
            sim->scenario->name, (unsigned long long)sim->seed, bound->from, bound->to, 100 * loss, queue_ms,
            100 * used, holds ? "" : ": out of bounds");
    return holds ? 0 : 1;
}

static unsigned check_resends(const struct sim *sim)
{
    double share = (double)sim->resent / (double)sim->packets;
    bool is_told = sim->rembs >= 55, holds = share <= sim->scenario->resent && is_told != sim->scenario->knows_feedback;
    fprintf(holds ? stdout : stderr, "%s, seed %llu: %.1f %% resent, %llu REMBs%s\n", sim->scenario->name,
            (unsigned long long)sim->seed, 100 * share, (unsigned long long)sim->rembs, holds ? "" : ": out of bounds");
    return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof scenarios / sizeof scenarios[0]; k++)
        for (uint64_t i = runs.seed; i < runs.end; i++) {
            struct sim *sim = simulate(&scenarios[k], i);
            for (size_t b = 0; b < BOUNDS_MAX && scenarios[k].bounds[b].to > 0; b++)
                failures += check(sim, &scenarios[k].bounds[b]);
            failures += check_resends(sim);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
