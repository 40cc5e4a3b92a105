/* The participant `router`: answers offers by negotiation, opens and configures connections on workers, and turns the
 * workers' events into messages. One link per member that ever offered to the router; it lives as long as the member,
 * the connections under it come and go:
 *
 *   idle -> open     an offer
 *   open -> open     renegotiation, ICE restart
 *   open -> idle     request-new-connection, or an offer of another peer connection (a new one opens at once),
 *                    or the room has been a Mesh for 30 s
 *   open -> lost     the worker reports the connection gone; the member is sent a connection-request
 *   lost -> open     an offer of a new peer connection
 */
#ifndef HEDDLE_SIGNALING_ROUTER_LINK_H
#define HEDDLE_SIGNALING_ROUTER_LINK_H

#include <uv.h>

#include "router/worker/worker.h"
#include "signaling/config.h"
#include "signaling/room.h"
#include "signaling/router_listener.h"
#include "signaling/stats_round.h"
#include "transport/base/time.h"

#define ROUTER_LINK_LINGER (30 * USEC_PER_SEC) /* how long a connection outlives the topology that needed it */

struct router_link;

/* An offer to the router, read from whatever it came in. */
struct router_offer {
    const char *sdp;
    uint64_t generation;
    size_t send_count, receive_count;
    struct router_send *sends; /* each mid and each source at most once */
    struct router_receive *receives;
};

/* Starts the workers. ERR_IO: a port is taken; ERR_INVALID: no certificate. `config`, `rooms` and `listener` are
 * borrowed. */
int router_link_new(struct router_link **out, const struct config *config, uv_loop_t *loop, struct rooms *rooms,
                    const struct router_listener *listener);
/* Stops the workers and closes the handles; after the loop has run once more, router_link_free(). */
void router_link_stop(struct router_link *link);
void router_link_free(struct router_link *link);

/* Answers to the listener, or fills in `error`; neither when a new connection is asked for instead. */
void router_link_offer(struct router_link *link, struct member *member, const struct router_offer *given,
                       struct refusal *error);
void router_link_candidate(struct router_link *link, struct member *member, uint64_t generation, const char *candidate);
/* request-new-connection. */
void router_link_renew(struct router_link *link, struct member *member, uint64_t generation, struct refusal *error);
/* Takes `requests` (heap): what it wants to see on which m-line. */
void router_link_receive(struct router_link *link, struct member *member, struct router_request *requests,
                         size_t count);
void router_link_mute(struct router_link *link, struct member *member, const char *source, bool muted);
/* A new socket has the member: what the router told the old one may be lost, so it tells it again. */
void router_link_resumed(struct router_link *link, const struct member *member);
void router_link_left(struct router_link *link, struct member *member);
/* Closes connections that the rooms' topologies no longer ask for. Call a few times a second. */
void router_link_timeout(struct router_link *link, usec_t now);

/* Asks all workers for statistics; `done` gets them from the loop. Not while another round runs: false. */
bool router_link_request_stats(struct router_link *link, stats_round_done *done, void *user, usec_t now);
/* The member's open connection, for looking it up in statistics; 0: none. */
connection_id router_link_connection(const struct member *member);

#endif
