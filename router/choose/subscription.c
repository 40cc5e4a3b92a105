#include "router/choose/subscription.h"

#include <stdio.h>
#include <stdlib.h>

#include "router/choose/encoding_selection.h"
#include "router/choose/size_limit.h"
#include "router/in/encoding.h"
#include "router/in/publication.h"
#include "router/relay/relay_queue.h"
#include "transport/base/memory.h"

static void add_slot(struct publication *publication, struct slot *slot)
{
    struct subscriptions *list = publication->subscriptions;
    size_t capacity = list != NULL ? list->capacity : 0;
    if (publication->slot_count == capacity) {
        capacity = capacity * 2 + 8;
        list = mem_resize(list, sizeof *list + capacity * sizeof list->slots[0], 1);
        list->capacity = capacity;
        publication->subscriptions = list;
    }
    list->slots[publication->slot_count++] = slot;
}

static void remove_slot(struct publication *publication, const struct slot *slot)
{
    struct subscriptions *list = publication->subscriptions;
    size_t at = 0;
    while (list->slots[at] != slot)
        at++;
    list->slots[at] = list->slots[--publication->slot_count];
}

void subscription_show(struct slot *slot, struct publication *publication, usec_t now)
{
    if (slot->publication == publication)
        return;
    if (slot->publication != NULL)
        remove_slot(slot->publication, slot);
    slot_set_publication(slot, publication);
    if (slot->is_shared)
        slot_announce(slot);
    if (publication == NULL)
        return;
    add_slot(publication, slot);
    subscription_review(slot, now);
    subscriber_changed(slot->subscriber, now);
}

void subscription_end(struct slot *slot, usec_t now)
{
    subscription_show(slot, NULL, now);
    slot_free(slot);
}

void subscription_end_all(struct publication *publication, usec_t now)
{
    while (publication->slot_count > 0)
        subscription_show(publication->subscriptions->slots[publication->slot_count - 1], NULL, now);
    free(publication->subscriptions);
    publication->subscriptions = NULL;
}

void subscription_set_view(struct slot *slot, uint16_t width, uint16_t height, uint8_t priority, usec_t now)
{
    slot->width = width;
    slot->height = height;
    slot->priority = priority;
    slot->is_hidden = slot->media.kind == MEDIA_VIDEO && (width == 0 || height == 0);
    if (slot->is_hidden)
        subscription_pause(slot, now);
}

/* Whether the slot may show a higher spatial layer than it does, for which it needs a keyframe. */
static bool needs_spatial(const struct slot *slot, const struct encoding *encoding)
{
    int highest = (int)encoding->rates.spatials - 1;
    return slot->choice.spatial < highest && slot->choice.spatial < slot_limit_of(slot, encoding).spatial;
}

void subscription_review(struct slot *slot, usec_t now)
{
    struct publication *publication = slot->publication;
    struct encoding_state states[MEDIA_ENCODINGS_MAX];
    struct encoding_limits limits = {.current = slot_rank(slot), .max = slot->limit.encoding};
    slot->target = ENCODING_NONE;
    slot_review_support(slot);
    if (publication == NULL || publication->muted || slot->is_paused)
        return;
    for (size_t i = 0; i < publication->encoding_count; i++)
        states[i] = publication_ranked(publication, (int)i)->state;
    int rank = encoding_select(states, publication->encoding_count, &limits, now);
    if (rank == ENCODING_NONE)
        return;
    struct encoding *target = publication_ranked(publication, rank);
    slot->target = (int)target->index;
    bool is_needed = slot->target != slot->encoding || needs_spatial(slot, target);
    if (is_needed && slot->subscriber->common->agenda.is_ready && slot_can_decode(slot, target) &&
        !slot_begin(slot, target, now))
        slot_request_keyframe(slot, target, now);
}

