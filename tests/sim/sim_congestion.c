/* The congestion control of both hops in the test cases of RFC 8867, sections 5.1 to 5.4: bandwidth estimate and
 * transport-wide feedback over the laboratory's link model, in virtual time, from a seed. The sources are elastic: 30
 * frames a second of whatever size the estimate allows.
 *
 * sim_congestion [seed [runs]] runs all cases and checks them
 * sim_congestion --csv CASE    prints one: seconds,capacity,queue_ms, then rate and estimate of each flow (kbit/s) */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/link_model.h"
#include "tests/support/runs.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/hop/bwe.h"
#include "transport/hop/twcc_recorder.h"
#include "transport/wire/rtcp.h"
#include "transport/wire/rtp.h"

#define FLOWS_MAX 3
#define PACKET_SIZE 1200
#define MIN_BPS 150000
#define MAX_BPS 4000000
#define TICK USEC_PER_MSEC
#define FRAME (USEC_PER_SEC / 30)
#define SAMPLE (USEC_PER_SEC / 4)
#define DELAY (50 * USEC_PER_MSEC)
#define JITTER (5 * USEC_PER_MSEC)
#define QUEUE (300 * USEC_PER_MSEC)
#define IN_FLIGHT 8192
#define PHASES_MAX 8
#define SAMPLES_MAX 1024
#define RUNS 20

struct phase {
    double at_s, capacity_mbps;
    double least_share; /* of it, in percent, when all have settled: about 5 % beside the worst of seeds 1 to 20 */
};

struct test_case {
    const char *name, *title;
    double seconds;
    unsigned flows;
    double starts_s[FLOWS_MAX];
    bool is_backward[FLOWS_MAX]; /* the flow's media goes the other way */
    struct phase forward[PHASES_MAX],
        backward[PHASES_MAX]; /* backward: none, not limited; its shares are not looked at */
    double most_queue_ms;     /* about 5 % beside the worst of seeds 1 to 20 */
};

static const struct test_case cases[] = {
    {"5.1",
     "one flow, changing capacity",
     100,
     1,
     {0},
     {false},
     {{0, 1.0, 91}, {40, 2.5, 91}, {60, 0.6, 91}, {80, 1.0, 91}},
     {{0, 0, 0}},
     190},
    {"5.2",
     "two flows, changing capacity",
     125,
     2,
     {0, 0},
     {false, false},
     {{0, 2.0, 85}, {25, 1.0, 91}, {50, 1.75, 91}, {75, 0.5, 91}, {100, 1.0, 91}},
     {{0, 0, 0}},
     230},
    {"5.3",
     "flows both ways, both directions congested",
     100,
     2,
     {0, 0},
     {false, true},
     {{0, 2.0, 86}, {20, 1.0, 79}, {40, 0.5, 86}, {60, 2.0, 89}},
     {{0, 2.0, 0}, {35, 0.8, 0}, {70, 2.0, 0}},
     180},
    {"5.4",
     "three flows that start one after the other",
     120,
     3,
     {0, 20, 40},
     {false, false, false},
     {{0, 3.5, 89}},
     {{0, 0, 0}},
     245},
};

struct datagram {
    uint8_t flow;
    bool is_feedback;
    uint16_t sequence;
    uint16_t length; /* of feedback */
    uint8_t data[1400];
};

struct direction {
    struct link_model link;
    struct datagram *datagrams; /* IN_FLIGHT, by number */
    uint64_t next;
};

struct flow {
    struct bwe *bwe;
    struct twcc_recorder *recorder;
    struct direction *media, *feedback;
    usec_t start, next_frame, next_report;
    uint16_t sequence;
    bool is_probing;
    struct bwe_probe probe;
    usec_t probe_started;
    uint64_t probe_sent;
    uint64_t received_bytes, received_before;
};

struct sample {
    double capacity_kbps, queue_ms, rate_kbps[FLOWS_MAX], estimate_kbps[FLOWS_MAX];
};

struct sim {
    const struct test_case *test;
    struct rng rng;
    struct direction forward, backward;
    struct flow flows[FLOWS_MAX];
    struct sample samples[SAMPLES_MAX];
    size_t sample_count;
    usec_t now;
};

