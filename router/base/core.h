/* What the parts of the core share; private to the core. */
#ifndef HEDDLE_ROUTER_BASE_CORE_H
#define HEDDLE_ROUTER_BASE_CORE_H

#include "router/base/agenda.h"
#include "router/base/events.h"
#include "router/base/types.h"
#include "transport/base/map.h"
#include "transport/base/random.h"
#include "transport/wire/packet.h"
#include "transport/wire/twcc.h"

struct allocation_slot;
struct publisher;
struct relay_queue;
struct relayed_waiting;
struct room;

struct router {
    struct router_config config;
    struct packet_pool *pool;
    struct rng rng;
    uint64_t text_seed;               /* of map_text_key() */
    struct twcc_feedback feedback;    /* being read */
    struct allocation_slot *requests; /* ALLOCATION_SLOTS: being divided */
    struct agenda agenda;
    struct timer memory_timer; /* runs while packets are held */
    struct event_queue events;
    struct relay_queue *relay;   /* to other cores */
    struct map origins, relayed; /* struct participant by connection: relayed to other cores, and from other cores */
    struct relayed_waiting *waiting; /* relayed publishers whose id is still taken in their room */
    struct room *rooms;
    struct publisher *publishers;
    int64_t wall_offset; /* wall clock minus the agenda's `now` */
    size_t room_count, participant_count, relayed_count, publication_count, slot_count;
    uint64_t viewing_pass;   /* counts the passes in which publications are marked (room/viewing.c) */
    uint32_t encoding_count; /* ever made: their ids */
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    uint64_t memory_evictions, memory_drops;
};

/* What the two halves of a participant, publisher and subscriber, have in common. */
struct participant_common {
    struct router *router;
    struct agenda_entry agenda;
    uint64_t connection;
    char id[PARTICIPANT_ID_MAX + 1];
    const char *room; /* its name */
    usec_t rtt;       /* 0: not known */
    struct participant_stats stats;
};

/* How many timers may be set: those of participants and rooms, and one for memory. */
static inline size_t router_timers(const struct router *router)
{
    return router->room_count + router->participant_count + router->relayed_count + 1;
}

static inline int64_t router_wall(const struct router *router)
{
    return router->agenda.now + router->wall_offset;
}

#endif
