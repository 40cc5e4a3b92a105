/* The participant `router`: the participants' connections to it, each on one of its workers. Its parts are
 * router_participant.c (what participants and workers tell it), router_offer.c (offers and answers),
 * router_connections.c, router_codecs.c (which codec all can decode) and router_relays.c (rooms on several workers). */
#ifndef HEDDLE_SIGNALING_ROUTER_PARTICIPANT_STATE_H
#define HEDDLE_SIGNALING_ROUTER_PARTICIPANT_STATE_H

#include "signaling/config/config.h"
#include "signaling/proto/negotiate.h"
#include "signaling/room/room.h"
#include "signaling/router/workers.h"
#include "transport/base/budget.h"
#include "transport/base/map.h"
#include "transport/base/random.h"

#define ROUTER_CANDIDATES_MAX 16

/* One participant's connection to the router, as signaling knows it. */
struct router_connection {
    connection_id id; /* of the worker's connection; 0: idle or lost */
    struct room_participant *participant;
    unsigned worker;
    bool is_lost;
    bool was_connected; /* the connection in use carried media once */
    bool is_early;      /* the room prepares for what it sends though it has not come up: it took of ROOM_EARLY */
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
    size_t candidate_count; /* candidates that were gathered after the answer */
    char *candidates[ROUTER_CANDIDATES_MAX];
    bool gathered;
    size_t send_count; /* what the participant sends, as of its last offer */
    struct router_send *sends;
    char mix_mid[MEDIA_MID_MAX + 1];  /* the m-line of the mixer's mix; "": none */
    char mix_left[MEDIA_MID_MAX + 1]; /* it was that until the last offer; "": none, or the worker knows */
    char mix[PUBLICATION_ID_MAX + 1]; /* the stream of it that was asked for last */
    struct relay_endpoints relays;    /* the other workers that it is relayed to */
    struct budget codec_requests;     /* requests to send another codec */
    struct budget made;               /* new connections: each is a DTLS handshake for its worker */
};

struct router_participant {
    const struct config *config;
    struct rooms *rooms;
    const struct router_listener *listener;
    struct rng rng;
    struct workers *workers;
    struct map connections; /* by connection id */
};

static inline struct worker *router_connection_worker(const struct router_participant *router,
                                                      const struct router_connection *connection)
{
    return workers_get(router->workers, connection->worker);
}

#endif
