/* The C client's up-link to somebody without transport-wide feedback: what it learns from receiver reports, from a
 * REMB, and from those that a C client sends. Two sessions of the client, the laboratory's link between them, and an
 * encoder that makes what the estimate allows.
 *
 * sim_uplink [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints each second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/rtp/rtp_session.h"
#include "tests/lab/link_model.h"
#include "tests/support/runs.h"
#include "tests/support/sdp_lines.h"
#include "transport/base/memory.h"
#include "transport/wire/rtp.h"

#define RUNS 5
#define TICK USEC_PER_MSEC
#define FRAME (USEC_PER_SEC / 30)
#define AUDIO_FRAME (20 * USEC_PER_MSEC)
#define DELAY (20 * USEC_PER_MSEC)
#define QUEUE (300 * USEC_PER_MSEC)
#define IN_FLIGHT 8192
#define WALL INT64_C(1764000000000000)
#define END 60 /* seconds */
#define MOST_BPS 2500e3
#define BOUNDS_MAX 2
#define FINGERPRINT "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

enum { SENDER, RECEIVER };

/* From one second to another: the share that is lost at most, and what comes through at least and at most. Each is
 * at most a tenth beside the worst of seeds 1 to 5. */
struct bound {
    unsigned from, to;
    double loss, least_bps, most_bps;
};

struct scenario {
    const char *name;
    double rate_bps, later_bps; /* 0: no limit; the later one from the middle on, 0: as before */
    double loss;
    uint64_t remb_bps; /* said each second in the first half; 0: never */
    struct bound bounds[BOUNDS_MAX];
    bool has_remb; /* the receiver may send its own */
};

static const struct scenario scenarios[] = {
    {"reports, no limit", 0, 0, 0, 0, .bounds = {{20, 60, 0, 2450e3, 3000e3}}},
    {"reports, 500 kbit/s", 500e3, 0, 0, 0, .bounds = {{10, 60, 0.128, 407e3, 510e3}}},
    {"reports, 200 kbit/s", 200e3, 0, 0, 0, .bounds = {{10, 60, 0.066, 172e3, 205e3}}},
    {"reports, opens", 300e3, 4e6, 0, 0, .bounds = {{10, 30, 0.116, 242e3, 305e3}, {50, 60, 0, 907e3, 2440e3}}},
    {"reports, closes", 3e6, 300e3, 0, 0, .bounds = {{20, 30, 0, 2430e3, 3040e3}, {40, 60, 0.099, 248e3, 305e3}}},
    {"reports, 6 % random loss", 10e6, 0, 0.06, 0, .bounds = {{20, 60, 0.067, 2440e3, 3000e3}}},
    {"a REMB of 300 kbit/s", 0, 0, 0, 300000, .bounds = {{3, 30, 0, 271e3, 334e3}, {50, 60, 0, 1500e3, 1720e3}}},
    {"REMBs, no limit", 0, 0, 0, 0, .bounds = {{20, 60, 0, 2500e3, 3000e3}}, .has_remb = true},
    {"REMBs, 500 kbit/s", 500e3, 0, 0, 0, .bounds = {{10, 60, 0, 400e3, 492e3}}, .has_remb = true},
    {"REMBs, 200 kbit/s", 200e3, 0, 0, 0, .bounds = {{10, 60, 0, 150e3, 186e3}}, .has_remb = true},
    {"REMBs, opens", 300e3, 4e6, 0, 0, .bounds = {{10, 30, 0, 180e3, 293e3}, {50, 60, 0, 2420e3, 3010e3}},
     .has_remb = true},
    {"REMBs, closes", 3e6, 300e3, 0, 0, .bounds = {{20, 30, 0, 2430e3, 3040e3}, {40, 60, 0, 228e3, 284e3}},
     .has_remb = true},
    {"REMBs, 6 % random loss", 10e6, 0, 0.06, 0, .bounds = {{20, 60, 0.066, 2440e3, 3000e3}}, .has_remb = true},
};

struct datagram {
    bool is_rtcp;
    uint16_t length;
    uint8_t data[1500];
};

struct direction {
    struct link_model link;
    struct datagram *datagrams; /* IN_FLIGHT, by number */
    uint64_t next;
};

struct second {
    uint64_t offered, dropped, bytes;
};

struct sim {
    const struct scenario *scenario;
    uint64_t seed;
    struct rng rng;
    struct packet_pool *pool;
    struct negotiation *negotiations[2];
    struct rtp_session *sessions[2];
    struct direction ways[2]; /* by the sender */
    usec_t now, next_frame, next_audio, next_remb;
    struct link_stats before;
    struct second seconds[END];
};

