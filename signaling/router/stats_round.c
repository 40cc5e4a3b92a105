#include "signaling/router/stats_round.h"

#include <stdlib.h>

#include "transport/base/memory.h"

#define TIMEOUT (2 * USEC_PER_SEC)

bool stats_round_start(struct stats_round *round, size_t worker_count, stats_round_done *done, void *user, usec_t now)
{
    if (round->done != NULL)
        return false;
    round->done = done;
    round->user = user;
    round->number++;
    round->deadline = now + TIMEOUT;
    round->worker_count = round->missing = worker_count;
    round->stats = mem_array(worker_count, sizeof *round->stats);
    return true;
}

void stats_round_finish(struct stats_round *round)
{
    stats_round_done *done = round->done;
    struct worker_stats **stats = round->stats;
    if (done == NULL)
        return;
    round->done = NULL;
    round->stats = NULL;
    done(round->user, stats, round->worker_count);
    for (size_t i = 0; i < round->worker_count; i++)
        worker_stats_free(stats[i]);
    free(stats);
}

void stats_round_take(struct stats_round *round, struct worker_stats *stats)
{
    if (round->done == NULL || stats->request != round->number || round->stats[stats->worker] != NULL) {
        worker_stats_free(stats); /* too late */
        return;
    }
    round->stats[stats->worker] = stats;
    if (--round->missing == 0)
        stats_round_finish(round);
}

void stats_round_timeout(struct stats_round *round, usec_t now)
{
    if (round->done != NULL && now >= round->deadline)
        stats_round_finish(round);
}
