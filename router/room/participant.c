#include "router/room/participant.h"

#include <stdio.h>
#include <stdlib.h>

#include "router/choose/bandwidth.h"
#include "router/choose/subscription.h"
#include "router/relay/relay_queue.h"
#include "router/room/due.h"
#include "router/room/publishing.h"
#include "router/room/rtcp_out.h"
#include "router/room/viewing.h"
#include "router/router.h"
#include "transport/base/memory.h"

#define REVIEW_INTERVAL (250 * USEC_PER_MSEC)
#define IDLE_AFTER (3 * USEC_PER_SEC)

struct participant *participant_new(struct room *room, const char *id, uint64_t connection, usec_t now)
{
    struct router *router = room->router;
    struct participant *participant = mem_alloc(sizeof *participant);
    struct participant_common *common = &participant->common;
    participant->room = room;
    common->core = &router->core;
    common->connection = connection;
    common->room = room->name;
    snprintf(common->id, sizeof common->id, "%s", id);
    agenda_enter(&router->core.agenda, &common->agenda, TIMER_PARTICIPANT, participant);
    participant->local_ssrc = rng_u32(&router->core.rng) | 1;
    publisher_init(&participant->publisher, &router->publishers, common, now);
    subscriber_init(&participant->subscriber, common, now);
    participant->next_report = now + REPORT_INTERVAL;
    participant->next_review = now + REVIEW_INTERVAL;
    participant->next = room->participants;
    room->participants = participant;
    room->participant_count++;
    router->participant_count++;
    schedule_reserve(&router->core.agenda.schedule, router_timers(router));
    due_schedule(participant);
    return participant;
}

void participant_free(struct participant *participant, usec_t now)
{
    struct room *room = participant->room;
    struct router *router = room->router;
    struct participant **at = &room->participants;
    struct map *names = participant->publisher.is_relayed ? &router->relayed : &router->origins;
    if (map_get(names, participant->common.connection) == participant)
        map_remove(names, participant->common.connection);
    agenda_set_ready(&participant->common.agenda, false);
    while (participant->publisher.publications != NULL)
        publishing_stop(participant, participant->publisher.publications, now);
    while (participant->subscriber.slots != NULL)
        subscription_end(participant->subscriber.slots, now);
    relay_forget(&participant->publisher);
    agenda_leave(&participant->common.agenda);
    while (*at != participant)
        at = &(*at)->next;
    *at = participant->next;
    room->participant_count--;
    *(participant->publisher.is_relayed ? &router->relayed_count : &router->participant_count) -= 1;
    subscriber_fini(&participant->subscriber);
    publisher_fini(&participant->publisher);
    free(participant);
}

/* Whether a slot is paused for lack of bandwidth: it needs the estimate, and probes, to resume. */
static bool waits_for_room(const struct participant *participant)
{
    for (const struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        if (slot->publication != NULL && slot->is_paused && !slot->is_hidden && !slot->publication->muted)
            return true;
    return false;
}

static void look_whether_idle(struct participant *participant, usec_t now)
{
    uint64_t packets = participant->common.stats.in.packets + participant->common.stats.out.packets;
    if (packets != participant->packets_before || waits_for_room(participant))
        participant->common.agenda.busy_at = now;
    participant->packets_before = packets;
    participant->common.agenda.is_idle = now - participant->common.agenda.busy_at > IDLE_AFTER;
}

/* Only marks what is due: it is written when the worker polls. */
void participant_timeout(struct participant *participant, usec_t now)
{
    if (now >= participant->next_report) {
        /* At random times, so that reports of many participants do not come at once (RFC 3550 section 6.2). */
        participant->next_report = now + REPORT_INTERVAL * 9 / 10 +
                                   (usec_t)rng_below(&participant->common.core->rng, (uint64_t)REPORT_INTERVAL / 5);
        rtcp_out_reports(participant);
        for (const struct publication *p = participant->publisher.publications;
             p != NULL && participant->publisher.is_relayed; p = p->next)
            relay_request(p);
    }
    if (now >= participant->next_review) {
        participant->next_review = now + REVIEW_INTERVAL;
        for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
            subscription_review_all(p, now);
        for (struct publication *p = participant->publisher.publications; p != NULL; p = p->next)
            subscription_review_encodings(p, now);
    }
    viewing_timeout(participant, now);
    if (breaker_check(&participant->subscriber.breaker, now))
        subscriber_changed(&participant->subscriber, now);
    look_whether_idle(participant, now);
    if (participant->publisher.is_relayed) {
        relay_keyframe_requests(&participant->publisher, now);
        due_schedule(participant);
        return;
    }
    bandwidth_timeout(&participant->subscriber, now);
    /* Even if it is not polled, the timer must not fire for the same thing again and again. */
    schedule_set(&participant->common.core->agenda.schedule, &participant->common.agenda.timer,
                 due_next_tick(participant));
    agenda_mark(&participant->common.agenda);
}

void participant_set_ready(struct participant *participant, bool ready, usec_t now)
{
    if (participant->common.agenda.is_ready == ready)
        return;
    agenda_set_ready(&participant->common.agenda, ready);
    breaker_reset(&participant->subscriber.breaker); /* a new path has its own delays */
    if (!ready) {
        egress_queue_clear(&participant->subscriber.egress);
        participant->subscriber.bye_count = 0;
    }
    for (struct slot *slot = participant->subscriber.slots; slot != NULL; slot = slot->next)
        subscription_restart(slot, now);
    agenda_mark(&participant->common.agenda);
    agenda_wake(&participant->common.agenda);
    due_schedule(participant);
}

uint64_t participant_connection(const struct participant *participant)
{
    return participant->common.connection;
}

void participant_set_user(struct participant *participant, void *user)
{
    participant->user = user;
}

void *participant_user(const struct participant *participant)
{
    return participant->user;
}

const char *participant_id(const struct participant *participant)
{
    return participant->common.id;
}