static const struct ice_credentials credentials = {"abcdefgh", "abcdefghijklmnopqrstuvwx"};

static void agree(struct sim *sim)
{
    static const char *const ids[2] = {"p1", "p2"};
    static const struct negotiation_source sources[] = {{.source = "microphone", .kind = MEDIA_AUDIO},
                                                        {.source = "camera", .kind = MEDIA_VIDEO}};
    char *text = mem_alloc(SDP_SIZE_MAX), *reply = mem_alloc(SDP_SIZE_MAX);
    json_t *offer = json_object(), *answer = json_object();
    struct refusal refusal;
    for (int i = 0; i < 2; i++) {
        struct negotiation_config config = {.local_id = ids[i],
                                            .remote_id = ids[1 - i],
                                            .offers_first = i == SENDER,
                                            .fingerprint = FINGERPRINT,
                                            .seed = sim->seed + (uint64_t)i,
                                            .session_id = 1};
        sim->negotiations[i] = negotiation_new(&config);
        negotiation_set_sources(sim->negotiations[i], sources, i == SENDER ? 2 : 0);
        sim->sessions[i] = rtp_session_new(sim->pool, ids[i], sim->seed + 99 + (uint64_t)i, 0);
    }
    if (negotiation_offer(sim->negotiations[SENDER], &credentials, text, offer) != 0)
        abort();
    sdp_cut_lines(text, "transport-wide-cc");
    if (!sim->scenario->has_remb)
        sdp_cut_lines(text, "goog-remb");
    if (negotiation_offered(sim->negotiations[RECEIVER], text, json_object_get(offer, "sends"), &credentials, reply,
                            answer, &refusal) != 0 ||
        negotiation_answered(sim->negotiations[SENDER], reply, json_object_get(answer, "sends"), &refusal) != 0)
        abort();
    for (int i = 0; i < 2; i++)
        rtp_session_configure(sim->sessions[i], sim->negotiations[i]);
    json_decref(offer);
    json_decref(answer);
    free(text);
    free(reply);
}

static void push(struct sim *sim, int from, const uint8_t *data, size_t length, bool is_rtcp)
{
    struct direction *way = &sim->ways[from];
    if (!link_model_push(&way->link, way->next, length + DATAGRAM_OVERHEAD, sim->now))
        return;
    struct datagram *datagram = &way->datagrams[way->next++ % IN_FLIGHT];
    datagram->length = (uint16_t)length;
    datagram->is_rtcp = is_rtcp;
    memcpy(datagram->data, data, length);
}

static void drain(struct sim *sim, int from)
{
    uint8_t data[1500];
    size_t length;
    bool is_rtcp;
    while ((length = rtp_session_poll(sim->sessions[from], data, sizeof data, &is_rtcp, sim->now, WALL + sim->now)) > 0)
        push(sim, from, data, length, is_rtcp);
}

static void deliver(struct sim *sim, int from)
{
    struct rtp_session *session = sim->sessions[1 - from];
    uint64_t number;
    usec_t at;
    enum link_event event;
    while ((event = link_model_pop(&sim->ways[from].link, sim->now, &number, &at)) != LINK_NONE) {
        const struct datagram *datagram = &sim->ways[from].datagrams[number % IN_FLIGHT];
        if (event != LINK_DELIVER)
            continue;
        if (datagram->is_rtcp)
            (void)rtp_session_rtcp(session, datagram->data, datagram->length, sim->now, WALL + sim->now);
        else
            (void)rtp_session_rtp(session, datagram->data, datagram->length, sim->now);
    }
}

static void send_media(struct sim *sim)
{
    static uint8_t data[60000] = {0x11};
    uint64_t estimate = rtp_session_estimate(sim->sessions[SENDER]);
    double bps = estimate == 0 ? 1000e3 : 0.9 * (double)estimate - 50e3;
    bps = bps > MOST_BPS ? MOST_BPS : bps < 30e3 ? 30e3 : bps;
    if (sim->now >= sim->next_audio) {
        const struct coded_audio audio = {.data = data, .length = 80, .timestamp = (uint32_t)(sim->now * 6 / 125)};
        rtp_session_audio(sim->sessions[SENDER], "microphone", &audio, sim->now);
        sim->next_audio += AUDIO_FRAME;
    }
    if (sim->now < sim->next_frame)
        return;
    const struct coded_frame frame = {.data = data,
                                      .length = (size_t)(bps / 8 / 30 * (0.7 + 0.6 * rng_unit(&sim->rng))) + 20,
                                      .temporal_layers = 1,
                                      .timestamp = (uint32_t)(sim->now * 9 / 100)};
    rtp_session_video(sim->sessions[SENDER], "camera", 0, &frame, sim->now);
    sim->next_frame += FRAME;
}

