/* Shared by router_link.c (connections, workers, events), router_offer.c (offers and answers), router_codecs.c
 * (which codec all can decode) and router_mirrors.c (rooms on several workers). */
#ifndef HEDDLE_SIGNALING_ROUTER_LINK_INTERNAL_H
#define HEDDLE_SIGNALING_ROUTER_LINK_INTERNAL_H

#include "signaling/proto/negotiate.h"
#include "signaling/router_link.h"
#include "transport/base/budget.h"
#include "transport/base/map.h"
#include "transport/base/random.h"

#define LINK_CANDIDATES_MAX 16

/* One member's connection. */
struct link {
    connection_id id; /* 0: idle or lost */
    struct member *member;
    unsigned worker;
    bool is_lost;
    bool was_connected; /* the connection in use carried media once */
    uint64_t generation;
    uint64_t renewal; /* while lost: the generation that was asked for after a restart; 0: none yet */
    /* Of the peer connection that offered last; kept while lost, to know a restart of it. */
    char remote_session[64], remote_fingerprint[192], remote_ufrag[257];
    char session_id[24]; /* of our answers */
    char tls_id[24];     /* likewise, for offers that have one */
    uint64_t version;
    struct ice_credentials local;
    bool has_negotiated;
    struct negotiated negotiated;
    size_t candidate_count; /* told after the answer */
    char *candidates[LINK_CANDIDATES_MAX];
    bool gathered;
    /* What the member sends, as of its last offer, for its mirrors; and the workers that have one, as bits. */
    size_t send_count;
    struct router_send *sends;
    uint64_t mirrors;
    struct budget codec_asks; /* for another codec of its */
};

struct router_link {
    const struct config *config;
    struct rooms *rooms;
    struct identity *identity;
    uv_async_t wake;
    struct rng rng;
    char addresses[CONFIG_PUBLIC_IP_MAX][64]; /* of this machine, when --public-ip is not given */
    size_t worker_count;
    struct worker **workers;
    struct crossings *crossings;
    connection_id last_id;
    struct map links; /* by connection id */
    /* A round of statistics. */
    router_link_stats_done *stats_done;
    void *stats_user;
    uint64_t stats_round;
    usec_t stats_deadline;
    size_t stats_missing;
    struct worker_stats **stats;
};

struct link *link_of(struct member *member); /* made when missing */
/* Gives the link a connection on a worker of the room's. */
void link_open(struct router_link *router, struct link *link, unsigned worker);
/* Ends the connection, if there is one; the link stays. */
void link_close(struct router_link *router, struct link *link);
/* Where the next connection of the room goes: a room is kept together up to `room_share` connections, then it spreads
 * to the workers with the fewest. */
unsigned choose_worker(const struct router_link *router, const struct room *room);
/* The lowest worker that has connections of the room; ROUTER_WORKERS_MAX: none. */
unsigned first_worker(const struct room *room);
/* Opens and closes mirrors as the room's connections ask for; after each change of those. */
void mirrors_review(const struct router_link *router, const struct room *room);
/* The link was negotiated again. */
void mirrors_configure(const struct router_link *router, const struct link *link);
void mirrors_mute(const struct router_link *router, struct link *link, const char *source, bool muted);
/* The link's connection goes. */
void mirrors_close(const struct router_link *router, struct link *link);
/* Of each other participant's connection, one video m-line that it receives on. The caller frees the array, not what it
 * refers to. */
size_t link_viewers(const struct link *publisher, const struct media ***viewers);
/* A viewer cannot decode what comes, says the event: when more of the room could decode another codec, its publisher is
 * told which. */
void codecs_ask(const struct room *room, const struct router_event *event);
void link_request_connection(struct link *link, uint64_t generation);

#endif
