#include "router/in/publication.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/in/encoding.h"
#include "transport/base/check.h"
#include "transport/base/memory.h"

#define ENCODING_HOLD (2 * USEC_PER_SEC) /* an encoding that nobody watches is still asked for so long */
#define LOOK_TIME (3 * USEC_PER_SEC)     /* how much longer a new encoding is requested that nobody watches */

static size_t encodings_of(const struct media *media)
{
    return media->encoding_count == 0 ? 1 : media->encoding_count;
}

/* The number of encodings may grow or shrink when an encoding is added in another offer. */
static void resize_encodings(struct publication *publication, size_t count)
{
    for (size_t i = publication->encoding_count; i < count; i++)
        encoding_init(&publication->encodings[i], publication, (unsigned)i);
    for (size_t i = count; i < publication->encoding_count; i++)
        encoding_fini(&publication->encodings[i]);
    publication->encoding_count = count;
    for (unsigned i = 0; i < count; i++)
        publication->by_rank[i] = publication->encodings[i].rank = i;
}

bool publication_is_mix(const struct publication *publication)
{
    return strncmp(publication->source, "mix", 3) == 0;
}

bool publication_is_asked_for(const struct publication *publication, const char *show)
{
    if (strcmp(show, SHOW_MIX) != 0)
        return strcmp(show, publication->id) == 0;
    return strcmp(publication->source, "mix") == 0 || strcmp(publication->source, "mix-video") == 0;
}

struct publication *publication_new(struct publisher *publisher, const char *source, const struct media *media,
                                    usec_t now)
{
    struct publication *publication = mem_alloc(sizeof *publication);
    publication->publisher = publisher;
    publication->media = *media;
    snprintf(publication->source, sizeof publication->source, "%s", source);
    snprintf(publication->id, sizeof publication->id, "%s/%s", publisher->common->id, source);
    resize_encodings(publication, encodings_of(media));
    publication->asked_encodings = (1u << MEDIA_ENCODINGS_MAX) - 1;
    for (size_t i = 0; i < MEDIA_ENCODINGS_MAX; i++) {
        publication->unwatched_since[i] = now + LOOK_TIME;
        publication->resumed_at[i] = now - ENCODING_RESUME_TIME;
    }
    if (publisher->relay_target_count > 0)
        publication->requests = mem_array(publisher->relay_target_count, sizeof *publication->requests);
    for (size_t i = 0; i < publisher->relay_target_count; i++)
        publication->requests[i] = RELAY_REQUEST_ALL;
    publication->next = publisher->publications;
    publisher->publications = publication;
    if (!publisher->is_relayed)
        publisher->all->publication_count++;
    return publication;
}

static void unlink_publication(struct publication *publication)
{
    struct publication **at = &publication->publisher->publications;
    while (*at != publication)
        at = &(*at)->next;
    *at = publication->next;
}

void publication_free(struct publication *publication)
{
    CHECK(publication->slot_count == 0 && publication->subscriptions == NULL);
    unlink_publication(publication);
    if (!publication->publisher->is_relayed)
        publication->publisher->all->publication_count--;
    for (size_t i = 0; i < publication->encoding_count; i++)
        encoding_fini(&publication->encodings[i]);
    free(publication->requests);
    free(publication);
}

struct publication *publication_find(const struct publisher *publisher, const char *source)
{
    for (struct publication *p = publisher->publications; p != NULL; p = p->next)
        if (strcmp(p->source, source) == 0)
            return p;
    return NULL;
}

/* The codec of the last packet, at its new place in the list. */
static const struct media_codec *find_again(const struct media *media, const struct media_codec *before)
{
    const struct media_codec *now = before != NULL ? media_find_payload_type(media, before->payload_type) : NULL;
    return now != NULL && now->codec == before->codec ? now : NULL;
}

bool publication_set_media(struct publication *publication, const struct media *media)
{
    bool is_resized = encodings_of(media) != publication->encoding_count;
    const struct media before = publication->media;
    publication->media = *media;
    if (is_resized)
        resize_encodings(publication, encodings_of(media));
    for (size_t i = 0; i < publication->encoding_count; i++)
        if (publication->encodings[i].codec != NULL)
            publication->encodings[i].codec = find_again(
                &publication->media, before.codecs + (publication->encodings[i].codec - publication->media.codecs));
    return is_resized;
}

const struct media_codec *publication_codec(const struct publication *publication)
{
    const struct encoding *newest = NULL;
    for (size_t i = 0; i < publication->encoding_count; i++) {
        const struct encoding *encoding = &publication->encodings[i];
        if (encoding->codec != NULL && (newest == NULL || encoding->last_media > newest->last_media))
            newest = encoding;
    }
    return newest != NULL ? newest->codec : NULL;
}

