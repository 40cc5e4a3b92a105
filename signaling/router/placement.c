#include "signaling/router/placement.h"

unsigned placement_choose(const struct placement *placement)
{
    const size_t *here = placement->room_connections, *all = placement->connections;
    unsigned fullest = (unsigned)placement->worker_count, emptiest = 0;
    for (unsigned i = 0; i < placement->worker_count; i++) {
        if (all[i] < all[emptiest])
            emptiest = i;
        if (here[i] > 0 && here[i] < placement->room_share &&
            (fullest == placement->worker_count || here[i] > here[fullest]))
            fullest = i;
    }
    return fullest < placement->worker_count ? fullest : emptiest;
}

void placement_relays(const struct placement *placement, unsigned origin, bool publishes, struct relay_endpoints *out)
{
    out->count = 0;
    for (unsigned i = 0; publishes && i < placement->worker_count; i++)
        if (i != origin && placement->room_connections[i] > 0)
            out->numbers[out->count++] = (uint16_t)i;
}

unsigned placement_first(const struct placement *placement)
{
    unsigned first = 0;
    while (first < placement->worker_count && placement->room_connections[first] == 0)
        first++;
    return first;
}
