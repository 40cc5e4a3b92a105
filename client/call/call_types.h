/* What a call is made with, and what it tells. */
#ifndef HEDDLE_CLIENT_CALL_TYPES_H
#define HEDDLE_CLIENT_CALL_TYPES_H

#include "client/call/call_connections.h"
#include "client/call/client_room.h"
#include "client/call/room_data.h"
#include "client/net/url.h"

struct call_config {
    uv_loop_t *loop;
    struct url url;
    const char *room, *name, *token; /* copied; token may be NULL */
    const char *service;             /* copied: "mixer", "recorder", if we are to be that; or NULL */
    const char *topology;            /* for a new room: "auto", "mesh", "sfu", "mcu"; or NULL */
    bool encrypted;                  /* end to end; what is sent and received here is so already */
    bool accept_any_certificate;
    bool relay_only;
    bool receive;        /* everything others publish; else nothing */
    bool data;           /* with data channels */
    bool all_codecs;     /* negotiation.h */
    bool no_screens;     /* of them microphones and first cameras only */
    bool mesh, sfu;      /* the topologies that we support */
    uint64_t uplink_bps; /* 0: unknown */
    struct reconnect_constants reconnect;
};

struct call_recovery {
    const char *target; /* a participant, "router", or "server": signaling */
    const char *cause, *path;
    usec_t duration, gap; /* gap: -1 when not known */
};

/* Called from the loop, or from inside a call. */
struct call_listener {
    /* Not resumed: everybody has a new id, and all connections are new. */
    void (*joined)(void *user, bool resumed);
    /* The room changed as this message says. */
    void (*message)(void *user, enum message_type type, const json_t *message);
    /* The list of participants changed without a message: the mixer's part in the call is over. */
    void (*participants)(void *user);
    /* Its manager's state changed, or a probe became needed. Not called for probes. */
    void (*connection)(void *user, const struct call_connection *connection);
    void (*status)(void *user, const struct call_status *status);
    void (*recovered)(void *user, const struct call_recovery *recovery);
    void (*frame)(void *user, struct call_connection *connection, const struct session_frame *frame, usec_t now);
    void (*keyframe)(void *user, const char *source, unsigned encoding);
    void (*data)(void *user, const struct room_data_event *event); /* from inside a call of the call's, too */
    /* The statistics of its peer connection can be read for the last time. */
    void (*closing)(void *user, const struct call_connection *connection);
    /* Does everybody's media come in by the connections of the current topology? Then the old ones can be closed. */
    bool (*has_moved)(void *user);
    void (*signaling)(void *user, bool connected, const char *reason);
    /* It is over: refused, or the room cannot be reached. */
    void (*ended)(void *user, const char *code, const char *reason);
    void *user;
};

#endif