/* An encoding counts as stopped only if others of the publication are still received; a single one may be very slow (a
 * screen that does not change). */
static void find_stopped_encodings(struct publication *publication)
{
    usec_t newest = publication->encodings[0].last_media;
    for (size_t i = 1; i < publication->encoding_count; i++)
        newest = usec_max(newest, publication->encodings[i].last_media);
    for (size_t i = 0; i < publication->encoding_count; i++) {
        struct encoding *encoding = &publication->encodings[i];
        if (encoding->state.is_received && newest - encoding->last_media > ENCODING_SILENCE)
            encoding->state.is_received = false;
    }
}

/* An offer lists encodings as its author likes them (RFC 8853 section 5.2): browsers and we the smallest first, others
 * the largest. Where no keyframe has told their sizes, the order of the offer counts. */
static void rank_encodings(struct publication *publication)
{
    unsigned *by_rank = publication->by_rank;
    for (size_t i = 1; i < publication->encoding_count; i++) {
        for (size_t at = i; at > 0; at--) {
            unsigned lower = by_rank[at - 1], height = publication->encodings[by_rank[at]].height;
            if (height == 0 || height >= publication->encodings[lower].height)
                break;
            by_rank[at - 1] = by_rank[at];
            by_rank[at] = lower;
        }
    }
    for (unsigned rank = 0; rank < publication->encoding_count; rank++)
        publication->encodings[by_rank[rank]].rank = rank;
}

struct encoding *publication_ranked(struct publication *publication, int rank)
{
    return &publication->encodings[publication->by_rank[rank]];
}

void publication_measure(struct publication *publication, usec_t now)
{
    for (size_t i = 0; i < publication->encoding_count; i++)
        encoding_measure(&publication->encodings[i], now);
    find_stopped_encodings(publication);
    rank_encodings(publication);
}

bool publication_ask(struct publication *publication, unsigned watched, usec_t now)
{
    unsigned asked = publication->asked_encodings;
    for (unsigned i = 0; i < publication->encoding_count; i++) {
        unsigned bit = 1u << i;
        if ((watched & bit) != 0) {
            publication->unwatched_since[i] = now;
            if ((asked & bit) == 0)
                publication->resumed_at[i] = now;
            asked |= bit;
        } else if (now - publication->unwatched_since[i] >= ENCODING_HOLD) {
            asked &= ~bit;
        }
    }
    bool has_changed = asked != publication->asked_encodings;
    publication->asked_encodings = asked;
    return has_changed;
}

void publication_set_request(struct publication *publication, size_t target, struct relay_request request)
{
    publication->requests[target] = request;
}

unsigned publication_asked_elsewhere(const struct publication *publication)
{
    unsigned asked = 0;
    for (size_t i = 0; i < publication->publisher->relay_target_count; i++)
        asked |= publication->requests[i].asked;
    return asked & ((1u << publication->encoding_count) - 1);
}

static unsigned subscribers_elsewhere(const struct publication *publication)
{
    unsigned sum = 0;
    for (size_t i = 0; i < publication->publisher->relay_target_count; i++)
        sum += publication->requests[i].slots;
    return sum;
}

void publication_get_stats(const struct publication *publication, struct publication_stats *stats)
{
    const struct media_codec *codec = publication_codec(publication);
    if (codec == NULL && publication->media.codec_count > 0)
        codec = &publication->media.codecs[0];
    *stats = (struct publication_stats){
        .kind = publication->media.kind,
        .codec = codec != NULL ? codec->codec : CODEC_NONE,
        .muted = publication->muted,
        .subscribers = (unsigned)publication->slot_count + subscribers_elsewhere(publication),
        .encoding_count = publication->encoding_count,
        .asked_encodings = publication->asked_encodings & ((1u << publication->encoding_count) - 1),
    };
    snprintf(stats->id, sizeof stats->id, "%s", publication->id);
    for (size_t i = 0; i < publication->encoding_count; i++) {
        const struct encoding *encoding = &publication->encodings[i];
        stats->packets += encoding->packets;
        stats->bytes += encoding->bytes;
        stats->lost += encoding_lost(encoding);
        stats->keyframes += encoding->keyframes;
        stats->keyframe_requests += encoding->gate.requests;
        stats->encoding_bps[i] = encoding_bps(encoding, LAYER_ANY, LAYER_ANY);
        if (encoding->codec != NULL) {
            double jitter_ms = encoding->stream.jitter * 1000 / encoding->stream.clock_rate;
            stats->jitter_ms = jitter_ms > stats->jitter_ms ? jitter_ms : stats->jitter_ms;
        }
    }
}
