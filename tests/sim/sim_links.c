/* One viewer with transport-wide feedback on a changing link. From 2.5 Mbit/s down to 500 kbit/s and back, a step each
 * 30 s: how long the picture stands still, when the better encoding is back, and whether it stays. Then links that lose
 * or delay at random, which must not lower the encoding for long. Bounds are the worst of the 30 runs and a tenth more.
 *
 * sim_links [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints what happens. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/one_call.h"
#include "tests/support/runs.h"

#define STEP (30 * USEC_PER_SEC)
#define END (3 * STEP)
#define RATE_HIGH 2.5e6
#define RATE_LOW 0.5e6
#define RUNS 30
#define BROWSER                                                                                                        \
    {                                                                                                                  \
        .has_feedback = true, .report_interval = USEC_PER_SEC, .has_rtx = true                                         \
    }

static const struct scenario scenarios[] = {
    {"step",
     {.delay = DELAY, .rate_bps = RATE_HIGH, .queue_time = QUEUE},
     END,
     BROWSER,
     {{0, RATE_HIGH}, {STEP, RATE_LOW}, {2 * STEP, RATE_HIGH}}},
    {"10 % random loss", {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .loss = 0.1}, END, BROWSER, {{0}}},
    {"5 % burst loss",
     {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .burst_enter = 0.013, .burst_exit = 0.25},
     END,
     BROWSER,
     {{0}}},
    {"100 ms +- 30 ms",
     {.delay = DELAY + 100 * USEC_PER_MSEC, .jitter = 30 * USEC_PER_MSEC, .rate_bps = 10e6, .queue_time = QUEUE},
     END,
     BROWSER,
     {{0}}},
};

static void print(const struct sim *sim)
{
    printf("%s, seed %llu: longest still", sim->scenario->name, (unsigned long long)sim->seed);
    for (unsigned i = 0; i <= phase_of(sim); i++)
        printf(" %lld", (long long)sim->still_ms[i]);
    printf(" ms; pictures");
    for (unsigned i = 0; i <= phase_of(sim); i++)
        printf(" %llu", (unsigned long long)sim->decoded[i]);
    printf("; %.0f s of the top encoding, %u falls", (double)sim->decoded_top / 30, sim->falls);
    if (sim->scenario->phases[1].at > 0)
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
    failures += expect(sim->still_ms[0] < 215, sim, "the picture stood still on the good link");
    failures += expect(sim->still_ms[1] < 640, sim, "the step down took too long");
    failures += expect(sim->still_ms[2] < 215, sim, "the picture stood still on the way back up");
    failures += expect(sim->down_after > 0 && sim->down_after < 885 * USEC_PER_MSEC, sim,
                       "an encoding that is too large stayed");
    failures +=
        expect(sim->top_after > 0 && sim->top_after < 4700 * USEC_PER_MSEC, sim, "the top encoding did not come back");
    failures += expect(sim->falls == 0, sim, "the encoding flaps on the good link");
    failures += expect(sim->decoded[1] > 880, sim, "pictures are missing on the small link");
    return failures;
}

/* Bounds for the links without a step: seconds of the top encoding, of 80 after settling; falls to a lower one; how
 * long the picture may stand still. */
static const struct steady {
    uint64_t top_s;
    unsigned falls;
    usec_t still_ms;
} steady[] = {[1] = {59, 1, 1450}, [2] = {69, 0, 1160}, [3] = {39, 3, 128}};

static unsigned check_steady(const struct sim *sim)
{
    const struct steady *bounds = &steady[sim->scenario - scenarios];
    unsigned failures = 0;
    failures += expect(sim->decoded_top >= bounds->top_s * 30, sim, "the top encoding was not shown for long enough");
    failures += expect(sim->falls <= bounds->falls, sim, "the encoding flaps");
    failures += expect(sim->still_ms[0] < bounds->still_ms, sim, "the picture stood still");
    return failures;
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof scenarios / sizeof scenarios[0]; k++)
        for (uint64_t i = runs.seed; i < runs.end; i++) {
            struct sim *sim = simulate(&scenarios[k], i, getenv("SIM_TRACE") != NULL);
            print(sim);
            failures += scenarios[k].phases[1].at > 0 ? check_step(sim) : check_steady(sim);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
