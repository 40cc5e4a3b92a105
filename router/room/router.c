#include "router/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/mirror.h"
#include "router/room/participant.h"
#include "router/room/room.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define PACKETS_DEFAULT 65536
#define HISTORY_DEFAULT (600 * USEC_PER_MSEC)
#define TWCC_DEFAULT (50 * USEC_PER_MSEC)
#define START_BPS_DEFAULT 600000
#define MEMORY_INTERVAL (1 * USEC_PER_SEC)
#define EVENTS_START 64
#define EVENTS_MAX 16384

struct router *router_new(const struct router_config *config, uint64_t seed)
{
    struct router *router = mem_alloc(sizeof *router);
    router->config = *config;
    if (router->config.packet_limit == 0)
        router->config.packet_limit = PACKETS_DEFAULT;
    if (router->config.history_age == 0)
        router->config.history_age = HISTORY_DEFAULT;
    if (router->config.twcc_interval == 0)
        router->config.twcc_interval = TWCC_DEFAULT;
    if (router->config.start_bps == 0)
        router->config.start_bps = START_BPS_DEFAULT;
    router->pool = packet_pool_new(router->config.packet_limit);
    rng_init(&router->rng, seed);
    router->text_seed = seed * 0x9e3779b97f4a7c15u; /* not drawn: it decides nothing that can be seen */
    schedule_init(&router->schedule);
    schedule_reserve(&router->schedule, router_timers(router));
    timer_init(&router->memory_timer, TIMER_MEMORY, router);
    return router;
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    while (router->rooms != NULL) {
        struct room *room = router->rooms;
        while (room->participants != NULL)
            participant_free(room->participants, router->now);
        room_free(room);
    }
    router_crossed(router);
    free(router->crossing.items);
    schedule_fini(&router->schedule);
    packet_pool_free(router->pool);
    free(router->events.items);
    free(router);
}

int router_join(struct router *router, struct participant **out, const char *room_name, const char *id, uint64_t handle,
                usec_t now)
{
    if (strlen(room_name) > ROOM_NAME_MAX || strlen(id) > PARTICIPANT_ID_MAX)
        return ERR_INVALID;
    router->now = now;
    struct room *room = router_find_room(router, room_name);
    if (room == NULL)
        room = room_new(router, room_name);
    for (const struct participant *p = room->participants; p != NULL; p = p->next)
        if (strcmp(p->id, id) == 0)
            return ERR_DUPLICATE;
    *out = participant_new(room, id, handle, now);
    return 0;
}

void router_leave(struct router *router, struct participant *participant, usec_t now)
{
    struct room *room = participant->room;
    router->now = now;
    participant_free(participant, now);
    if (room->participants == NULL)
        room_free(room);
}

/* Histories of streams that have fallen silent expire, and the pool gives back what a peak left. */
static void give_memory_back(struct router *router, usec_t now)
{
    for (struct room *room = router->rooms; room != NULL; room = room->next)
        for (struct participant *p = room->participants; p != NULL; p = p->next)
            if (p->held.packets > 0)
                participant_expire(p, now);
    packet_pool_trim(router->pool);
    if (packet_pool_bytes(router->pool) > 0)
        schedule_set(&router->schedule, &router->memory_timer, now + MEMORY_INTERVAL);
}

static struct participant *holds_most(const struct router *router)
{
    struct participant *most = NULL;
    for (struct room *room = router->rooms; room != NULL; room = room->next)
        for (struct participant *p = room->participants; p != NULL; p = p->next)
            if (p->held.packets > (most != NULL ? most->held.packets : 0))
                most = p;
    return most;
}

struct packet *router_copy_packet(struct router *router, const uint8_t *data, size_t length)
{
    struct participant *most;
    struct packet *packet = packet_copy(router->pool, data, length);
    if (packet == NULL && packet_pool_in_use(router->pool) >= router->config.packet_limit &&
        (most = holds_most(router)) != NULL) {
        participant_shrink(most);
        router->memory_evictions++;
        packet = packet_copy(router->pool, data, length);
    }
    router->memory_drops += packet == NULL;
    schedule_by(&router->schedule, &router->memory_timer, router->now + MEMORY_INTERVAL);
    return packet;
}

usec_t router_next(const struct router *router)
{
    return schedule_next(&router->schedule);
}

void router_timeout(struct router *router, usec_t now, int64_t wall_us)
{
    struct timer *timer;
    router->now = now;
    router->wall_offset = wall_us - now;
    while ((timer = schedule_take(&router->schedule, now)) != NULL) {
        if (timer->kind == TIMER_PARTICIPANT)
            participant_timeout(timer->owner, now);
        else if (timer->kind == TIMER_ROOM)
            room_timeout(timer->owner, now);
        else
            give_memory_back(router, now);
    }
}

bool router_has_output(const struct router *router)
{
    return router->dirty_first != NULL;
}

struct participant *router_poll(struct router *router)
{
    struct participant *participant = router->dirty_first;
    if (participant == NULL)
        return NULL;
    router->dirty_first = participant->dirty_next;
    if (router->dirty_first == NULL)
        router->dirty_last = NULL;
    participant->is_dirty = false;
    return participant;
}

static void grow_queue(struct event_queue *queue)
{
    size_t capacity = queue->capacity * 2 + EVENTS_START;
    struct router_event *items = mem_array(capacity, sizeof *items);
    for (size_t i = 0; i < queue->count; i++)
        items[i] = queue->items[(queue->first + i) % queue->capacity];
    free(queue->items);
    *queue = (struct event_queue){.items = items, .capacity = capacity, .count = queue->count};
}

/* A queue that nobody drains loses its oldest events. */
struct router_event *router_add_event(struct router *router, enum router_event_type type, const struct room *room)
{
    struct event_queue *queue = &router->events;
    if (queue->count == queue->capacity && queue->capacity < EVENTS_MAX)
        grow_queue(queue);
    if (queue->count == queue->capacity) {
        queue->first = (queue->first + 1) % queue->capacity;
        queue->count--;
    }
    struct router_event *event = &queue->items[(queue->first + queue->count++) % queue->capacity];
    *event = (struct router_event){.type = type};
    snprintf(event->room, sizeof event->room, "%s", room->name);
    return event;
}

bool router_poll_event(struct router *router, struct router_event *event)
{
    struct event_queue *queue = &router->events;
    if (queue->count == 0)
        return false;
    *event = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return true;
}

void router_get_stats(const struct router *router, struct router_stats *stats)
{
    *stats = (struct router_stats){
        .packets_in = router->packets_in,
        .packets_out = router->packets_out,
        .bytes_in = router->bytes_in,
        .bytes_out = router->bytes_out,
        .rooms = router->room_count,
        .participants = router->participant_count,
        .mirrors = router->mirror_count,
        .publications = router->publication_count,
        .slots = router->slot_count,
        .packets_held = packet_pool_in_use(router->pool),
        .packet_memory_bytes = packet_pool_bytes(router->pool),
        .memory_evictions = router->memory_evictions,
        .memory_drops = router->memory_drops,
    };
}
