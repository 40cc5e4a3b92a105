/* One connection to one remote id, a participant or the router: ICE, DTLS, negotiation and media put together. A shell
 * around negotiation.h, rtp_session.h and peer.h, in the loop's thread.
 *
 *   new -> connecting      the first description is out or in
 *   connecting -> connected      ICE and DTLS are up
 *   connected <-> disconnected   ICE's consent is in doubt, and back
 *   any -> failed                ICE or DTLS failed: restart it, or make another
 */
#ifndef HEDDLE_CLIENT_CONNECTION_H
#define HEDDLE_CLIENT_CONNECTION_H

#include <uv.h>

#include "client/rtp_session.h"
#include "transport/net/ice_agent.h"
#include "transport/peer/peer.h"

enum connection_state {
    CONNECTION_NEW,
    CONNECTION_CONNECTING,
    CONNECTION_CONNECTED,
    CONNECTION_DISCONNECTED,
    CONNECTION_FAILED,
};
const char *connection_state_name(enum connection_state state);

struct connection;

/* Called from the loop, never from inside a call into the connection, but for `message`. */
struct connection_listener {
    /* A message for the server, without its `target`; takes it. */
    void (*message)(void *user, struct connection *connection, json_t *message);
    void (*state)(void *user, struct connection *connection, enum connection_state state, usec_t now);
    void (*frame)(void *user, struct connection *connection, const struct session_frame *frame, usec_t now);
    void (*keyframe)(void *user, struct connection *connection, const char *source, unsigned encoding);
    void *user;
};

struct connection_config {
    uv_loop_t *loop;
    struct glib_bridge *bridge;
    struct identity *identity;
    struct packet_pool *pool;
    const char *local_id, *remote_id; /* copied */
    unsigned serial;                  /* higher for newer connections of the call; from 1 */
    unsigned generation;              /* 1 at first, more after a rebuild */
    bool offers_first;
    struct budget *keyframes; /* as rtp_session_take_keyframe_request() takes it; stays valid */
    const struct ice_server *servers;
    size_t server_count;
    bool relay_only;
    const char *const *addresses; /* to gather from, NULL-terminated, at most 7; none: those of every interface */
};

struct connection *connection_new(const struct connection_config *config, const struct connection_listener *listener);
/* No listener call after it; the memory goes when the loop has run once more. */
void connection_free(struct connection *connection);

const char *connection_remote_id(const struct connection *connection);
unsigned connection_serial(const struct connection *connection);
enum connection_state connection_state(const struct connection *connection);
unsigned connection_generation(const struct connection *connection);
const char *connection_path(const struct connection *connection); /* "udp", "turn/udp"...; "" */
/* The remote peer has described itself. */
bool connection_is_described(const struct connection *connection);
/* DTLS has ended: no restart of ICE helps, only another connection. */
bool connection_is_dead(const struct connection *connection);
/* It is connected, and by what the last restart found, if there was one. */
bool connection_is_settled(const struct connection *connection);

/* What to send and receive (negotiation.h); an offer goes out when one is due and allowed. */
void connection_set_sources(struct connection *connection, const struct negotiation_source *sources, size_t count);
void connection_set_wanted(struct connection *connection, const char *const *publications, const enum media_kind *kinds,
                           size_t count);
void connection_set_publication(struct connection *connection, const char *mid, const char *publication);
/* Messages of the remote peer. Each 0 or an error: ERR_WRONG_STATE (an older generation, or glare won by us: dropped),
 * ERR_INVALID (a description that cannot be used; `reason` says why). */
int connection_offered(struct connection *connection, unsigned generation, const char *sdp, const json_t *sends,
                       struct sdp_error *reason);
int connection_answered(struct connection *connection, unsigned generation, const char *sdp, const json_t *sends,
                        struct sdp_error *reason);
void connection_candidate(struct connection *connection, unsigned generation, const char *candidate);
/* The first offer is ours after all. */
void connection_negotiate(struct connection *connection);
/* Signaling may have lost our offer or its answer: an offer that waits is made again. */
void connection_repeat_offer(struct connection *connection);
/* The credentials of its STUN and TURN servers (connection_config.servers) are new: they are used from now on.
 * `must_move`: what is relayed with the old ones moves to new allocations, by a restart. */
void connection_renew_servers(struct connection *connection, size_t count, bool must_move);
/* An ICE restart: new credentials and the next generation; the old path stays in use until a new one works. */
void connection_restart(struct connection *connection);

void connection_video(struct connection *connection, const char *source, unsigned encoding,
                      const struct coded_frame *frame, usec_t now);
void connection_audio(struct connection *connection, const char *source, const struct coded_audio *audio, usec_t now);
void connection_request_keyframe(struct connection *connection, const char *mid);

/* What there is to send, in bit/s: more is not probed for. */
void connection_set_wanted_bps(struct connection *connection, uint64_t bitrate_bps);
const struct rtp_session *connection_session(const struct connection *connection); /* for its statistics */
/* What came in by tracks of it that have ended; each is given out once. */
bool connection_take_ended(struct connection *connection, struct ended_track *ended);
const char *connection_srtp_profile(const struct connection *connection);

#endif