static void direction_init(struct direction *direction, uint64_t seed, usec_t now)
{
    const struct link_config config = {.delay = DELAY, .jitter = JITTER, .queue_time = QUEUE};
    link_model_init(&direction->link, &config, seed, now);
    direction->datagrams = mem_array(IN_FLIGHT, sizeof *direction->datagrams);
}

static void follow_capacity(struct direction *direction, const struct phase *phases, double seconds, usec_t now)
{
    double mbps = 0;
    for (int i = 0; i < PHASES_MAX && (i == 0 || phases[i].at_s > 0); i++)
        if (seconds >= phases[i].at_s)
            mbps = phases[i].capacity_mbps;
    struct link_config config = direction->link.config;
    if (mbps * 1e6 <= config.rate_bps && mbps * 1e6 >= config.rate_bps)
        return;
    config.rate_bps = mbps * 1e6;
    link_model_set(&direction->link, &config, now);
}

static struct datagram *push(struct direction *direction, size_t bytes, usec_t now)
{
    uint64_t number = direction->next;
    if (!link_model_push(&direction->link, number, bytes + DATAGRAM_OVERHEAD, now))
        return NULL;
    direction->next++;
    return &direction->datagrams[number % IN_FLIGHT];
}

static void send_media(struct sim *sim, unsigned index, size_t bytes, int cluster)
{
    struct flow *flow = &sim->flows[index];
    struct datagram *datagram = push(flow->media, bytes, sim->now);
    bwe_sent(flow->bwe, flow->sequence, bytes, cluster, sim->now);
    if (datagram != NULL)
        *datagram = (struct datagram){.flow = (uint8_t)index, .sequence = flow->sequence, .length = (uint16_t)bytes};
    flow->sequence++;
}

static void send_frame(struct sim *sim, unsigned index)
{
    uint64_t estimate = bwe_estimate(sim->flows[index].bwe);
    double size = (double)estimate * 0.95 / 8 / 30 * (0.8 + 0.4 * rng_unit(&sim->rng));
    for (double left = size; left > 0; left -= PACKET_SIZE + DATAGRAM_OVERHEAD)
        send_media(sim, index, left > PACKET_SIZE ? PACKET_SIZE : (size_t)left + 60, 0);
}

static void probe(struct sim *sim, unsigned index)
{
    struct flow *flow = &sim->flows[index];
    if (!flow->is_probing && bwe_take_probe(flow->bwe, &flow->probe, sim->now)) {
        flow->is_probing = true;
        flow->probe_started = sim->now;
        flow->probe_sent = 0;
    }
    if (!flow->is_probing)
        return;
    uint64_t due = flow->probe.rate_bps / 8 * (uint64_t)(sim->now - flow->probe_started + TICK) / USEC_PER_SEC;
    uint64_t needed = (due < flow->probe.bytes ? due : flow->probe.bytes), media = bwe_probe_media(flow->bwe);
    for (; flow->probe_sent + media < needed; flow->probe_sent += 250 + DATAGRAM_OVERHEAD)
        send_media(sim, index, 250, flow->probe.cluster);
    flow->is_probing = flow->probe_sent + media < flow->probe.bytes;
}

static void send_feedback(struct sim *sim, unsigned index)
{
    struct flow *flow = &sim->flows[index];
    uint8_t data[1400];
    struct rtcp_writer writer;
    rtcp_writer_init(&writer, data, sizeof data);
    while (twcc_recorder_write(flow->recorder, &writer, 1, sim->now))
        ;
    struct datagram *datagram = writer.length > 0 ? push(flow->feedback, writer.length, sim->now) : NULL;
    if (datagram == NULL)
        return;
    *datagram = (struct datagram){.flow = (uint8_t)index, .is_feedback = true, .length = (uint16_t)writer.length};
    memcpy(datagram->data, data, writer.length);
}

static void take_feedback(struct flow *flow, const struct datagram *datagram, usec_t now)
{
    struct rtcp_reader reader;
    struct rtcp_packet packet;
    struct twcc_feedback feedback;
    rtcp_reader_init(&reader, datagram->data, datagram->length);
    while (rtcp_next(&reader, &packet) == 1)
        if (twcc_read(&feedback, &packet) == 0)
            bwe_feedback(flow->bwe, &feedback, now);
}