void subscription_ask_ahead(struct slot *slot, usec_t now)
{
    subscription_review(slot, now);
    if (slot->target == ENCODING_NONE || slot->stream.started)
        return;
    struct encoding *target = &slot->publication->encodings[slot->target];
    if (slot_can_decode(slot, target) && encoding_recent_keyframe(target, now) == ENCODING_NO_ENTRY)
        slot_request_keyframe(slot, target, now);
}

void subscription_restart(struct slot *slot, usec_t now)
{
    slot_await_keyframe(slot);
    subscription_review(slot, now);
}

void subscription_review_all(struct publication *publication, usec_t now)
{
    publication_measure(publication, now);
    for (size_t i = 0; i < publication->slot_count; i++)
        subscription_review(publication->subscriptions->slots[i], now);
}

void subscription_media_changed(struct publication *publication, bool is_resized, usec_t now)
{
    for (size_t i = 0; i < publication->slot_count; i++) {
        publication->subscriptions->slots[i]->source_codec = NULL;
        if (is_resized)
            slot_await_keyframe(publication->subscriptions->slots[i]);
    }
    subscription_review_all(publication, now);
}

void subscription_restart_all(struct publication *publication, usec_t now)
{
    for (size_t i = 0; i < publication->slot_count; i++)
        subscription_restart(publication->subscriptions->slots[i], now);
}

/* The encodings that a viewer watches, or may be switched to next, on this slot: as bits. */
static unsigned watched_on(const struct slot *slot)
{
    unsigned watched = slot->encoding != ENCODING_NONE ? 1u << slot->encoding : 0;
    if (slot->is_paused || slot->is_unsupported)
        return watched;
    int limit = size_limit_of(slot).encoding, rank = slot->limit.encoding < limit ? slot->limit.encoding : limit;
    return watched | 1u << publication_ranked(slot->publication, rank)->index;
}

/* The lowest encoding is always requested, so that newcomers see video at once. */
static unsigned watched_encodings(const struct publication *publication)
{
    unsigned watched = 1u << publication->by_rank[0] | publication_asked_elsewhere(publication);
    for (size_t i = 0; i < publication->slot_count; i++)
        watched |= watched_on(publication->subscriptions->slots[i]);
    return watched;
}

void subscription_tell_encodings(const struct publication *publication)
{
    const struct participant_common *common = publication->publisher->common;
    struct router_event *event = events_add(&common->core->events, ROUTER_EVENT_ENCODINGS, common->room);
    event->connection = common->connection;
    event->asked_encodings = publication->asked_encodings & ((1u << publication->encoding_count) - 1);
    snprintf(event->mid, sizeof event->mid, "%s", publication->media.mid);
    snprintf(event->publication, sizeof event->publication, "%s", publication->id);
    snprintf(event->text, sizeof event->text, "%s", publication->source);
}

void subscription_review_encodings(struct publication *publication, usec_t now)
{
    if (publication->encoding_count < 2 || !publication_ask(publication, watched_encodings(publication), now))
        return;
    if (publication->publisher->is_relayed)
        relay_request(publication);
    else
        subscription_tell_encodings(publication);
}

/* Tells the viewer, and the publisher. */
static void level_changed(struct slot *slot, bool was_paused, usec_t now)
{
    subscription_review(slot, now);
    if (slot->publication == NULL)
        return;
    subscription_review_encodings(slot->publication, now);
    if (slot->is_paused != was_paused && !slot->is_hidden)
        slot_announce(slot);
}

void subscription_set_limit(struct slot *slot, struct quality limit, usec_t now)
{
    bool was_paused = slot->is_paused;
    if (!was_paused && quality_equal(slot->limit, limit))
        return;
    slot->limit = limit;
    slot->is_paused = false;
    level_changed(slot, was_paused, now);
}

void subscription_pause(struct slot *slot, usec_t now)
{
    if (slot->is_paused)
        return;
    slot->is_paused = true;
    slot_await_keyframe(slot);
    level_changed(slot, false, now);
}
