/* A round of statistics: all workers are asked, and their answers are handed over together. */
#ifndef HEDDLE_SIGNALING_STATS_ROUND_H
#define HEDDLE_SIGNALING_STATS_ROUND_H

#include "router/worker/worker_types.h"

/* `stats` has an entry for each worker; NULL: it did not answer within 2 s. They are freed after the call. */
typedef void stats_round_done(void *user, struct worker_stats *const *stats, size_t count);

struct stats_round {
    stats_round_done *done; /* NULL: none runs */
    void *user;
    uint64_t number;
    usec_t deadline;
    size_t worker_count, missing;
    struct worker_stats **stats;
};

/* The caller then asks each worker, with the round's number. False: one runs already. */
bool stats_round_start(struct stats_round *round, size_t worker_count, stats_round_done *done, void *user, usec_t now);
/* An answer; takes it. */
void stats_round_take(struct stats_round *round, struct worker_stats *stats);
void stats_round_timeout(struct stats_round *round, usec_t now);
/* Ends the round with the answers that have come. Nothing happens if none runs. */
void stats_round_finish(struct stats_round *round);

#endif
