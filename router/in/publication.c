#include "router/in/publication.h"

#include <stdio.h>
#include <stdlib.h>

#include "router/out/slot.h"
#include "router/room/mirrored.h"
#include "router/room/room.h"
#include "transport/base/memory.h"

#define DEMAND_HOLD (2 * USEC_PER_SEC)  /* a layer nobody watches goes on for so long */
#define DEMAND_START (5 * USEC_PER_SEC) /* at first the layers are only looked at */
#define RESUME_TIME (5 * USEC_PER_SEC)

static size_t layers_of(const struct media *media)
{
    return media->encoding_count == 0 ? 1 : media->encoding_count;
}

struct publication *publication_new(struct participant *participant, const char *source, const struct media *media,
                                    usec_t now)
{
    struct publication *publication = mem_alloc(sizeof *publication);
    publication->participant = participant;
    publication->media = *media;
    snprintf(publication->source, sizeof publication->source, "%s", source);
    snprintf(publication->id, sizeof publication->id, "%s/%s", participant->id, source);
    publication->layer_count = layers_of(media);
    for (unsigned i = 0; i < publication->layer_count; i++)
        layer_init(&publication->layers[i], publication, i);
    publication->asked_layers = (1u << MEDIA_ENCODINGS_MAX) - 1;
    for (size_t i = 0; i < MEDIA_ENCODINGS_MAX; i++) {
        publication->watched_elsewhere[i] = UINT64_MAX;
        publication->unwatched_since[i] = now + DEMAND_START - DEMAND_HOLD;
        publication->resumed_at[i] = now - RESUME_TIME;
    }
    publication->next = participant->publications;
    participant->publications = publication;
    if (!participant->is_mirror)
        participant->router->publication_count++;
    room_published(participant->room, publication, now);
    return publication;
}

static void unlink_publication(struct publication *publication)
{
    struct publication **at = &publication->participant->publications;
    while (*at != publication)
        at = &(*at)->next;
    *at = publication->next;
}

void publication_free(struct publication *publication, usec_t now)
{
    while (publication->slot_count > 0)
        slot_show(publication->slots[publication->slot_count - 1], NULL, now);
    room_unpublished(publication->participant->room, publication, now);
    unlink_publication(publication);
    if (!publication->participant->is_mirror)
        publication->participant->router->publication_count--;
    for (size_t i = 0; i < publication->layer_count; i++)
        layer_fini(&publication->layers[i]);
    free(publication->slots);
    free(publication);
}

/* The number of layers may grow or shrink when an encoding is added in another offer. */
static void resize_layers(struct publication *publication, size_t count)
{
    for (size_t i = publication->layer_count; i < count; i++)
        layer_init(&publication->layers[i], publication, (unsigned)i);
    for (size_t i = count; i < publication->layer_count; i++)
        layer_fini(&publication->layers[i]);
    publication->layer_count = count;
}

void publication_set_media(struct publication *publication, const struct media *media, usec_t now)
{
    publication->media = *media;
    if (layers_of(media) != publication->layer_count) {
        for (size_t i = 0; i < publication->slot_count; i++)
            slot_pause(publication->slots[i]);
        resize_layers(publication, layers_of(media));
    }
    for (size_t i = 0; i < publication->layer_count; i++)
        publication->layers[i].codec = NULL;
    for (size_t i = 0; i < publication->slot_count; i++)
        publication->slots[i]->source_codec = NULL;
    publication_review(publication, now);
}

void publication_set_muted(struct publication *publication, bool muted, usec_t now)
{
    if (publication->muted == muted)
        return;
    publication->muted = muted;
    speaker_silence(&publication->speaker);
    for (size_t i = 0; i < publication->slot_count; i++) {
        slot_pause(publication->slots[i]);
        slot_review(publication->slots[i], now);
    }
    room_heard(publication->participant->room, now);
}

