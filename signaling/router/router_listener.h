/* What the router tells participants, before it is written as messages. */
#ifndef HEDDLE_SIGNALING_ROUTER_LISTENER_H
#define HEDDLE_SIGNALING_ROUTER_LISTENER_H

#include "router/router.h"
#include "signaling/proto/negotiate.h"
#include "signaling/room/room.h"

/* The codecs that a publisher should send with: those that most of the room can decode, the best one first. */
struct router_codecs {
    const char *source, *mid;
    size_t count;
    const struct media_codec *codecs[MEDIA_CODECS_MAX];
};

/* Tells participants what the router has for them. All arguments are borrowed. */
struct router_listener {
    /* Its offer was accepted. */
    void (*answered)(struct room_participant *participant, const struct router_answer *answer);
    /* "": that was the last one. */
    void (*candidate)(struct room_participant *participant, uint64_t generation, const char *candidate);
    /* Its connection is gone: it is to offer a new one, of this generation. */
    void (*lost)(struct room_participant *participant, uint64_t generation);
    /* Who speaks: their ids, loudest first, a space between two. */
    void (*speakers)(struct room *room, const char *ids);
    /* What a shared slot of its connection shows (ROUTER_EVENT_SLOTS). */
    void (*slot)(struct room_participant *participant, const struct router_event *event);
    /* Which encodings of something that it publishes it is asked to send (ROUTER_EVENT_ENCODINGS). */
    void (*encodings)(struct room_participant *participant, const struct router_event *event);
    /* More of the room could decode another codec that it offered. */
    void (*codecs)(struct room_participant *participant, const struct router_codecs *codecs);
};

#endif
