#include "router/worker/worker_types.h"

#include <stdlib.h>

void connection_setup_fini(struct connection_setup *setup)
{
    free(setup->media);
    free(setup->sends);
    free(setup->receives);
    *setup = (struct connection_setup){0};
}

void worker_stats_free(struct worker_stats *stats)
{
    if (stats == NULL)
        return;
    for (size_t i = 0; i < stats->connection_count; i++) {
        free(stats->connections[i].publications);
        free(stats->connections[i].slots);
    }
    free(stats->connections);
    free(stats);
}