void publication_add_slot(struct publication *publication, struct slot *slot)
{
    if (publication->slot_count == publication->slot_capacity) {
        publication->slot_capacity = publication->slot_capacity * 2 + 8;
        publication->slots = mem_resize(publication->slots, publication->slot_capacity, sizeof(struct slot *));
    }
    publication->slots[publication->slot_count++] = slot;
}

void publication_remove_slot(struct publication *publication, struct slot *slot)
{
    size_t at = 0;
    while (publication->slots[at] != slot)
        at++;
    publication->slots[at] = publication->slots[--publication->slot_count];
}

/* A layer counts as stopped when others of the publication go on; alone it may be as slow as it likes (a still screen).
 */
static void find_stopped_layers(struct publication *publication)
{
    usec_t newest = publication->layers[0].last_media;
    for (size_t i = 1; i < publication->layer_count; i++)
        newest = usec_max(newest, publication->layers[i].last_media);
    for (size_t i = 0; i < publication->layer_count; i++) {
        struct layer *layer = &publication->layers[i];
        if (layer->state.active && newest - layer->last_media > LAYER_SILENCE)
            layer->state.active = false;
    }
}

void publication_review(struct publication *publication, usec_t now)
{
    for (size_t i = 0; i < publication->layer_count; i++)
        layer_measure(&publication->layers[i], now);
    find_stopped_layers(publication);
    for (size_t i = 0; i < publication->slot_count; i++)
        slot_review(publication->slots[i], now);
}

/* The lowest layer always goes on: somebody who comes sees a picture at once. */
static unsigned watched_layers(const struct publication *publication)
{
    unsigned watched = 1 | mirrored_demand(publication);
    for (size_t i = 0; i < publication->slot_count; i++)
        watched |= slot_layers_wanted(publication->slots[i]);
    return watched;
}

static void ask_publisher(const struct publication *publication)
{
    struct participant *participant = publication->participant;
    struct router_event *event = router_add_event(participant->router, ROUTER_EVENT_LAYERS, participant->room);
    event->handle = participant->handle;
    event->active_layers = publication->asked_layers & ((1u << publication->layer_count) - 1);
    snprintf(event->mid, sizeof event->mid, "%s", publication->media.mid);
    snprintf(event->publication, sizeof event->publication, "%s", publication->id);
    snprintf(event->text, sizeof event->text, "%s", publication->source);
}

void publication_review_demand(struct publication *publication, usec_t now)
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
    if (publication->participant->is_mirror)
        mirror_tell_demand(publication);
    else
        ask_publisher(publication);
}

bool publication_is_resumed(const struct publication *publication, unsigned layer, usec_t now)
{
    return now - publication->resumed_at[layer] < RESUME_TIME;
}

void publication_get_stats(const struct publication *publication, struct publication_stats *stats)
{
    *stats = (struct publication_stats){
        .kind = publication->media.kind,
        .codec = publication->media.codec_count > 0 ? publication->media.codecs[0].codec : CODEC_NONE,
        .muted = publication->muted,
        .subscribers = (unsigned)publication->slot_count + mirrored_subscribers(publication),
        .layer_count = publication->layer_count,
        .asked_layers = publication->asked_layers & ((1u << publication->layer_count) - 1),
    };
    snprintf(stats->id, sizeof stats->id, "%s", publication->id);
    for (size_t i = 0; i < publication->layer_count; i++) {
        const struct layer *layer = &publication->layers[i];
        stats->packets += layer->packets;
        stats->bytes += layer->bytes;
        stats->lost += layer_lost(layer);
        stats->keyframes += layer->keyframes;
        stats->keyframe_requests += layer->gate.requests;
        stats->layer_bps[i] = layer_bps(layer, LAYER_ANY, LAYER_ANY);
        if (layer->codec != NULL) {
            stats->codec = layer->codec->codec;
            double jitter_ms = layer->stream.jitter * 1000 / layer->stream.clock_rate;
            stats->jitter_ms = jitter_ms > stats->jitter_ms ? jitter_ms : stats->jitter_ms;
        }
    }
}
