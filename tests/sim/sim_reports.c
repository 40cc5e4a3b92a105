/* One viewer without transport-wide feedback (aiortc, GStreamer, libwebrtc of old): what the router learns from
 * receiver reports and REMB alone. Narrow links and wide ones, one that opens, one that closes, REMBs that are low and
 * end.
 *
 * sim_reports [seed [runs]], or SEED in the environment; SIM_TRACE=1 prints each second. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/one_call.h"
#include "tests/support/runs.h"

#define RUNS 5
#define BOUNDS_MAX 3
#define SECONDS(n) ((n)*USEC_PER_SEC)
#define REPORTS SECONDS(1)
#define REPORTS_RARE SECONDS(5)
#define PLAIN                                                                                                          \
    {                                                                                                                  \
        .report_interval = REPORTS, .has_audio = true                                                                  \
    }
#define WITH_RTX                                                                                                       \
    {                                                                                                                  \
        .report_interval = REPORTS, .has_audio = true, .has_rtx = true                                                 \
    }
#define WITH_REMB                                                                                                      \
    {                                                                                                                  \
        .report_interval = REPORTS, .has_audio = true, .has_remb = true                                                \
    }
#define RARELY                                                                                                         \
    {                                                                                                                  \
        .report_interval = REPORTS_RARE, .has_audio = true                                                             \
    }
#define WITH_LOW_REMB                                                                                                  \
    {                                                                                                                  \
        .report_interval = REPORTS, .has_audio = true, .has_remb = true, .remb_bps = 60000, .remb_until = SECONDS(20)  \
    }
#define WITH_REMBS_RTX                                                                                                 \
    {                                                                                                                  \
        .report_interval = REPORTS, .has_audio = true, .has_remb = true, .has_remb_each = true, .has_rtx = true        \
    }
#define WITH_REMB_RTX                                                                                                  \
    {                                                                                                                  \
        .report_interval = REPORTS, .has_audio = true, .has_remb = true, .has_rtx = true                               \
    }

/* From one second to another: how much of all packets the link drops at most, and how many pictures a second are seen
 * at least of this encoding or a better one. Each is at most a tenth beside the worst of seeds 1 to 5. */
struct bound {
    unsigned from, to;
    double loss;
    unsigned encoding;
    double frames;
};

struct row {
    struct scenario scenario;
    struct bound bounds[BOUNDS_MAX];
};

#define LINK(bps)                                                                                                      \
    {                                                                                                                  \
        .delay = DELAY, .rate_bps = bps, .queue_time = QUEUE                                                           \
    }
#define MINUTE SECONDS(60)

static const struct row rows[] = {
    {{"200 kbit/s", LINK(200e3), MINUTE, PLAIN, {{0}}}, {{10, 60, 0.023, 0, 8}}},
    {{"200 kbit/s, RTX", LINK(200e3), MINUTE, WITH_RTX, {{0}}}, {{10, 60, 0.13, 0, 6.2}}},
    {{"1 Mbit/s", LINK(1e6), MINUTE, PLAIN, {{0}}}, {{10, 60, 0.065, 1, 23.4}}},
    {{"1 Mbit/s, RTX", LINK(1e6), MINUTE, WITH_RTX, {{0}}}, {{10, 60, 0.119, 1, 22.7}}},
    {{"no limit", {.delay = DELAY}, MINUTE, PLAIN, {{0}}}, {{0, 60, 0, 0, 29.9}, {20, 60, 0, 2, 29}}},
    {{"no limit, RTX", {.delay = DELAY}, MINUTE, WITH_RTX, {{0}}}, {{0, 60, 0, 0, 29.9}, {20, 60, 0, 2, 29}}},
    {{"no limit, a report each 5 s", {.delay = DELAY}, MINUTE, RARELY, {{0}}},
     {{0, 60, 0, 0, 29.9}, {25, 60, 0, 2, 29}}},
    {{"12 % random loss", {.delay = DELAY, .rate_bps = 10e6, .queue_time = QUEUE, .loss = 0.12}, MINUTE, PLAIN, {{0}}},
     {{20, 60, 0.133, 2, 22.8}}},
    {{"opens", LINK(200e3), 2 * MINUTE, PLAIN, {{0, 200e3}, {MINUTE, 5e6}}}, {{105, 120, 0, 0, 29}}},
    {{"opens, RTX", LINK(200e3), 2 * MINUTE, WITH_RTX, {{0, 200e3}, {MINUTE, 5e6}}}, {{100, 120, 0, 2, 29}}},
    {{"closes", LINK(5e6), 2 * MINUTE, PLAIN, {{0, 5e6}, {MINUTE, 200e3}}},
     {{20, 60, 0, 2, 29}, {70, 120, 0.023, 0, 8.4}}},
    {{"too narrow, then opens", LINK(60e3), 2 * MINUTE, PLAIN, {{0, 60e3}, {MINUTE, 5e6}}},
     {{10, 60, 0.073, 0, 0}, {105, 120, 0, 0, 29}}},
    {{"too narrow, then opens, RTX", LINK(60e3), 2 * MINUTE, WITH_RTX, {{0, 60e3}, {MINUTE, 5e6}}},
     {{10, 60, 0.059, 0, 0}, {90, 120, 0, 0, 29}, {105, 120, 0, 1, 29}}},
    {{"REMB, 200 kbit/s", LINK(200e3), MINUTE, WITH_REMB, {{0}}}, {{10, 60, 0, 0, 7.5}}},
    {{"REMB, no limit", {.delay = DELAY}, MINUTE, WITH_REMB, {{0}}}, {{0, 60, 0, 0, 26}, {30, 60, 0, 0, 29}}},
    {{"REMB, no limit, RTX", {.delay = DELAY}, MINUTE, WITH_REMB_RTX, {{0}}}, {{35, 60, 0, 2, 29}}},
    {{"a REMB for each stream, no limit, RTX", {.delay = DELAY}, MINUTE, WITH_REMBS_RTX, {{0}}}, {{35, 60, 0, 2, 29}}},
    {{"REMB, too narrow, then opens", LINK(60e3), 2 * MINUTE, WITH_REMB, {{0, 60e3}, {MINUTE, 5e6}}},
     {{10, 60, 0.07, 0, 0}, {105, 120, 0, 0, 21.5}}},
    {{"REMB, too narrow, then opens, RTX", LINK(60e3), 2 * MINUTE, WITH_REMB_RTX, {{0, 60e3}, {MINUTE, 5e6}}},
     {{10, 60, 0.029, 0, 0}, {105, 120, 0, 0, 29}}},
    {{"REMB too low for 20 s", {.delay = DELAY}, MINUTE, WITH_LOW_REMB, {{0}}},
     {{25, 35, 0, 0, 9.1}, {45, 60, 0, 1, 29}}},
};