static void deliver(struct sim *sim, struct direction *direction)
{
    uint64_t number;
    usec_t at;
    enum link_event event;
    while ((event = link_model_pop(&direction->link, sim->now, &number, &at)) != LINK_NONE) {
        const struct datagram *datagram = &direction->datagrams[number % IN_FLIGHT];
        struct flow *flow = &sim->flows[datagram->flow];
        if (event == LINK_LOST)
            continue;
        if (datagram->is_feedback) {
            take_feedback(flow, datagram, at);
            continue;
        }
        flow->received_bytes += datagram->length;
        twcc_recorder_packet(flow->recorder, datagram->sequence, 1, at);
    }
}

static void take_sample(struct sim *sim)
{
    struct sample *sample = &sim->samples[sim->sample_count++];
    sample->capacity_kbps = sim->forward.link.config.rate_bps / 1000;
    sample->queue_ms = (double)link_model_queue_time(&sim->forward.link) / 1000;
    for (unsigned i = 0; i < sim->test->flows; i++) {
        struct flow *flow = &sim->flows[i];
        sample->rate_kbps[i] = (double)(flow->received_bytes - flow->received_before) * 8 / 250;
        sample->estimate_kbps[i] = sim->now >= flow->start ? (double)bwe_estimate(flow->bwe) / 1000 : 0;
        flow->received_before = flow->received_bytes;
    }
}

static void tick(struct sim *sim)
{
    double seconds = (double)sim->now / USEC_PER_SEC;
    follow_capacity(&sim->forward, sim->test->forward, seconds, sim->now);
    follow_capacity(&sim->backward, sim->test->backward, seconds, sim->now);
    deliver(sim, &sim->forward);
    deliver(sim, &sim->backward);
    for (unsigned i = 0; i < sim->test->flows; i++) {
        struct flow *flow = &sim->flows[i];
        if (sim->now < flow->start)
            continue;
        for (; sim->now >= flow->next_frame; flow->next_frame += FRAME)
            send_frame(sim, i);
        bwe_timeout(flow->bwe, sim->now);
        probe(sim, i);
        if (sim->now >= twcc_recorder_next(flow->recorder))
            send_feedback(sim, i);
    }
}

static struct sim *simulate(const struct test_case *test, uint64_t seed)
{
    struct sim *sim = mem_alloc(sizeof *sim);
    const struct bwe_config config = {.start_bps = 300000, .min_bps = MIN_BPS, .max_bps = MAX_BPS};
    sim->test = test;
    rng_init(&sim->rng, seed);
    direction_init(&sim->forward, seed + 1, 0);
    direction_init(&sim->backward, seed + 2, 0);
    for (unsigned i = 0; i < test->flows; i++) {
        struct flow *flow = &sim->flows[i];
        flow->media = test->is_backward[i] ? &sim->backward : &sim->forward;
        flow->feedback = test->is_backward[i] ? &sim->forward : &sim->backward;
        flow->start = (usec_t)(test->starts_s[i] * USEC_PER_SEC);
        flow->next_frame = flow->start + (usec_t)rng_below(&sim->rng, (uint64_t)FRAME);
        flow->bwe = bwe_new(&config, flow->start);
        bwe_set_target(flow->bwe, MAX_BPS);
        flow->recorder = twcc_recorder_new(50 * USEC_PER_MSEC);
    }
    usec_t end = (usec_t)(test->seconds * USEC_PER_SEC);
    for (sim->now = 0; sim->now < end; sim->now += TICK) {
        tick(sim);
        if (sim->now % SAMPLE == SAMPLE - TICK)
            take_sample(sim);
    }
    return sim;
}

static void sim_free(struct sim *sim)
{
    for (unsigned i = 0; i < sim->test->flows; i++) {
        bwe_free(sim->flows[i].bwe);
        twcc_recorder_free(sim->flows[i].recorder);
    }
    link_model_fini(&sim->forward.link);
    link_model_fini(&sim->backward.link);
    free(sim->forward.datagrams);
    free(sim->backward.datagrams);
    free(sim);
}

