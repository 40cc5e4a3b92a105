/* One thing that a participant sends: its layers (one, or a simulcast of up to three) and the slots that show it.
 * Private to the core. */
#ifndef HEDDLE_ROUTER_IN_PUBLICATION_H
#define HEDDLE_ROUTER_IN_PUBLICATION_H

#include "router/in/layer.h"
#include "router/in/speaker.h"
#include "router/room/participant.h"

struct publication {
    struct publication *next;     /* of the participant */
    struct publication *same_key; /* of the room */
    struct participant *participant;
    char id[PUBLICATION_ID_MAX + 1];
    char source[SOURCE_MAX + 1];
    struct media media;
    bool muted;
    struct layer layers[MEDIA_ENCODINGS_MAX];
    size_t layer_count;
    struct slot **slots;
    size_t slot_count, slot_capacity;
    uint64_t viewing_pass; /* the last one in which a slot of its viewer had it */
    struct speaker speaker;
    unsigned asked_layers; /* bits: what the publisher was asked to send, lowest first */
    /* What its mirrors need: workers as bits, by layer; and how many slots show it there. */
    uint64_t watched_elsewhere[MEDIA_ENCODINGS_MAX];
    uint16_t subscribers_elsewhere[ROUTER_WORKERS_MAX];
    usec_t unwatched_since[MEDIA_ENCODINGS_MAX], resumed_at[MEDIA_ENCODINGS_MAX];
};

struct publication *publication_new(struct participant *participant, const char *source, const struct media *media,
                                    usec_t now);
void publication_free(struct publication *publication, usec_t now);
/* The outcome of another negotiation. */
void publication_set_media(struct publication *publication, const struct media *media, usec_t now);
void publication_set_muted(struct publication *publication, bool muted, usec_t now);
void publication_add_slot(struct publication *publication, struct slot *slot);
void publication_remove_slot(struct publication *publication, struct slot *slot);
/* Looks which layers are alive and lets the slots choose again. */
void publication_review(struct publication *publication, usec_t now);
/* A slot's wish changed: what is watched anew is asked for at once, what nobody watches stops after a while. */
void publication_review_demand(struct publication *publication, usec_t now);
/* Whether the layer was asked to come back just now. */
bool publication_is_resumed(const struct publication *publication, unsigned layer, usec_t now);
void publication_get_stats(const struct publication *publication, struct publication_stats *stats);

#endif
