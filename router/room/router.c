#include "router/router.h"

#include <stdlib.h>
#include <string.h>

#include "router/choose/allocation.h"
#include "router/in/memory.h"
#include "router/relay/relay_queue.h"
#include "router/room/participant.h"
#include "router/room/relayed_publisher.h"
#include "router/room/speakers.h"
#include "router/room/viewing.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define PACKETS_DEFAULT 65536
#define HISTORY_DEFAULT (600 * USEC_PER_MSEC)
#define TWCC_DEFAULT (50 * USEC_PER_MSEC)
#define START_BPS_DEFAULT 600000

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
    router->requests = mem_array(ALLOCATION_SLOTS, sizeof *router->requests);
    router->pool = packet_pool_new(router->config.packet_limit);
    rng_init(&router->rng, seed);
    router->text_seed = seed * 0x9e3779b97f4a7c15u; /* not drawn from the rng: it has no visible effect */
    router->relay = relay_queue_new();
    map_init(&router->origins);
    map_init(&router->relayed);
    agenda_init(&router->agenda);
    schedule_reserve(&router->agenda.schedule, router_timers(router));
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
            participant_free(room->participants, router->agenda.now);
        room_free(room);
    }
    relayed_stop_waiting(router);
    relay_queue_free(router->relay);
    map_fini(&router->origins);
    map_fini(&router->relayed);
    agenda_fini(&router->agenda);
    packet_pool_free(router->pool);
    free(router->requests);
    events_fini(&router->events);
    free(router);
}

int router_join(struct router *router, struct participant **out, const char *room_name, const char *id,
                uint64_t connection, usec_t now)
{
    if (strlen(room_name) > ROOM_NAME_MAX || strlen(id) > PARTICIPANT_ID_MAX)
        return ERR_INVALID;
    router->agenda.now = now;
    struct room *room = router_find_room(router, room_name);
    if (room == NULL)
        room = room_new(router, room_name);
    struct participant *present = room_find_participant(room, id);
    if (present != NULL && !present->publisher.is_relayed)
        return ERR_DUPLICATE;
    if (present != NULL)
        relayed_make_way(present, now);
    *out = participant_new(room, id, connection, now);
    return 0;
}

void router_leave(struct router *router, struct participant *participant, usec_t now)
{
    router->agenda.now = now;
    relayed_succeed(participant, now);
}

usec_t router_next(const struct router *router)
{
    return usec_min(schedule_next(&router->agenda.schedule), agenda_release_at(&router->agenda));
}

void router_timeout(struct router *router, usec_t now, int64_t wall_us)
{
    struct timer *timer;
    router->agenda.now = now;
    router->wall_offset = wall_us - now;
    if (agenda_release_at(&router->agenda) <= now)
        agenda_release(&router->agenda);
    while ((timer = schedule_take(&router->agenda.schedule, now)) != NULL) {
        if (timer->kind == TIMER_PARTICIPANT) {
            participant_timeout(timer->owner, now);
        } else if (timer->kind == TIMER_ROOM) {
            speakers_timeout(timer->owner, now);
            viewing_assign(timer->owner, now);
        } else {
            memory_timeout(router, now);
        }
    }
}

void router_hold_pictures(struct router *router, usec_t most)
{
    router->agenda.hold_max = most;
}

bool router_has_output(const struct router *router)
{
    return router->agenda.marked.first != NULL;
}

struct participant *router_poll(struct router *router)
{
    struct agenda_entry *entry = agenda_take(&router->agenda);
    return entry != NULL ? entry->timer.owner : NULL;
}

bool router_poll_event(struct router *router, struct router_event *event)
{
    return events_take(&router->events, event);
}
