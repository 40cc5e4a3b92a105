#include "router/room/participant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/in/publication.h"
#include "router/out/packet_write.h"
#include "router/out/slot.h"
#include "router/room/mirrored.h"
#include "router/room/room.h"
#include "router/room/rtcp_out.h"
#include "router/room/viewing.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

/* What histories of one participant keep at most, for at most router_config.history_age: 0.6 s of 40 Mbit/s. */
#define HELD_PACKETS_MAX 4096
#define HELD_BYTES_MAX ((size_t)3 << 20)
#define REVIEW_INTERVAL (250 * USEC_PER_MSEC)
#define RESEND_SPACING_LEAST (10 * USEC_PER_MSEC)
#define REST_AFTER (3 * USEC_PER_SEC)
#define RTT_UNKNOWN (100 * USEC_PER_MSEC)

struct participant *participant_new(struct room *room, const char *id, uint64_t handle, usec_t now)
{
    struct router *router = room->router;
    struct participant *participant = mem_alloc(sizeof *participant);
    participant->room = room;
    participant->router = router;
    participant->handle = handle;
    snprintf(participant->id, sizeof participant->id, "%s", id);
    participant->held = (struct history_account){.packets_max = HELD_PACKETS_MAX, .bytes_max = HELD_BYTES_MAX};
    map_init(&participant->layers);
    map_init(&participant->rtx_layers);
    map_init(&participant->slot_ssrcs);
    map_init(&participant->slot_mids);
    timer_init(&participant->timer, TIMER_PARTICIPANT, participant);
    participant->twcc = twcc_recorder_new(router->config.twcc_interval);
    downlink_init(&participant->downlink, router->config.start_bps, now);
    participant->local_ssrc = rng_u32(&router->rng) | 1;
    participant->transport_sequence = (uint16_t)rng_u32(&router->rng);
    participant->next_report = now + REPORT_INTERVAL;
    participant->next_review = now + REVIEW_INTERVAL;
    participant->busy_at = now;
    participant->next = room->participants;
    room->participants = participant;
    room->participant_count++;
    router->participant_count++;
    schedule_reserve(&router->schedule, router_timers(router));
    participant_schedule(participant);
    return participant;
}

static void unlink_dirty(struct participant *participant)
{
    struct router *router = participant->router;
    struct participant *before = NULL, *at = router->dirty_first;
    if (!participant->is_dirty)
        return;
    while (at != participant) {
        before = at;
        at = at->dirty_next;
    }
    *(before != NULL ? &before->dirty_next : &router->dirty_first) = participant->dirty_next;
    if (router->dirty_last == participant)
        router->dirty_last = before;
    participant->is_dirty = false;
}

static void clear_egress(struct participant *participant)
{
    for (size_t i = 0; i < participant->egress_count; i++)
        packet_release(participant->egress[i].packet);
    participant->egress_count = 0;
}

void participant_free(struct participant *participant, usec_t now)
{
    struct room *room = participant->room;
    struct participant **at = &room->participants;
    participant->is_ready = false;
    while (participant->publications != NULL)
        publication_free(participant->publications, now);
    while (participant->slots != NULL)
        slot_free(participant->slots);
    clear_egress(participant);
    mirror_forget(participant);
    unlink_dirty(participant);
    schedule_set(&participant->router->schedule, &participant->timer, USEC_NEVER);
    while (*at != participant)
        at = &(*at)->next;
    *at = participant->next;
    room->participant_count--;
    *(participant->is_mirror ? &participant->router->mirror_count : &participant->router->participant_count) -= 1;
    twcc_recorder_free(participant->twcc);
    downlink_fini(&participant->downlink);
    map_fini(&participant->layers);
    map_fini(&participant->rtx_layers);
    map_fini(&participant->slot_ssrcs);
    map_fini(&participant->slot_mids);
    free(participant->egress);
    free(participant);
}

void participant_mark(struct participant *participant)
{
    struct router *router = participant->router;
    if (participant->is_dirty || !participant->is_ready)
        return;
    participant->is_dirty = true;
    participant->dirty_next = NULL;
    *(router->dirty_last != NULL ? &router->dirty_last->dirty_next : &router->dirty_first) = participant;
    router->dirty_last = participant;
}

void participant_wake_by(struct participant *participant, usec_t at)
{
    schedule_by(&participant->router->schedule, &participant->timer, at);
}

static usec_t next_tick(const struct participant *participant)
{
    return participant->is_resting ? USEC_NEVER : usec_min(participant->next_report, participant->next_review);
}

static usec_t next_of_layers(const struct participant *participant)
{
    usec_t next = USEC_NEVER;
    for (const struct publication *p = participant->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++)
            next = usec_min(next, layer_next(&p->layers[i]));
    return next;
}

