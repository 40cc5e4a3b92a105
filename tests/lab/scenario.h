/* The text form of a link and of its changes over time. One line each:
 *
 *     [TIME] up|down|both SETTING...      # comment
 *     10s both delay 50ms jitter 10ms rate 1000kbit queue 300ms loss 5% burst 1%/25% reorder 1%/20ms duplicate 0.1%
 *
 *     20s down bucket 64kb police 2mbit/15kb trace NAME
 *
 * Settings not named keep their value; of `rate` and `trace` the later one holds. Times: us, ms, s. Rates: bit, kbit,
 * mbit; 0 is unlimited. Queue: ms, s, or b, kb. `clear` sets everything back to a perfect link. Pure: where traces come
 * from, the caller says. */
#ifndef HEDDLE_LAB_SCENARIO_H
#define HEDDLE_LAB_SCENARIO_H

#include "tests/lab/link_model.h"

enum link_direction { LINK_UP, LINK_DOWN, LINK_DIRECTIONS }; /* from the first namespace to the second, and back */

/* Finds a trace by what follows the word; it stays the caller's, and there. */
struct trace_source {
    const struct link_trace *(*find)(void *context, const char *name); /* NULL: there is none such */
    void *context;
};

/* Changes `configs` as the settings of a line (without time) say. 0, or ERR_INVALID and nothing is changed. `source`
 * may be NULL: no line names a trace. */
int scenario_apply(struct link_config configs[LINK_DIRECTIONS], const struct trace_source *source, const char *line);

struct scenario_step {
    usec_t at; /* since the start */
    char *line;
};
struct scenario {
    struct scenario_step *steps; /* by time */
    size_t count;
};
/* ERR_INVALID: `bad_line` has the number of the line that is wrong, or out of order. */
int scenario_parse(struct scenario *scenario, const struct trace_source *source, const char *text, unsigned *bad_line);
void scenario_fini(struct scenario *scenario);

#endif
