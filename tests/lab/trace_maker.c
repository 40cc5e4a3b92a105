/* The makers of traces. A rate wanders around its median, and its logarithm returns there in its own time; what it
 * amounts to comes in the steps in which the medium is shared out. Beside that there are times without any, times with
 * a part of it, and cells that one passes. The figures are chosen, from what measurements of such links have in common,
 * so that a call of 0.2 to 2 Mbit/s feels them. */
#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "tests/lab/link_trace.h"
#include "transport/base/memory.h"
#include "transport/base/random.h"

#define TURN 6.283185307179586

/* Something that comes now and then. */
struct visit {
    double every_s, least_s, most_s; /* on average; 0: never */
};

struct character {
    const char *name;
    double median_bps, least_bps, most_bps;
    double spread, memory_s; /* of the logarithm of the rate: its deviation, and how long it remembers */
    uint32_t step_ms;
    struct visit gap;
    struct visit slow;
    double slow_share;
    double cell_s, cell_swing; /* 0: one stays; the logarithm rises and falls by this */
};

static const struct character characters[LINK_TRACE_KINDS] = {
    [LINK_TRACE_LTE] = {"lte", 2.2e6, 0.15e6, 12e6, 0.6, 1.5, 1, .gap = {20, 0.1, 0.4}},
    [LINK_TRACE_UMTS] = {"umts", 0.7e6, 0.06e6, 3e6, 0.5, 4, 10, .gap = {30, 0.4, 1.2}},
    [LINK_TRACE_WIFI] = {"wifi", 5e6, 0.4e6, 18e6, 0.35, 0.5, 6, .gap = {3, 0.02, 0.15}, .slow = {12, 1, 4}, 0.14},
    [LINK_TRACE_TRAIN] = {"train", 1.5e6, 0.05e6, 10e6, 0.4, 1, 1, .gap = {25, 0.5, 3}, .cell_s = 30, .cell_swing = 1},
};

struct maker {
    const struct character *character;
    struct rng rng;
    double deviation; /* of the logarithm of the rate */
    double phase;     /* where in a cell it begins */
    double gap_until_s, slow_until_s;
};

static double normal(struct rng *rng)
{
    double length = sqrt(-2 * log(1 - rng_unit(rng)));
    return length * cos(TURN * rng_unit(rng));
}

/* Whether the visit is there now, or begins in this step. */
static bool is_visited(struct maker *maker, const struct visit *visit, double *until_s, double now_s, double step_s)
{
    if (now_s < *until_s)
        return true;
    if (visit->every_s <= 0 || rng_unit(&maker->rng) >= step_s / visit->every_s)
        return false;
    *until_s = now_s + visit->least_s + (visit->most_s - visit->least_s) * rng_unit(&maker->rng);
    return true;
}

static double next_rate(struct maker *maker, double now_s, double step_s)
{
    const struct character *character = maker->character;
    double back = step_s / character->memory_s;
    maker->deviation += -maker->deviation * back + character->spread * sqrt(2 * back) * normal(&maker->rng);
    double swing =
        character->cell_s > 0 ? character->cell_swing * cos(TURN * (now_s / character->cell_s + maker->phase)) : 0;
    double rate = character->median_bps * exp(maker->deviation + swing);
    rate = fmin(fmax(rate, character->least_bps), character->most_bps);
    if (is_visited(maker, &character->slow, &maker->slow_until_s, now_s, step_s))
        rate *= character->slow_share;
    return is_visited(maker, &character->gap, &maker->gap_until_s, now_s, step_s) ? 0 : rate;
}

const char *link_trace_kind_name(enum link_trace_kind kind)
{
    return characters[kind].name;
}

void link_trace_make(struct link_trace *trace, enum link_trace_kind kind, unsigned seconds, uint64_t seed)
{
    const struct character *character = &characters[kind];
    struct maker maker = {.character = character};
    double step_s = character->step_ms / 1e3, due = 0;
    assert(seconds > 0 && seconds <= LINK_TRACE_SECONDS_MAX);
    rng_init(&maker.rng, seed);
    maker.deviation = character->spread * normal(&maker.rng);
    maker.phase = rng_unit(&maker.rng);
    size_t most = (size_t)(character->most_bps * seconds / (LINK_TRACE_BYTES * 8)) + 2;
    trace->at_ms = mem_array(most, sizeof *trace->at_ms);
    trace->count = 0;
    for (uint32_t ms = character->step_ms; ms < seconds * 1000; ms += character->step_ms) {
        due += next_rate(&maker, ms / 1e3, step_s) * step_s / (LINK_TRACE_BYTES * 8);
        for (; due >= 1; due--)
            trace->at_ms[trace->count++] = ms;
    }
    trace->at_ms[trace->count++] = seconds * 1000; /* where it begins again */
}
