/* One viewer on a link that a TCP download fills for 40 s: links of 1, 2 and 5 Mbit/s with queues from 50 ms to 1 s.
 * What the viewer keeps of its half, how long its picture stands still, and how long the queue is, before, during and
 * after.
 *
 * sim_shared [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints each second. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/one_call.h"
#include "tests/support/runs.h"

#define RUNS 5
#define ALONE_UNTIL 20 /* seconds */
#define SHARED_UNTIL 60
#define END 80
#define SETTLING 5 /* the download's slow start, and what it drops */

/* Bounds are a tenth beside the worst of the default seeds. The aim is 60 % of the half, and no second without a
 * picture. */
struct cell {
    double rate_bps;
    unsigned queue_ms;
    unsigned least_percent; /* the estimate, of half the link, while it is shared */
    unsigned most_stalls;   /* seconds without a picture meanwhile, of 35 */
    double least_after_bps; /* what the viewer gets again afterwards */
};

static const struct cell cells[] = {
    {1e6, 50, 50, 5, 472e3},  {1e6, 100, 49, 0, 467e3},  {1e6, 300, 63, 3, 490e3},  {1e6, 1000, 50, 6, 473e3},
    {2e6, 50, 38, 1, 478e3},  {2e6, 100, 29, 1, 509e3},  {2e6, 300, 50, 3, 496e3},  {2e6, 1000, 47, 7, 520e3},
    {5e6, 50, 33, 1, 1520e3}, {5e6, 100, 36, 1, 1425e3}, {5e6, 300, 46, 1, 1479e3}, {5e6, 1000, 42, 6, 1482e3},
};

static struct scenario scenario_of(const struct cell *cell)
{
    return (struct scenario){
        .name = "shared",
        .link = {.delay = DELAY, .rate_bps = cell->rate_bps, .queue_time = cell->queue_ms * USEC_PER_MSEC},
        .end = END * USEC_PER_SEC,
        .viewer = {.has_feedback = true, .report_interval = USEC_PER_SEC, .has_rtx = true},
        .phases = {{0, cell->rate_bps},
                   {ALONE_UNTIL * USEC_PER_SEC, cell->rate_bps},
                   {SHARED_UNTIL * USEC_PER_SEC, cell->rate_bps}},
    };
}

/* Of the seconds from one to another. */
struct summary {
    double rate_bps, estimate_bps, least_estimate_bps,
        queue_ms;              /* means; the longest queue of the 95th of 100 seconds */
    unsigned pictures, stalls; /* seconds without a picture */
};

static int by_length(const void *a, const void *b)
{
    usec_t x = *(const usec_t *)a, y = *(const usec_t *)b;
    return (x > y) - (x < y);
}

static struct summary summarize(const struct sim *sim, unsigned from, unsigned end)
{
    struct summary summary = {.least_estimate_bps = 1e12};
    usec_t queues[END];
    for (unsigned i = from; i < end; i++) {
        const struct second *second = &sim->seconds[i];
        unsigned pictures = second->decoded[0] + second->decoded[1] + second->decoded[2];
        summary.rate_bps += (double)second->viewer_bytes * 8 / (end - from);
        summary.estimate_bps += second->estimate_bps / (end - from);
        if (second->estimate_bps < summary.least_estimate_bps)
            summary.least_estimate_bps = second->estimate_bps;
        summary.pictures += pictures;
        summary.stalls += pictures == 0;
        queues[i - from] = second->queue;
    }
    qsort(queues, end - from, sizeof *queues, by_length);
    summary.queue_ms = (double)queues[(end - from) * 95 / 100] / USEC_PER_MSEC;
    return summary;
}

static void trace(const struct sim *sim)
{
    for (unsigned i = 0; i < END; i++) {
        const struct second *second = &sim->seconds[i];
        printf(
            "%2u s: viewer %4.0f kbit/s, all %4.0f, estimate %4.0f, queue %4lld ms, dropped %2llu, pictures %u %u %u\n",
            i, (double)second->viewer_bytes * 8 / 1000, (double)second->bytes * 8 / 1000, second->estimate_bps / 1000,
            (long long)second->queue / USEC_PER_MSEC, (unsigned long long)second->dropped, second->decoded[0],
            second->decoded[1], second->decoded[2]);
    }
}

static unsigned expect(bool holds, const struct sim *sim, const struct cell *cell, const char *what)
{
    if (!holds)
        fprintf(stderr, "%.0f Mbit/s, queue of %u ms, seed %llu: %s\n", cell->rate_bps / 1e6, cell->queue_ms,
                (unsigned long long)sim->seed, what);
    return holds ? 0 : 1;
}

static unsigned check(const struct sim *sim, const struct cell *cell)
{
    double fair = cell->rate_bps / 2;
    struct summary alone = summarize(sim, 10, ALONE_UNTIL);
    struct summary shared = summarize(sim, ALONE_UNTIL + SETTLING, SHARED_UNTIL);
    struct summary after = summarize(sim, SHARED_UNTIL + 10, END);
    unsigned failures = 0;
    printf("%.0f Mbit/s, queue of %4u ms, seed %llu: %4.0f -> %4.0f (%2.0f %% of the link) -> %4.0f kbit/s; estimate "
           "%4.0f "
           "(%3.0f %% of the half, least %4.0f); still %lld ms; %u pictures, %u s without; queue %3.0f -> %4.0f -> "
           "%3.0f ms\n",
           cell->rate_bps / 1e6, cell->queue_ms, (unsigned long long)sim->seed, alone.rate_bps / 1000,
           shared.rate_bps / 1000, shared.rate_bps / cell->rate_bps * 100, after.rate_bps / 1000,
           shared.estimate_bps / 1000, shared.estimate_bps / fair * 100, shared.least_estimate_bps / 1000,
           (long long)sim->still_ms[1], shared.pictures, shared.stalls, alone.queue_ms, shared.queue_ms,
           after.queue_ms);
    failures += expect(shared.estimate_bps * 100 >= fair * cell->least_percent, sim, cell, "too little is kept");
    failures += expect(shared.stalls <= cell->most_stalls, sim, cell, "the picture was away for too long");
    failures += expect(after.rate_bps >= cell->least_after_bps, sim, cell, "what was taken away did not come back");
    return failures;
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    const struct download download = {.from = ALONE_UNTIL * USEC_PER_SEC, .until = SHARED_UNTIL * USEC_PER_SEC};
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
        for (uint64_t i = runs.seed; i < runs.end; i++) {
            const struct scenario scenario = scenario_of(&cells[k]);
            struct sim *sim = simulate_call(&scenario, NULL, &download, i, false);
            if (getenv("SIM_TRACE") != NULL)
                trace(sim);
            failures += check(sim, &cells[k]);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