static void print_csv(const struct sim *sim)
{
    printf("seconds,capacity,queue_ms");
    for (unsigned i = 0; i < sim->test->flows; i++)
        printf(",rate_%u,estimate_%u", i + 1, i + 1);
    for (size_t i = 0; i < sim->sample_count; i++) {
        const struct sample *sample = &sim->samples[i];
        printf("\n%.2f,%.0f,%.0f", (double)(i + 1) / 4, sample->capacity_kbps, sample->queue_ms);
        for (unsigned k = 0; k < sim->test->flows; k++)
            printf(",%.0f,%.0f", sample->rate_kbps[k], sample->estimate_kbps[k]);
    }
    printf("\n");
}

/* Checks */

static double mean_rate(const struct sim *sim, unsigned flow, double from_s, double to_s)
{
    double sum = 0;
    size_t first = (size_t)(from_s * 4), end = (size_t)(to_s * 4);
    for (size_t i = first; i < end && i < sim->sample_count; i++)
        sum += sim->samples[i].rate_kbps[flow];
    return sum / (double)(end - first);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double queue_p95(const struct sim *sim)
{
    double values[SAMPLES_MAX];
    for (size_t i = 0; i < sim->sample_count; i++)
        values[i] = sim->samples[i].queue_ms;
    qsort(values, sim->sample_count, sizeof *values, by_size);
    return values[sim->sample_count * 95 / 100];
}

static unsigned failures;

static void expect(bool holds, const struct sim *sim, uint64_t seed, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void expect(bool holds, const struct sim *sim, uint64_t seed, const char *format, ...)
{
    va_list arguments;
    if (holds)
        return;
    failures++;
    va_start(arguments, format);
    fprintf(stderr, "seed %llu, case %s: ", (unsigned long long)seed, sim->test->name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* Of each phase the last half, when the flows should have settled: what all forward flows use of the capacity. */
static void check_use(const struct sim *sim, uint64_t seed)
{
    const struct phase *phases = sim->test->forward;
    for (int i = 0; i < PHASES_MAX && (i == 0 || phases[i].at_s > 0); i++) {
        bool is_last = i + 1 == PHASES_MAX || phases[i + 1].at_s <= 0;
        double end = is_last ? sim->test->seconds : phases[i + 1].at_s, from = (phases[i].at_s + end) / 2, sum = 0;
        for (unsigned k = 0; k < sim->test->flows; k++)
            if (!sim->test->is_backward[k])
                sum += mean_rate(sim, k, from, end);
        double share = sum / 10 / phases[i].capacity_mbps;
        printf("case %s, %3.0f s to %3.0f s: %4.0f kbit/s, %3.0f %% of the capacity\n", sim->test->name, from, end, sum,
               share);
        expect(share >= phases[i].least_share && share < 100, sim, seed, "%.0f %% of the capacity from %.0f s on",
               share, from);
    }
}

static void check(const struct sim *sim, uint64_t seed)
{
    double queue = queue_p95(sim);
    check_use(sim, seed);
    printf("case %s: queue p95 %.0f ms\n", sim->test->name, queue);
    expect(queue < sim->test->most_queue_ms, sim, seed, "queue p95 %.0f ms", queue);
    if (strcmp(sim->test->name, "5.4") == 0) {
        double least = 1e9, most = 0;
        for (unsigned i = 0; i < 3; i++) {
            double rate = mean_rate(sim, i, 90, 120);
            printf("case 5.4: flow %u has %.0f kbit/s in the end\n", i + 1, rate);
            least = rate < least ? rate : least;
            most = rate > most ? rate : most;
        }
        expect(least > most / 3, sim, seed, "of three flows one has %.0f kbit/s, another %.0f", least, most);
    }
}

int main(int argc, char **argv)
{
    bool is_csv = argc == 3 && strcmp(argv[1], "--csv") == 0;
    struct runs runs = is_csv ? runs_of(0, NULL, 1) : runs_of(argc, argv, RUNS);
    for (uint64_t run = runs.seed; run < runs.end; run++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            if (is_csv && strcmp(argv[2], cases[i].name) != 0)
                continue;
            struct sim *sim = simulate(&cases[i], run);
            if (is_csv)
                print_csv(sim);
            else
                check(sim, run);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
