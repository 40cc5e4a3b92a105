/* The whole core, made of what its folders have. */
#ifndef HEDDLE_ROUTER_ROOM_ROUTER_STATE_H
#define HEDDLE_ROUTER_ROOM_ROUTER_STATE_H

#include "router/base/core.h"
#include "router/in/publisher.h"
#include "router/relay/relay_queue.h"
#include "transport/base/map.h"
#include "transport/wire/twcc.h"

struct relayed_waiting;
struct room;

struct router {
    struct core core;
    struct publishers publishers;
    struct relay_queue *relay;     /* to other cores */
    struct twcc_feedback feedback; /* being read */
    struct map origins, relayed;   /* struct participant by connection: relayed to other cores, and from other cores */
    struct relayed_waiting *waiting; /* relayed publishers whose id is still taken in their room */
    struct room *rooms;
    size_t room_count, participant_count, relayed_count;
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
};

/* How many timers may be set: those of participants and rooms, and one for memory. */
static inline size_t router_timers(const struct router *router)
{
    return router->room_count + router->participant_count + router->relayed_count + 1;
}

#endif