void participant_schedule(struct participant *participant)
{
    usec_t next = next_tick(participant);
    if (participant->has_requests)
        next = usec_min(next, participant->requests_at);
    if (participant->is_ready) {
        next = usec_min(next, twcc_recorder_next(participant->twcc));
        if (!participant->is_resting)
            next = usec_min(next, downlink_next(participant));
        if (participant->egress_count > 0)
            next = usec_min(next, pacer_next(&participant->pacer));
    }
    if (participant->is_ready || participant->is_mirror)
        next = usec_min(next, next_of_layers(participant));
    schedule_set(&participant->router->schedule, &participant->timer, next);
}

/* A picture that is paused for want of room needs the estimate, and probes, to come back. */
static bool waits_for_room(const struct participant *participant)
{
    for (const struct slot *slot = participant->slots; slot != NULL; slot = slot->next)
        if (slot->publication != NULL && slot->is_paused && !slot->is_hidden && !slot->publication->muted)
            return true;
    return false;
}

static void look_for_rest(struct participant *participant, usec_t now)
{
    uint64_t packets = participant->stats.in.packets + participant->stats.out.packets;
    if (packets != participant->packets_before || waits_for_room(participant))
        participant->busy_at = now;
    participant->packets_before = packets;
    participant->is_resting = now - participant->busy_at > REST_AFTER;
}

void participant_stir(struct participant *participant)
{
    if (!participant->is_resting)
        return;
    participant->is_resting = false;
    participant->busy_at = participant->router->now;
    participant_schedule(participant);
}

/* Whatever is due is written when the shell polls: here it is only noticed. */
void participant_timeout(struct participant *participant, usec_t now)
{
    if (now >= participant->next_report) {
        /* Spread, so that reports of many participants do not come in step (RFC 3550 section 6.2). */
        participant->next_report = now + REPORT_INTERVAL * 9 / 10 +
                                   (usec_t)rng_below(&participant->router->rng, (uint64_t)REPORT_INTERVAL / 5);
        rtcp_out_reports(participant);
        for (const struct publication *p = participant->publications; p != NULL && participant->is_mirror; p = p->next)
            mirror_tell_demand(p);
    }
    if (now >= participant->next_review) {
        participant->next_review = now + REVIEW_INTERVAL;
        for (struct publication *p = participant->publications; p != NULL; p = p->next)
            publication_review(p, now);
        for (struct publication *p = participant->publications; p != NULL; p = p->next)
            publication_review_demand(p, now);
    }
    viewing_timeout(participant, now);
    if (breaker_check(&participant->breaker, now))
        downlink_changed(participant, now);
    look_for_rest(participant, now);
    if (participant->is_mirror) {
        mirror_ask_keyframes(participant, now);
        participant_schedule(participant);
        return;
    }
    downlink_timeout(participant, now);
    /* Polled or not, it must not be woken for the same thing again and again. */
    schedule_set(&participant->router->schedule, &participant->timer, next_tick(participant));
    participant_mark(participant);
}

void participant_expire(struct participant *participant, usec_t now)
{
    for (struct publication *p = participant->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++)
            history_expire(p->layers[i].history, now);
}

void participant_shrink(struct participant *participant)
{
    for (struct publication *p = participant->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++)
            history_shrink(p->layers[i].history);
}

struct egress *participant_add_egress(struct participant *participant)
{
    if (participant->egress_count == participant->egress_capacity) {
        if (participant->egress_capacity >= EGRESS_MAX) {
            participant->stats.egress_drops++;
            return NULL;
        }
        /* Grows to what one batch needs, and stays. */
        participant->egress_capacity = participant->egress_capacity * 2 + 64;
        participant->egress = mem_resize(participant->egress, participant->egress_capacity, sizeof(struct egress));
    }
    struct egress *item = &participant->egress[participant->egress_count++];
    *item = (struct egress){0};
    participant_stir(participant);
    participant_mark(participant);
    return item;
}

void participant_drop_egress(struct participant *participant, const struct slot *slot)
{
    size_t kept = 0;
    for (size_t i = 0; i < participant->egress_count; i++) {
        if (participant->egress[i].slot == slot)
            packet_release(participant->egress[i].packet);
        else
            participant->egress[kept++] = participant->egress[i];
    }
    participant->egress_count = kept;
}

void participant_say_bye(struct participant *participant, uint32_t ssrc)
{
    if (participant->bye_count == BYES_MAX)
        return; /* the receiver will time it out */
    participant->byes[participant->bye_count++] = ssrc;
    participant_mark(participant);
}

usec_t participant_resend_spacing(const struct participant *participant)
{
    usec_t rtt = participant->rtt > 0 ? participant->rtt : RTT_UNKNOWN;
    return usec_max(RESEND_SPACING_LEAST, rtt * 3 / 4);
}

void participant_set_ready(struct participant *participant, bool ready, usec_t now)
{
    if (participant->is_ready == ready)
        return;
    participant->is_ready = ready;
    breaker_reset(&participant->breaker); /* a new path has its own time */
    if (!ready) {
        clear_egress(participant);
        unlink_dirty(participant);
        participant->bye_count = 0;
    }
    for (struct slot *slot = participant->slots; slot != NULL; slot = slot->next) {
        slot_pause(slot);
        slot_review(slot, now);
    }
    participant_mark(participant);
    participant_stir(participant);
    participant_schedule(participant);
}

