/* A room, its participants and publications, and its timer. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_ROOM_H
#define HEDDLE_ROUTER_ROOM_ROOM_H

#include "router/in/publisher.h"
#include "router/out/subscriber.h"
#include "router/room/router_state.h"

#define ROOM_SPEAKERS_MAX 8 /* told to signaling */

struct room {
    struct room *next;
    struct router *router;
    char name[ROOM_NAME_MAX + 1];
    struct participant *participants;
    struct map publications; /* by the key of their id; those of one key are chained */
    size_t participant_count;
    struct timer speaker_timer;
    /* The microphones of the active speakers, in the order that was told last. */
    struct publication *speakers[ROOM_SPEAKERS_MAX];
    size_t speaker_count;
    usec_t last_announced;
    uint64_t viewing_pass; /* counts the passes in which publications are marked (viewing.c) */
};

/* One participant: publisher, subscriber, and RTCP of both. */
struct participant {
    struct participant *next; /* in the room */
    void *user;               /* the caller's */
    struct room *room;
    struct participant_common common;
    struct publisher publisher;
    struct subscriber subscriber;
    bool rtcp_reduced_size;
    uint32_t local_ssrc;    /* of feedback */
    struct budget statuses; /* of received transport-wide feedback */
    usec_t next_report, next_review;
    bool reports_due;
    struct data_side {
        bool is_open; /* its data channel */
        struct budget messages, bytes, copies, refusals;
    } data;
    uint64_t packets_before; /* when it was last checked whether it is idle */
};

struct room *router_find_room(struct router *router, const char *name);
/* NULL: nobody has that id. */
struct participant *room_find_participant(const struct room *room, const char *id);
struct room *room_new(struct router *router, const char *name);
void room_free(struct room *room);
struct publication *room_get_publication(const struct room *room, const char *id);
/* Adds a publication, to be found by its id, which no other one of the room may have. */
void room_add_publication(struct room *room, struct publication *publication);
void room_remove_publication(struct room *room, const struct publication *publication);
/* Speakers or participants have changed: the order of speakers, and what shared slots show, is updated in the next
 * turn. */
void room_review(struct room *room, usec_t now);
/* An audio level came: the order of speakers is updated soon. */
void room_heard(struct room *room, usec_t now);

#endif