/* Of the seconds of a bound. */
struct measured {
    double loss, audio_loss, frames;
};

static struct measured measure(const struct sim *sim, const struct bound *bound)
{
    uint64_t offered = 0, dropped = 0, audio = 0, audio_sent = 0, frames = 0;
    for (unsigned i = bound->from; i < bound->to; i++) {
        const struct second *second = &sim->seconds[i];
        offered += second->offered;
        dropped += second->dropped;
        audio += second->audio;
        audio_sent += second->audio_sent;
        for (unsigned encoding = bound->encoding; encoding < ENCODINGS; encoding++)
            frames += second->decoded[encoding];
    }
    return (struct measured){
        .loss = offered > 0 ? (double)dropped / (double)offered : 0,
        .audio_loss = audio_sent > audio ? 1 - (double)audio / (double)audio_sent : 0,
        .frames = (double)frames / (bound->to - bound->from),
    };
}

static unsigned check(const struct sim *sim, const struct bound *bound)
{
    struct measured measured = measure(sim, bound);
    bool holds = measured.loss <= bound->loss && measured.frames >= bound->frames;
    FILE *out = holds ? stdout : stderr;
    fprintf(out, "%s, seed %llu, %u s to %u s: %.1f %% lost, of the audio %.1f %%, %.1f frames/s of encoding %u up%s\n",
            sim->scenario->name, (unsigned long long)sim->seed, bound->from, bound->to, 100 * measured.loss,
            100 * measured.audio_loss, measured.frames, bound->encoding, holds ? "" : ": out of bounds");
    return holds ? 0 : 1;
}

static void print(const struct sim *sim)
{
    printf("%s, seed %llu\n", sim->scenario->name, (unsigned long long)sim->seed);
    for (usec_t i = 0; i < sim->scenario->end / USEC_PER_SEC; i++) {
        const struct second *second = &sim->seconds[i];
        printf(" %3lld s: %4.0f kbit/s, %4llu offered, %3.0f %% dropped, audio %2llu of %2llu, frames %2u %2u %2u\n",
               (long long)i, (double)second->bytes * 8 / 1000, (unsigned long long)second->offered,
               second->offered > 0 ? (double)second->dropped * 100 / (double)second->offered : 0,
               (unsigned long long)second->audio, (unsigned long long)second->audio_sent, second->decoded[0],
               second->decoded[1], second->decoded[2]);
    }
}

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        for (uint64_t i = runs.seed; i < runs.end; i++) {
            struct sim *sim = simulate(&rows[k].scenario, i, false);
            if (getenv("SIM_TRACE") != NULL)
                print(sim);
            for (size_t b = 0; b < BOUNDS_MAX && rows[k].bounds[b].to > 0; b++)
                failures += check(sim, &rows[k].bounds[b]);
            sim_free(sim);
        }
    return failures == 0 ? 0 : 1;
}
