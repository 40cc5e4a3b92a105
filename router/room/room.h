/* A room and who is in it: the data, who publishes what, and when it is looked at. Private to the core. */
#ifndef HEDDLE_ROUTER_ROOM_ROOM_H
#define HEDDLE_ROUTER_ROOM_ROOM_H

#include "router/in/publisher.h"
#include "router/out/subscriber.h"

#define ROOM_SPEAKERS_MAX 8 /* told to signaling */

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

/* One participant: what it sends, what it is sent, and the RTCP that goes with both. */
struct participant {
    struct participant *next; /* in the room */
    struct room *room;
    struct endpoint endpoint;
    struct publisher publisher;
    struct subscriber subscriber;
    bool rtcp_reduced_size;
    uint32_t local_ssrc; /* of feedback */
    usec_t next_report, next_review;
    bool reports_due;
    uint64_t packets_before; /* at the last look whether it is idle */
};

struct room *router_find_room(struct router *router, const char *name);
/* NULL: nobody has that id. */
struct participant *room_find_participant(const struct room *room, const char *id);
struct room *room_new(struct router *router, const char *name);
void room_free(struct room *room);
struct publication *room_get_publication(const struct room *room, const char *id);
/* Whom it is found by; its id is another than those of all others in the room. */
void room_add_publication(struct room *room, struct publication *publication);
void room_remove_publication(struct room *room, const struct publication *publication);
/* Who speaks or is there changed: the order of speakers, and what shared slots show, is looked at in the next turn. */
void room_review(struct room *room, usec_t now);
/* A microphone was heard: the order of speakers is looked at soon. */
void room_heard(struct room *room, usec_t now);

#endif