int participant_mute(struct participant *participant, const char *source, bool muted, usec_t now)
{
    for (struct publication *p = participant->publications; p != NULL; p = p->next) {
        if (strcmp(p->source, source) != 0)
            continue;
        publication_set_muted(p, muted, now);
        return 0;
    }
    return ERR_NOT_FOUND;
}

uint64_t participant_handle(const struct participant *participant)
{
    return participant->handle;
}

const char *participant_id(const struct participant *participant)
{
    return participant->id;
}

size_t participant_egress(struct participant *participant, const struct egress **items, usec_t now)
{
    *items = participant->egress;
    participant->egress_handed = pacer_take(&participant->pacer, participant->egress, participant->egress_count,
                                            downlink_pace(&participant->downlink), now);
    return participant->egress_handed;
}

int participant_image(struct participant *participant, const struct egress *item, struct packet_image *image,
                      usec_t now)
{
    const struct slot *slot = item->slot;
    const struct extension_map *ids = &slot->media.extensions;
    struct write_context context = {
        .ids = ids,
        .allow_mixed = slot->media.extmap_allow_mixed,
        .mid = slot->mid_is_known && !item->rewrite.is_retransmission ? NULL : slot->media.mid,
        .transport_sequence = participant->transport_sequence,
        .now = now,
    };
    int error = packet_image_init(image, item->packet, &item->rewrite, &context);
    if (error != 0) {
        participant->stats.egress_drops++;
        return error;
    }
    if (ids->id[EXTENSION_TRANSPORT_SEQUENCE] != 0)
        downlink_sent(participant, participant->transport_sequence++, image->length, item->probe_cluster, now);
    if (slot->media.kind == MEDIA_VIDEO)
        breaker_sent(&participant->breaker, now);
    participant->stats.out.packets++;
    participant->stats.out.bytes += image->length;
    participant->router->packets_out++;
    participant->router->bytes_out += image->length;
    return 0;
}

size_t participant_write(struct participant *participant, const struct egress *item, uint8_t *out, usec_t now)
{
    struct packet_image image;
    if (participant_image(participant, item, &image, now) != 0)
        return 0;
    return packet_image_write(&image, out);
}

void participant_sent(struct participant *participant, usec_t now)
{
    size_t handed = participant->egress_handed;
    (void)now;
    for (size_t i = 0; i < handed; i++)
        packet_release(participant->egress[i].packet);
    participant->egress_count -= handed;
    participant->egress_handed = 0;
    if (participant->egress_count == 0)
        return;
    memmove(participant->egress, participant->egress + handed, participant->egress_count * sizeof(struct egress));
    participant_wake_by(participant, pacer_next(&participant->pacer));
}

void participant_get_stats(const struct participant *participant, struct participant_stats *stats)
{
    *stats = participant->stats;
    stats->rtt = participant->rtt;
    stats->report_timeouts = participant->breaker.trips;
    stats->estimate_bps = participant->downlink.is_measured ? bwe_estimate(participant->downlink.bwe) : 0;
    for (const struct publication *p = participant->publications; p != NULL; p = p->next)
        for (size_t i = 0; i < p->layer_count; i++) {
            stats->in.lost += layer_lost(&p->layers[i]);
            stats->plis_out += p->layers[i].gate.requests;
        }
    for (const struct slot *slot = participant->slots; slot != NULL; slot = slot->next)
        stats->out.lost += slot->stream.cumulative_lost > 0 ? (uint64_t)slot->stream.cumulative_lost : 0;
}

size_t participant_publications(const struct participant *participant, struct publication_stats *stats, size_t capacity)
{
    size_t count = 0;
    for (const struct publication *p = participant->publications; p != NULL && count < capacity; p = p->next)
        publication_get_stats(p, &stats[count++]);
    return count;
}

size_t participant_slots(const struct participant *participant, struct slot_stats *stats, size_t capacity)
{
    size_t count = 0;
    for (const struct slot *slot = participant->slots; slot != NULL && count < capacity; slot = slot->next) {
        struct slot_stats *out = &stats[count++];
        *out = (struct slot_stats){
            .packets = slot->packets,
            .bytes = slot->bytes,
            .retransmissions = slot->retransmissions,
            .loss = slot->stream.fraction_lost / 256.0,
            .rtt = slot->stream.rtt,
            .state = slot_state(slot),
            .reason = slot_reason(slot),
            .layer = slot->layer,
            .spatial = slot->choice.spatial,
            .temporal = slot->choice.temporal,
            .width = slot->width,
            .height = slot->height,
        };
        snprintf(out->mid, sizeof out->mid, "%s", slot->media.mid);
        snprintf(out->publication, sizeof out->publication, "%s",
                 slot->publication != NULL ? slot->publication->id : "");
    }
    return count;
}
