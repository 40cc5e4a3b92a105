/* A room: its participants, who publishes what, and who speaks. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_ROOM_H
#define HEDDLE_ROUTER_ROOM_ROOM_H

#include "router/base/core.h"
#include "transport/base/map.h"

#define ROOM_SPEAKERS_MAX 8 /* told to signaling */

struct publication;

struct room {
    struct room *next;
    struct router *router;
    char name[ROOM_NAME_MAX + 1];
    struct participant *participants;
    struct map publications; /* by the key of their id; those of one key are chained */
    size_t participant_count;
    struct timer speaker_timer;
    /* The publications that speak, in the order that was told last. */
    struct publication *speakers[ROOM_SPEAKERS_MAX];
    size_t speaker_count;
    usec_t last_announced;
};

struct room *router_find_room(struct router *router, const char *name);
struct room *room_new(struct router *router, const char *name);
void room_free(struct room *room);
struct publication *room_get_publication(const struct room *room, const char *id);
/* A publication came: the slots that wait for it take it. */
void room_published(struct room *room, struct publication *publication, usec_t now);
/* It is about to go: it speaks no more. */
void room_unpublished(struct room *room, const struct publication *publication, usec_t now);
/* Who speaks or is there changed: the order of speakers, and what shared slots show, is looked at in the next turn. */
void room_review(struct room *room, usec_t now);
/* A microphone was heard: the order of speakers is looked at soon. */
void room_heard(struct room *room, usec_t now);
void room_timeout(struct room *room, usec_t now);

#endif
