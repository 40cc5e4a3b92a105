/* Which encodings are made, and at which quality: those that somebody receives, as good as the weakest connection
 * carries. An encoding is made once for all connections: participants of a Mesh get the best one, the router those that
 * it asked for. Part of heddle_client. */
#ifndef HEDDLE_CLIENT_SENDING_H
#define HEDDLE_CLIENT_SENDING_H

#include <jansson.h>

#include "client/call/call_connections.h"
#include "client/rtp/adaptation.h"
#include "client/rtp/publisher.h"

struct sending {
    struct publisher *publisher; /* NULL: no video */
    bool is_fixed;
    bool encodings_off[MEDIA_ENCODINGS_MAX]; /* the router said nobody watches them */
    struct adaptation by_router, direct;     /* direct: of the best encoding alone */
    uint64_t target_bps;                     /* when everything is sent */
    usec_t looked_at;
};

/* `is_fixed`: the encodings are never adapted to the network. */
void sending_init(struct sending *sending, struct publisher *publisher, bool is_fixed);
/* Connections came or went. */
void sending_follow(struct sending *sending, const struct call_connections *connections);
/* The router's `encodings` message; NULL: a new place in the room, nothing is known. */
void sending_set_encodings(struct sending *sending, const json_t *active, const struct call_connections *connections);
/* Looks at the estimates; call it often. `all_bps`: the sum of `target_bps` of all videos that are sent. */
void sending_adapt(struct sending *sending, const struct call_connections *connections, uint64_t all_bps, usec_t now);

#endif
