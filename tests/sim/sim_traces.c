/* One viewer with audio and transport-wide feedback on links that change as those of phones, of Wi-Fi and of a train
 * do: traces of our own making, another one for each seed. How much of what could be forwarded is forwarded, how long
 * the picture stands still, what becomes of the voice, and how long the queue is.
 *
 * sim_traces [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints what happens. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/one_call.h"
#include "tests/support/runs.h"

#define RUNS 10
#define SETTLED_S 10
#define END_S 90
#define QUEUE_BYTES 150000 /* mobile networks keep rather than drop */
#define BEST_BPS 1751e3    /* the top encoding and the voice */

static const struct publishing publishing = {.encoding_bps = {150e3, 500e3, 1700e3}, .ramp = 3 * USEC_PER_SEC};

/* Bounds are a tenth beside the worst of the default seeds. */
struct cell {
    enum link_trace_kind kind;
    unsigned least_percent; /* of what could be forwarded: in each second the link, or all encodings' best */
    unsigned most_stalls;   /* seconds without a picture, of 80 */
    unsigned most_falls;    /* to a smaller picture */
    unsigned most_still_ms;
    unsigned most_queue_ms; /* p95 of the seconds' longest */
    unsigned least_voice;   /* percent of the packets, at any time */
};

static const struct cell cells[] = {
    {LINK_TRACE_LTE, 43, 0, 12, 478, 525, 98},
    {LINK_TRACE_UMTS, 38, 1, 9, 1375, 1133, 98},
    {LINK_TRACE_WIFI, 51, 0, 14, 330, 754, 99},
    {LINK_TRACE_TRAIN, 45, 5, 12, 3315, 3300, 95},
};

static int by_length(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

/* What of the trace's seconds the call could have used, in bits. */
static double useful_bits(const struct link_trace *trace)
{
    double seconds[END_S] = {0}, sum = 0;
    for (uint64_t i = 0; link_trace_at(trace, i) < END_S * USEC_PER_SEC; i++)
        seconds[link_trace_at(trace, i) / USEC_PER_SEC] += LINK_TRACE_BYTES * 8;
    for (unsigned i = SETTLED_S; i < END_S; i++)
        sum += seconds[i] < BEST_BPS ? seconds[i] : BEST_BPS;
    return sum;
}

struct summary {
    double media_bits;
    unsigned stalls, queue_ms, voice_percent;
    uint64_t audio, audio_sent;
};

static struct summary summarize(const struct sim *sim)
{
    struct summary summary = {0};
    usec_t queues[END_S];
    for (unsigned i = SETTLED_S; i < END_S; i++) {
        const struct second *second = &sim->seconds[i];
        summary.media_bits += (double)second->media_bytes * 8;
        summary.stalls += second->decoded[0] + second->decoded[1] + second->decoded[2] == 0;
        summary.audio += second->audio;
        summary.audio_sent += second->audio_sent;
        queues[i - SETTLED_S] = second->queue;
    }
    qsort(queues, END_S - SETTLED_S, sizeof *queues, by_length);
    summary.queue_ms = (unsigned)(queues[(END_S - SETTLED_S) * 95 / 100] / USEC_PER_MSEC);
    summary.voice_percent = (unsigned)(summary.audio * 100 / summary.audio_sent);
    return summary;
}

static unsigned expect(bool holds, const struct sim *sim, const char *what)
{
    if (!holds)
        fprintf(stderr, "%s, seed %llu: %s\n", sim->scenario->name, (unsigned long long)sim->seed, what);
    return holds ? 0 : 1;
}

static unsigned check(const struct sim *sim, const struct cell *cell)
{
    struct summary summary = summarize(sim);
    double useful = useful_bits(sim->scenario->link.trace), percent = summary.media_bits * 100 / useful;
    double per_second = 1e3 * (END_S - SETTLED_S);
    unsigned failures = 0;
    printf("%s, seed %llu: %4.0f kbit/s, %2.0f %% of the %4.0f that could be; %2u s without a picture, longest still "
           "%4lld ms; %u falls; voice %u %%; queue %4u ms\n",
           sim->scenario->name, (unsigned long long)sim->seed, summary.media_bits / per_second, percent,
           useful / per_second, summary.stalls, (long long)sim->still_ms[0], sim->falls, summary.voice_percent,
           summary.queue_ms);
    failures += expect(percent >= cell->least_percent, sim, "too little of the link is used");
    failures += expect(summary.stalls <= cell->most_stalls, sim, "the picture was away for too long");
    failures += expect(sim->falls <= cell->most_falls, sim, "the picture flaps");
    failures += expect(sim->still_ms[0] <= cell->most_still_ms, sim, "the picture stood still");
    failures += expect(summary.queue_ms <= cell->most_queue_ms, sim, "the queue is too long");
    failures += expect(summary.voice_percent >= cell->least_voice, sim, "the voice was lost");
    return failures;
}

static unsigned run(const struct cell *cell, uint64_t seed)
{
    struct link_trace trace;
    link_trace_make(&trace, cell->kind, END_S, seed);
    const struct scenario scenario = {
        .name = link_trace_kind_name(cell->kind),
        .link = {.delay = DELAY, .trace = &trace, .queue_bytes = QUEUE_BYTES},
        .end = END_S * USEC_PER_SEC,
        .viewer = {.has_feedback = true, .report_interval = USEC_PER_SEC, .has_rtx = true, .has_audio = true},
    };
    struct sim *sim = simulate_call(&scenario, &publishing, NULL, seed, getenv("SIM_TRACE") != NULL);
    unsigned failures = check(sim, cell);
    sim_free(sim);
    link_trace_fini(&trace);
    return failures;
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
        for (uint64_t seed = runs.seed; seed < runs.end; seed++)
            failures += run(&cells[k], seed);
    return failures == 0 ? 0 : 1;
}
