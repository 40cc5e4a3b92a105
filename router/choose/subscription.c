#include "router/choose/subscription.h"

#include <stdio.h>

#include "router/choose/layer_selection.h"
#include "router/choose/size_limit.h"
#include "router/in/layer.h"
#include "router/in/publication.h"
#include "router/relay/relay_queue.h"

#define DEMAND_HOLD (2 * USEC_PER_SEC) /* a layer nobody watches goes on for so long */

void subscription_show(struct slot *slot, struct publication *publication, usec_t now)
{
    if (slot->publication == publication)
        return;
    if (slot->publication != NULL)
        publication_remove_slot(slot->publication, slot);
    slot_set_publication(slot, publication);
    if (slot->is_shared)
        slot_announce(slot);
    if (publication == NULL)
        return;
    publication_add_slot(publication, slot);
    subscription_review(slot, now);
    subscriber_changed(slot->subscriber, now);
}

void subscription_end(struct slot *slot, usec_t now)
{
    subscription_show(slot, NULL, now);
    slot_free(slot);
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

/* Whether it may show a higher spatial layer than it does: that begins with a keyframe. */
static bool needs_spatial(const struct slot *slot, const struct layer *layer)
{
    int highest = (int)layer->rates.spatials - 1;
    return slot->choice.spatial < highest && slot->choice.spatial < slot_limit_of(slot, layer).spatial;
}

void subscription_review(struct slot *slot, usec_t now)
{
    struct publication *publication = slot->publication;
    struct layer_state states[MEDIA_ENCODINGS_MAX];
    struct layer_wish wish = {.current = slot->layer, .max = slot->limit.layer};
    slot->target = LAYER_NONE;
    slot_review_support(slot);
    if (publication == NULL || publication->muted || slot->is_paused)
        return;
    for (size_t i = 0; i < publication->layer_count; i++)
        states[i] = publication->layers[i].state;
    slot->target = layer_select(states, publication->layer_count, &wish, now);
    if (slot->target == LAYER_NONE)
        return;
    struct layer *target = &publication->layers[slot->target];
    if ((slot->target != slot->layer || needs_spatial(slot, target)) && slot_can_show(slot, target))
        slot_want_keyframe(slot, target, now);
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
        subscription_review(publication->slots[i], now);
}

void subscription_restart_all(struct publication *publication, usec_t now)
{
    for (size_t i = 0; i < publication->slot_count; i++)
        subscription_restart(publication->slots[i], now);
}

/* Bits of the layers that must come for the slot. */
static unsigned layers_wanted(const struct slot *slot)
{
    unsigned wanted = slot->layer != LAYER_NONE ? 1u << slot->layer : 0;
    if (slot->is_paused || slot->is_unsupported)
        return wanted;
    int limit = size_limit_of(slot).layer;
    return wanted | 1u << (slot->limit.layer < limit ? slot->limit.layer : limit);
}

/* The lowest layer always goes on: somebody who comes sees a picture at once. */
static unsigned watched_layers(const struct publication *publication)
{
    unsigned watched = 1 | publication_watched_elsewhere(publication);
    for (size_t i = 0; i < publication->slot_count; i++)
        watched |= layers_wanted(publication->slots[i]);
    return watched;
}

void subscription_tell_demand(const struct publication *publication)
{
    const struct endpoint *endpoint = publication->publisher->endpoint;
    struct router_event *event = events_add(&endpoint->router->events, ROUTER_EVENT_LAYERS, endpoint->room);
    event->handle = endpoint->handle;
    event->active_layers = publication->asked_layers & ((1u << publication->layer_count) - 1);
    snprintf(event->mid, sizeof event->mid, "%s", publication->media.mid);
    snprintf(event->publication, sizeof event->publication, "%s", publication->id);
    snprintf(event->text, sizeof event->text, "%s", publication->source);
}

void subscription_review_demand(struct publication *publication, usec_t now)
{
    unsigned asked = publication->asked_layers;
    if (publication->layer_count < 2)
        return;
    unsigned watched = watched_layers(publication);
    for (unsigned i = 0; i < publication->layer_count; i++) {
        unsigned bit = 1u << i;
        if ((watched & bit) != 0) {
            publication->unwatched_since[i] = now;
            if ((asked & bit) == 0)
                publication->resumed_at[i] = now;
            asked |= bit;
        } else if (now - publication->unwatched_since[i] >= DEMAND_HOLD) {
            asked &= ~bit;
        }
    }
    if (asked == publication->asked_layers)
        return;
    publication->asked_layers = asked;
    if (publication->publisher->is_relayed)
        relay_demand(publication);
    else
        subscription_tell_demand(publication);
}

/* Tells the viewer, and the publisher. */
static void level_changed(struct slot *slot, bool was_paused, usec_t now)
{
    subscription_review(slot, now);
    if (slot->publication == NULL)
        return;
    subscription_review_demand(slot->publication, now);
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
