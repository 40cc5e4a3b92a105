/* One viewer with audio and transport-wide feedback on links that stay as they are, from 300 kbit/s to 3 Mbit/s: how
 * much of what could be forwarded is forwarded, how many pictures that is, how often the picture becomes smaller, and
 * how long the queue is. The encodings are as the page has them, and take 3 s to grow when they are asked for again.
 *
 * sim_steady [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints what happens. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/one_call.h"
#include "tests/support/runs.h"

#define RUNS 5
#define SETTLED_S 20
#define END_S 80
#define AUDIO_BPS 51e3

static const struct publishing publishing = {.encoding_bps = {150e3, 500e3, 1700e3}, .ramp = 3 * USEC_PER_SEC};

/* Bounds are a tenth beside the worst of the default seeds. */
struct cell {
    double rate_bps;
    unsigned queue_ms;
    double loss;
    unsigned least_percent; /* of what could be forwarded: the link, or all encodings' best */
    unsigned most_falls;    /* to a smaller picture, in 70 s */
    unsigned most_still_ms;
    unsigned most_queue_ms; /* p95 of the seconds' longest */
};

static const struct cell cells[] = {
    {300e3, 300, 0, 64, 0, 1538, 115}, {400e3, 300, 0, 49, 1, 904, 92},  {500e3, 300, 0, 39, 7, 394, 150},
    {700e3, 300, 0, 39, 8, 199, 161},  {1e6, 300, 0, 53, 5, 188, 239},   {1.2e6, 300, 0, 44, 0, 230, 60},
    {1.5e6, 300, 0, 35, 9, 205, 150},  {2e6, 300, 0, 43, 10, 255, 182},  {3e6, 300, 0, 91, 0, 170, 50},
    {1e6, 60, 0, 52, 2, 340, 75},      {1.2e6, 1000, 0, 44, 0, 230, 60}, {1.5e6, 300, 0.03, 35, 9, 411, 179},
};

static struct scenario scenario_of(const struct cell *cell)
{
    return (struct scenario){
        .name = "steady",
        .link = {.delay = DELAY,
                 .rate_bps = cell->rate_bps,
                 .queue_time = cell->queue_ms * USEC_PER_MSEC,
                 .loss = cell->loss},
        .end = END_S * USEC_PER_SEC,
        .viewer = {.has_feedback = true, .report_interval = USEC_PER_SEC, .has_rtx = true, .has_audio = true},
        .phases = {{0, cell->rate_bps}},
    };
}

static int by_length(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

struct summary {
    double media_bps, estimate_bps, pictures; /* a second */
    double encodings[ENCODINGS];              /* shares of the pictures */
    unsigned queue_ms;
};

static struct summary summarize(const struct sim *sim)
{
    struct summary summary = {0};
    unsigned seconds = END_S - SETTLED_S;
    usec_t queues[END_S];
    for (unsigned i = SETTLED_S; i < END_S; i++) {
        const struct second *second = &sim->seconds[i];
        summary.media_bps += (double)second->media_bytes * 8 / seconds;
        summary.estimate_bps += second->estimate_bps / seconds;
        for (unsigned k = 0; k < ENCODINGS; k++) {
            summary.encodings[k] += second->decoded[k];
            summary.pictures += (double)second->decoded[k] / seconds;
        }
        queues[i - SETTLED_S] = second->queue;
    }
    for (unsigned k = 0; k < ENCODINGS; k++)
        summary.encodings[k] /= summary.pictures * seconds;
    qsort(queues, seconds, sizeof *queues, by_length);
    summary.queue_ms = (unsigned)(queues[seconds * 95 / 100] / USEC_PER_MSEC);
    return summary;
}

static unsigned expect(bool holds, const struct sim *sim, const struct cell *cell, const char *what)
{
    if (!holds)
        fprintf(stderr, "%.1f Mbit/s, queue of %u ms, seed %llu: %s\n", cell->rate_bps / 1e6, cell->queue_ms,
                (unsigned long long)sim->seed, what);
    return holds ? 0 : 1;
}

static unsigned check(const struct sim *sim, const struct cell *cell)
{
    struct summary summary = summarize(sim);
    double best = publishing.encoding_bps[ENCODINGS - 1] + AUDIO_BPS,
           useful = cell->rate_bps < best ? cell->rate_bps : best;
    double percent = summary.media_bps * 100 / useful;
    unsigned failures = 0;
    printf(
        "%.1f Mbit/s, queue of %4u ms, loss of %.0f %%, seed %llu: %4.0f kbit/s, %3.0f %% of what could be; estimate "
        "%4.0f; %4.1f pictures/s, %2.0f %2.0f %2.0f %% of them small, medium, large; %u falls, longest still %4lld "
        "ms; queue %3u ms\n",
        cell->rate_bps / 1e6, cell->queue_ms, cell->loss * 100, (unsigned long long)sim->seed, summary.media_bps / 1000,
        percent, summary.estimate_bps / 1000, summary.pictures, summary.encodings[0] * 100, summary.encodings[1] * 100,
        summary.encodings[2] * 100, sim->falls, (long long)sim->still_ms[0], summary.queue_ms);
    failures += expect(percent >= cell->least_percent, sim, cell, "too little of the link is used");
    failures += expect(sim->falls <= cell->most_falls, sim, cell, "the picture flaps");
    failures += expect(sim->still_ms[0] <= cell->most_still_ms, sim, cell, "the picture stood still");
    failures += expect(summary.queue_ms <= cell->most_queue_ms, sim, cell, "the queue is too long");
    return failures;
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
        for (uint64_t i = runs.seed; i < runs.end; i++) {
            const struct scenario scenario = scenario_of(&cells[k]);
            struct sim *sim = simulate_call(&scenario, &publishing, NULL, i, getenv("SIM_TRACE") != NULL);
            failures += check(sim, &cells[k]);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
