/* One peer connection to one remote id, a participant or the router: ICE, DTLS, negotiation and media put together
 * (webrtc-pc's RTCPeerConnection). A shell around negotiation.h, rtp_session.h and peer.h, in the loop's thread.
 *
 *   new -> connecting            the first description was sent or came in
 *   connecting -> connected      ICE and DTLS are up
 *   connected <-> disconnected   checks of ICE's consent (RFC 7675) are not answered, or are answered again
 *   any -> failed                ICE or DTLS failed: restart it, or make another */
#ifndef HEDDLE_CLIENT_PEER_CONNECTION_H
#define HEDDLE_CLIENT_PEER_CONNECTION_H

#include <uv.h>

#include "client/call/joining.h"
#include "client/rtp/rtp_session.h"
#include "transport/net/ice_agent.h"
#include "transport/peer/peer.h"
#include "transport/wire/envelope.h"

enum peer_connection_state {
    PEER_CONNECTION_NEW,
    PEER_CONNECTION_CONNECTING,
    PEER_CONNECTION_CONNECTED,
    PEER_CONNECTION_DISCONNECTED,
    PEER_CONNECTION_FAILED,
};
const char *peer_connection_state_name(enum peer_connection_state state);

struct peer_connection;

/* Called from the loop, never from inside a call into the peer connection, except `message`. */
struct peer_connection_listener {
    /* A message for the server, without its `target`; takes it. */
    void (*message)(void *user, json_t *message);
    void (*state)(void *user, enum peer_connection_state state, usec_t now);
    void (*frame)(void *user, const struct session_frame *frame, usec_t now);
    void (*keyframe)(void *user, const char *source, unsigned encoding);
    void (*data_opened)(void *user); /* a data channel: what was sent on a former one may be lost */
    void (*data)(void *user, struct span frame);
    void *user;
};

struct peer_connection_config {
    uv_loop_t *loop;
    struct glib_bridge *bridge;
    struct identity *identity;
    struct packet_pool *pool;
    struct joining *joining;          /* of the call */
    const char *local_id, *remote_id; /* copied */
    unsigned serial;                  /* higher for newer peer connections of the call; from 1 */
    unsigned generation;              /* 1 at first, more after a rebuild */
    bool offers_first;
    bool has_data;            /* with data channels */
    bool has_all_codecs;      /* negotiation.h */
    struct budget *keyframes; /* as rtp_session_take_keyframe_request() takes it; stays valid */
    const struct ice_server *servers;
    size_t server_count;
    bool relay_only;
    const char *const *addresses; /* to gather from, NULL-terminated, at most 7; none: those of every interface */
};

struct peer_connection *peer_connection_new(const struct peer_connection_config *config,
                                            const struct peer_connection_listener *listener);
/* No listener call after it; the memory is freed when the loop has run once more. */
void peer_connection_free(struct peer_connection *pc);

const char *peer_connection_remote_id(const struct peer_connection *pc);
unsigned peer_connection_serial(const struct peer_connection *pc);
enum peer_connection_state peer_connection_state(const struct peer_connection *pc);
unsigned peer_connection_generation(const struct peer_connection *pc);
const char *peer_connection_path(const struct peer_connection *pc); /* "udp", "turn/udp"...; "" */
/* The remote peer has described itself. */
bool peer_connection_is_described(const struct peer_connection *pc);
/* DTLS has ended: no restart of ICE helps, only another peer connection. */
bool peer_connection_is_dead(const struct peer_connection *pc);
/* It is connected, and by the path that the last restart found, if there was one. */
bool peer_connection_is_settled(const struct peer_connection *pc);

/* What to send and receive (negotiation.h); an offer goes out when one is due and allowed. */
void peer_connection_set_sources(struct peer_connection *pc, const struct negotiation_source *sources, size_t count);
void peer_connection_set_requested(struct peer_connection *pc, const char *const *publications,
                                   const enum media_kind *kinds, size_t count);
/* The m-line on which the publication comes in; NULL: none. */
const char *peer_connection_mid_of(const struct peer_connection *pc, const char *publication);
/* Messages of the remote peer. Each returns 0 or an error: ERR_WRONG_STATE (an older generation, or both ends offered
 * and our offer wins: dropped), ERR_INVALID (a description that cannot be used; `refusal` says why). */
int peer_connection_offered(struct peer_connection *pc, unsigned generation, const char *sdp, const json_t *sends,
                            struct refusal *refusal);
int peer_connection_answered(struct peer_connection *pc, unsigned generation, const char *sdp, const json_t *sends,
                             struct refusal *refusal);
void peer_connection_candidate(struct peer_connection *pc, unsigned generation, const char *candidate);
/* We make the first offer even if the configuration left it to the remote peer. */
void peer_connection_negotiate(struct peer_connection *pc);
/* Makes an offer that is due, without waiting for the next turn of the loop. */
void peer_connection_offer_now(struct peer_connection *pc);
/* Signaling may have lost our offer or its answer: an offer that has no answer yet is made again. */
void peer_connection_repeat_offer(struct peer_connection *pc);
/* The credentials of its STUN and TURN servers (peer_connection_config.servers) are new: they are used from now on.
 * `must_move`: what is relayed with the old ones moves to new allocations, by a restart. */
void peer_connection_renew_servers(struct peer_connection *pc, size_t count, bool must_move);
/* An ICE restart: new credentials and the next generation; the old path stays in use until a new one works. */
void peer_connection_restart(struct peer_connection *pc);

void peer_connection_video(struct peer_connection *pc, const char *source, unsigned encoding,
                           const struct coded_frame *frame, usec_t now);
void peer_connection_audio(struct peer_connection *pc, const char *source, const struct coded_audio *audio, usec_t now);
void peer_connection_request_keyframe(struct peer_connection *pc, const char *mid);

/* Sends a frame on the data channel; false: none is open. What SCTP does not take now waits, with a bound. */
bool peer_connection_send_data(struct peer_connection *pc, enum envelope_policy policy, const uint8_t *data,
                               size_t length);
bool peer_connection_data_is_open(const struct peer_connection *pc);

/* The bitrate of everything that we have to send: no probe goes beyond it. */
void peer_connection_set_target_bps(struct peer_connection *pc, uint64_t bitrate_bps);
const struct rtp_session *peer_connection_session(const struct peer_connection *pc); /* for its statistics */
/* The statistics of receiving tracks that have ended; each is given out once. */
bool peer_connection_take_ended(struct peer_connection *pc, struct ended_track *ended);
const char *peer_connection_srtp_profile(const struct peer_connection *pc);

#endif
