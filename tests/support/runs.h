/* Which seeds a simulation is run with. */
#ifndef HEDDLE_TESTS_RUNS_H
#define HEDDLE_TESTS_RUNS_H

#include <stdint.h>

struct runs {
    uint64_t seed, end; /* the first, and the one behind the last */
};

/* PROGRAM [SEED [RUNS]]; else SEED and RUNS in the environment, or 1 and `count`. */
struct runs runs_of(int argc, char **argv, uint64_t count);

#endif