static void say_remb(struct sim *sim)
{
    uint8_t data[64];
    struct rtcp_writer writer;
    if (sim->scenario->remb_bps == 0 || sim->now < sim->next_remb || sim->now >= END / 2 * USEC_PER_SEC)
        return;
    sim->next_remb += USEC_PER_SEC;
    rtcp_writer_init(&writer, data, sizeof data);
    rtcp_write_remb(&writer, 1, sim->scenario->remb_bps, NULL, 0);
    push(sim, RECEIVER, data, writer.length, true);
}

static void note_second(struct sim *sim)
{
    const struct link_stats *stats = &sim->ways[SENDER].link.stats;
    struct second *second = &sim->seconds[sim->now / USEC_PER_SEC];
    second->offered = stats->offered - sim->before.offered;
    second->dropped = stats->queue_drops + stats->lost - sim->before.queue_drops - sim->before.lost;
    second->bytes = stats->delivered_bytes - sim->before.delivered_bytes;
    sim->before = *stats;
    if (getenv("SIM_TRACE") != NULL)
        printf(" %3lld s: %5.0f kbit/s, estimate %5.0f, %4llu offered, %4llu dropped\n",
               (long long)(sim->now / USEC_PER_SEC), (double)second->bytes * 8 / 1000,
               (double)rtp_session_estimate(sim->sessions[SENDER]) / 1000, (unsigned long long)second->offered,
               (unsigned long long)second->dropped);
}

static void set_rate(struct sim *sim, double rate_bps)
{
    struct link_config config = sim->ways[SENDER].link.config;
    config.rate_bps = rate_bps;
    link_model_set(&sim->ways[SENDER].link, &config, sim->now);
}

static struct sim *simulate(const struct scenario *scenario, uint64_t seed)
{
    const struct link_config links[2] = {
        {.delay = DELAY, .rate_bps = scenario->rate_bps, .queue_time = QUEUE, .loss = scenario->loss},
        {.delay = DELAY}};
    struct sim *sim = mem_alloc(sizeof *sim);
    *sim = (struct sim){.scenario = scenario, .seed = seed, .pool = packet_pool_new(16384)};
    rng_init(&sim->rng, seed);
    agree(sim);
    for (int i = 0; i < 2; i++) {
        link_model_init(&sim->ways[i].link, &links[i], seed + (uint64_t)i, 0);
        sim->ways[i].datagrams = mem_array(IN_FLIGHT, sizeof *sim->ways[i].datagrams);
    }
    for (sim->now = 0; sim->now < END * USEC_PER_SEC; sim->now += TICK) {
        struct session_frame frame;
        if (scenario->later_bps > 0 && sim->now == END / 2 * USEC_PER_SEC)
            set_rate(sim, scenario->later_bps);
        rtp_session_set_target(sim->sessions[SENDER], (uint64_t)(1.2 * MOST_BPS));
        send_media(sim);
        say_remb(sim);
        for (int i = 0; i < 2; i++) {
            deliver(sim, i);
            drain(sim, i);
        }
        while (rtp_session_frame(sim->sessions[RECEIVER], &frame, sim->now))
            ;
        if ((sim->now + TICK) % USEC_PER_SEC == 0)
            note_second(sim);
    }
    return sim;
}

static void sim_free(struct sim *sim)
{
    for (int i = 0; i < 2; i++) {
        rtp_session_free(sim->sessions[i]);
        negotiation_free(sim->negotiations[i]);
        link_model_fini(&sim->ways[i].link);
        free(sim->ways[i].datagrams);
    }
    packet_pool_free(sim->pool);
    free(sim);
}

static unsigned check(const struct sim *sim, const struct bound *bound)
{
    double offered = 0, dropped = 0, bits = 0;
    for (unsigned i = bound->from; i < bound->to; i++) {
        offered += (double)sim->seconds[i].offered;
        dropped += (double)sim->seconds[i].dropped;
        bits += (double)sim->seconds[i].bytes * 8;
    }
    double loss = offered > 0 ? dropped / offered : 1, bps = bits / (bound->to - bound->from);
    bool holds = loss <= bound->loss && bps >= bound->least_bps && bps <= bound->most_bps;
    fprintf(holds ? stdout : stderr, "%s, seed %llu, %u s to %u s: %.1f %% lost, %.0f kbit/s%s\n", sim->scenario->name,
            (unsigned long long)sim->seed, bound->from, bound->to, 100 * loss, bps / 1000,
            holds ? "" : ": out of bounds");
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
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
