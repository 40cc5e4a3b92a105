/* The participant `router`: answers offers by negotiation, opens and configures connections on workers, and turns the
 * workers' events into messages. Each participant that ever offered to the router has one router_connection, which
 * lives as long as the participant. The worker's connections that it stands for come and go:
 *
 *   idle -> open     an offer
 *   open -> open     renegotiation, ICE restart
 *   open -> idle     request-new-connection, or an offer of another peer connection (a new one opens at once),
 *                    or the room has been a Mesh for 30 s
 *   open -> lost     the worker reports the connection gone; the participant is sent a connection-request
 *   lost -> open     an offer of a new peer connection */
#ifndef HEDDLE_SIGNALING_ROUTER_PARTICIPANT_H
#define HEDDLE_SIGNALING_ROUTER_PARTICIPANT_H

#include <uv.h>

#include "router/worker/worker.h"
#include "signaling/config/config.h"
#include "signaling/room/room.h"
#include "signaling/router/router_listener.h"
#include "signaling/router/stats_round.h"
#include "transport/base/time.h"

struct router_participant;

/* An offer to the router, read from the message that it came in. */
struct router_offer {
    const char *sdp;
    uint64_t generation;
    bool has_gcm; /* the client's DTLS-SRTP has AEAD_AES_128_GCM */
    size_t send_count, receive_count;
    struct router_send *sends; /* each mid and each source at most once */
    struct router_receive *receives;
};

/* Starts the workers. ERR_IO: a port is taken; ERR_INVALID: no certificate. `config`, `rooms` and `listener` are
 * borrowed. */
int router_participant_new(struct router_participant **out, const struct config *config, uv_loop_t *loop,
                           struct rooms *rooms, const struct router_listener *listener);
/* Stops the workers and closes the handles; after the loop has run once more, router_participant_free(). */
void router_participant_stop(struct router_participant *router);
void router_participant_free(struct router_participant *router);

/* Hands the answer to the listener, or fills in `error`; neither if a new connection is asked for instead. */
void router_participant_offer(struct router_participant *router, struct room_participant *participant,
                              const struct router_offer *given, struct refusal *error);
void router_participant_candidate(struct router_participant *router, struct room_participant *participant,
                                  uint64_t generation, const char *candidate);
/* request-new-connection. */
void router_participant_renew(struct router_participant *router, struct room_participant *participant,
                              uint64_t generation, struct refusal *error);
/* Takes `requests` (heap): what it wants to see on which m-line. */
void router_participant_receive(struct router_participant *router, struct room_participant *participant,
                                struct router_request *requests, size_t count);
void router_participant_mute(struct router_participant *router, struct room_participant *participant,
                             const char *source, bool muted);
/* The participant has a new socket. What the router told it on the old one may be lost, so the router tells it
 * again. */
void router_participant_resumed(struct router_participant *router, const struct room_participant *participant);
void router_participant_left(struct router_participant *router, struct room_participant *participant);
/* Closes connections that the rooms' topologies no longer ask for. Call a few times a second. */
void router_participant_timeout(struct router_participant *router, usec_t now);

/* Asks all workers for statistics; `done` gets them from the loop. Not while another round runs: false. */
bool router_participant_request_stats(struct router_participant *router, stats_round_done *done, void *user,
                                      usec_t now);
/* The participant's open connection, for looking it up in statistics; 0: none. */
connection_id router_participant_connection(const struct room_participant *participant);
/* What its last answer agreed on; NULL: none yet. */
const struct negotiated *router_participant_negotiated(const struct room_participant *participant);

#endif
