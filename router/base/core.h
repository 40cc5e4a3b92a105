/* What the parts of the core share; private to the core. What one folder alone needs is in structures of that folder,
 * and router/room/router_state.h puts them together. */
#ifndef HEDDLE_ROUTER_BASE_CORE_H
#define HEDDLE_ROUTER_BASE_CORE_H

#include "router/base/agenda.h"
#include "router/base/events.h"
#include "router/base/types.h"
#include "transport/base/random.h"
#include "transport/wire/packet.h"

struct core {
    struct router_config config;
    struct packet_pool *pool;
    struct rng rng;
    uint64_t text_seed; /* of map_text_key() */
    struct agenda agenda;
    struct event_queue events;
    int64_t wall_offset; /* wall clock minus the agenda's `now` */
};

/* What the two halves of a participant, publisher and subscriber, have in common. */
struct participant_common {
    struct core *core;
    struct agenda_entry agenda;
    uint64_t connection;
    char id[PARTICIPANT_ID_MAX + 1];
    const char *room; /* its name */
    usec_t rtt;       /* 0: not known */
    struct participant_stats stats;
};

static inline int64_t core_wall(const struct core *core)
{
    return core->agenda.now + core->wall_offset;
}

#endif
