#include "router/router.h"

#include <stdlib.h>
#include <string.h>

#include "router/in/memory.h"
#include "router/relay.h"
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
    router->core.config = *config;
    if (router->core.config.packet_limit == 0)
        router->core.config.packet_limit = PACKETS_DEFAULT;
    if (router->core.config.history_age == 0)
        router->core.config.history_age = HISTORY_DEFAULT;
    if (router->core.config.twcc_interval == 0)
        router->core.config.twcc_interval = TWCC_DEFAULT;
    if (router->core.config.start_bps == 0)
        router->core.config.start_bps = START_BPS_DEFAULT;
    router->core.pool = packet_pool_new(router->core.config.packet_limit);
    rng_init(&router->core.rng, seed);
    router->core.text_seed = seed * 0x9e3779b97f4a7c15u; /* not drawn from the rng: it has no visible effect */
    publishers_init(&router->publishers, &router->core);
    router->relay = relay_queue_new(&router->publishers);
    map_init(&router->origins);
    map_init(&router->relayed);
    agenda_init(&router->core.agenda);
    schedule_reserve(&router->core.agenda.schedule, router_timers(router));
    return router;
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    while (router->rooms != NULL) {
        struct room *room = router->rooms;
        while (room->participants != NULL)
            participant_free(room->participants, router->core.agenda.now);
        room_free(room);
    }
    relayed_stop_waiting(router);
    relay_queue_free(router->relay);
    map_fini(&router->origins);
    map_fini(&router->relayed);
    agenda_fini(&router->core.agenda);
    packet_pool_free(router->core.pool);
    events_fini(&router->core.events);
    free(router);
}

int router_join(struct router *router, struct participant **out, const char *room_name, const char *id,
                uint64_t connection, usec_t now)
{
    if (strlen(room_name) > ROOM_NAME_MAX || strlen(id) > PARTICIPANT_ID_MAX)
        return ERR_INVALID;
    router->core.agenda.now = now;
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
    router->core.agenda.now = now;
    relayed_succeed(participant, now);
}

usec_t router_next(const struct router *router)
{
    return usec_min(schedule_next(&router->core.agenda.schedule), agenda_release_at(&router->core.agenda));
}

void router_timeout(struct router *router, usec_t now, int64_t wall_us)
{
    struct timer *timer;
    router->core.agenda.now = now;
    router->core.wall_offset = wall_us - now;
    if (agenda_release_at(&router->core.agenda) <= now)
        agenda_release(&router->core.agenda);
    while ((timer = schedule_take(&router->core.agenda.schedule, now)) != NULL) {
        if (timer->kind == TIMER_PARTICIPANT) {
            participant_timeout(timer->owner, now);
        } else if (timer->kind == TIMER_ROOM) {
            speakers_timeout(timer->owner, now);
            viewing_assign(timer->owner, now);
        } else {
            memory_timeout(timer->owner, now);
        }
    }
}

void router_hold_pictures(struct router *router, usec_t most)
{
    router->core.agenda.hold_max = most;
}

bool router_has_output(const struct router *router)
{
    return router->core.agenda.marked.first != NULL;
}

struct participant *router_poll(struct router *router)
{
    struct agenda_entry *entry = agenda_take(&router->core.agenda);
    return entry != NULL ? entry->timer.owner : NULL;
}

bool router_poll_event(struct router *router, struct router_event *event)
{
    return events_take(&router->core.events, event);
}

bool router_poll_relay(struct router *router, struct relay_outgoing *message)
{
    return relay_queue_poll(router->relay, message);
}

void router_relay_sent(struct router *router, bool was_taken)
{
    relay_queue_sent(router->relay, was_taken);
}

bool router_has_relay(const struct router *router)
{
    return relay_queue_has_message(router->relay);
}
