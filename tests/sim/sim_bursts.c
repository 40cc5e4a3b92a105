/* One viewer behind a link of 20 Mbit/s whose queue holds 20 packets: what the router sends at once, in one message or
 * several, does not overflow it. A sender that paces each packet loses nothing there, and neither may we: not of
 * keyframes either, which are 30 packets and more. Nor is it by sending little: the viewer has the top encoding but for
 * the first seconds.
 *
 * sim_bursts [seed [runs]], or SEED in the environment. */
#include <stdio.h>

#include "tests/sim/one_call.h"
#include "tests/support/runs.h"

#define RUNS 10
#define PACKET 1228 /* a full one, with all headers */
#define QUEUED 20
#define RATE_BPS 20e6
#define TOP_LEAST_S 45.0          /* 50 of 60 with all default seeds */
#define ESTIMATE_LEAST_BPS 2640e3 /* 2937e3 at least */

static const struct scenario scenario = {
    .name = "bursts",
    .link = {.delay = DELAY, .rate_bps = RATE_BPS, .queue_bytes = (size_t)QUEUED * PACKET},
    .end = 60 * USEC_PER_SEC,
    .viewer = {.has_feedback = true, .report_interval = USEC_PER_SEC, .has_rtx = true, .has_audio = true},
};

int main(int argc, char **argv)
{
    struct runs runs = runs_of(argc, argv, RUNS);
    unsigned failures = 0;
    for (uint64_t seed = runs.seed; seed < runs.end; seed++) {
        struct sim *sim = simulate(&scenario, seed, false);
        const struct link_stats *link = &sim->down.link.stats;
        double top_s = (double)sim->decoded_top / 30, estimate_bps = sim->seconds[59].estimate_bps;
        printf("seed %llu: %llu packets, %llu lost in the queue, which was %lld us long at most; estimate %.0f kbit/s, "
               "%.0f s of the top encoding\n",
               (unsigned long long)seed, (unsigned long long)link->offered, (unsigned long long)link->queue_drops,
               (long long)link->longest_queue, estimate_bps / 1000, top_s);
        failures += link->queue_drops > 0 || top_s < TOP_LEAST_S || estimate_bps < ESTIMATE_LEAST_BPS;
        sim_free(sim);
    }
    return failures == 0 ? 0 : 1;
}
