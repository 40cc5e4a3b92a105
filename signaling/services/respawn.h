/* When a program that ended is started again: at once after it ran for long, else later and later. Pure. */
#ifndef HEDDLE_SIGNALING_RESPAWN_H
#define HEDDLE_SIGNALING_RESPAWN_H

#include <stdbool.h>

#include "transport/base/time.h"

#define RESPAWN_FIRST (1 * USEC_PER_SEC)
#define RESPAWN_LONGEST (60 * USEC_PER_SEC)
#define RESPAWN_RAN_LONG (60 * USEC_PER_SEC)

struct respawn { /* zeros: it never ran */
    usec_t started_at, delay, due;
};

/* The program was started. */
void respawn_started(struct respawn *respawn, usec_t now);
/* It ended, for whatever reason, or could not be started. */
void respawn_ended(struct respawn *respawn, usec_t now);
/* When it may be started; 0: at once. */
static inline usec_t respawn_due(const struct respawn *respawn)
{
    return respawn->due;
}

#endif
