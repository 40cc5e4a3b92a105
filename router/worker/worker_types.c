#include "router/worker/worker_types.h"

#include <stdlib.h>

#include "transport/base/memory.h"

void connection_setup_fini(struct connection_setup *setup)
{
    free(setup->media);
    free(setup->sends);
    free(setup->receives);
    *setup = (struct connection_setup){0};
}

struct worker_stats *worker_stats_new(size_t connections, size_t publications, size_t slots)
{
    struct worker_stats *stats = mem_alloc(sizeof *stats);
    stats->connection_capacity = connections;
    stats->publication_capacity = publications;
    stats->slot_capacity = slots;
    stats->connections = mem_array(connections, sizeof *stats->connections);
    stats->publications = mem_array(publications, sizeof *stats->publications);
    stats->slots = mem_array(slots, sizeof *stats->slots);
    return stats;
}

void worker_stats_free(struct worker_stats *stats)
{
    if (stats == NULL)
        return;
    free(stats->connections);
    free(stats->publications);
    free(stats->slots);
    free(stats);
}
