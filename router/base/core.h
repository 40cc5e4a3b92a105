/* What the parts of the core share; private to the core. */
#ifndef HEDDLE_ROUTER_BASE_CORE_H
#define HEDDLE_ROUTER_BASE_CORE_H

#include "router/base/schedule.h"
#include "router/choose/allocation.h"
#include "router/router.h"
#include "transport/base/random.h"
#include "transport/wire/twcc.h"

struct room;

struct event_queue {
    struct router_event *items; /* a ring */
    size_t first, count, capacity;
};

struct mirror_item;
struct crossing_list {
    struct mirror_item *items;
    size_t count, capacity;
};

struct router {
    struct router_config config;
    struct packet_pool *pool;
    struct rng rng;
    uint64_t text_seed;                              /* of map_text_key() */
    struct twcc_feedback feedback;                   /* being read */
    struct allocation_slot wishes[ALLOCATION_SLOTS]; /* being divided */
    struct schedule schedule;
    struct timer memory_timer; /* runs while packets are held */
    struct event_queue events;
    struct crossing_list crossing; /* messages for other cores */
    struct room *rooms;
    struct participant *dirty_first, *dirty_last; /* with output */
    usec_t now;                                   /* of the latest input or timeout */
    int64_t wall_offset;                          /* wall clock minus `now` */
    size_t room_count, participant_count, mirror_count, publication_count, slot_count;
    uint64_t viewing_pass; /* counts viewing_settle() */
    uint64_t packets_in, packets_out, bytes_in, bytes_out;
    uint64_t memory_evictions, memory_drops;
};

/* So many timers may be set: of participants, rooms, and the one for memory. */
static inline size_t router_timers(const struct router *router)
{
    return router->room_count + router->participant_count + router->mirror_count + 1;
}

static inline int64_t router_wall(const struct router *router)
{
    return router->now + router->wall_offset;
}

/* A pooled copy of what came in. When the pool is at its limit, who holds most lets old packets go for it. NULL: in
 * vain. */
struct packet *router_copy_packet(struct router *router, const uint8_t *data, size_t length);

/* A cleared event at the end of the queue, to be filled in. */
struct router_event *router_add_event(struct router *router, enum router_event_type type, const struct room *room);

#endif
