#include "tests/support/runs.h"

#include <stddef.h>
#include <stdlib.h>

struct runs runs_of(int argc, char **argv, uint64_t count)
{
    const char *text = argc > 1 ? argv[1] : getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 1;
    const char *runs = argc > 2 ? argv[2] : getenv("RUNS");
    return (struct runs){seed, seed + (runs != NULL ? strtoull(runs, NULL, 0) : count)};
}
