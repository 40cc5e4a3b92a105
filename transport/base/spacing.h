/* Spacing: what many events ask for is done at once after the first of them, and once an interval while they go on. So
 * work and messages of ours stay bounded, however often others make us want them. Pure. */
#ifndef HEDDLE_BASE_SPACING_H
#define HEDDLE_BASE_SPACING_H

#include <stdbool.h>

#include "transport/base/time.h"

struct spacing {
    usec_t interval;
    usec_t free_at; /* when it may be done again; 0: it never was done */
    bool is_wanted;
};

void spacing_want(struct spacing *spacing);
/* When to do it; USEC_NEVER: nobody wants it. */
usec_t spacing_due(const struct spacing *spacing);
/* True: it is to be done now. */
bool spacing_take(struct spacing *spacing, usec_t now);

#endif
