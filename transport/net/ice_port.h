/* One UDP port and one TCP port of a worker, which serve all its ICE-lite sessions (ice_lite.h). Checks are matched by
 * the local ufrag; a validated 5-tuple is looked up in one hash map. Unlike a plain lite agent it sends checks of its
 * own to the addresses that checks came from, and media only to addresses that answered. */
#ifndef HEDDLE_NET_ICE_PORT_H
#define HEDDLE_NET_ICE_PORT_H

#include <uv.h>

#include "transport/net/ice.h"
#include "transport/net/path.h"

struct ice_port_config {
    const char *bind_address;  /* NULL: dual stack, every interface */
    uint16_t port;             /* UDP and TCP; 0: the system chooses */
    const char *advertised[8]; /* addresses for candidates; NULL-terminated, at least one */
    bool udp, tcp;             /* both on by default; either may be off for tests */
    bool gro;                  /* UDP_GRO: for senders that use UDP_SEGMENT; costs 4 MB of buffers */
    usec_t consent_timeout;    /* 0: 30 s */
    /* Called once after all datagrams of one receive batch were handed over (and after each TCP read): the one place
     * from which egress is flushed. */
    void (*batch_end)(void *user, usec_t now);
    void *user;
};

struct ice_port_stats {
    uint64_t datagrams, bytes, receive_calls;
    uint64_t sent_datagrams, sent_messages, sent_bytes, send_calls, send_drops;
    uint64_t checks, bad_checks, unknown_ufrag;
    uint64_t proofs, bad_answers; /* answers to our checks; answers that we did not ask for, or without the password */
    uint64_t withheld;            /* messages for a path that was not proven */
    uint64_t unknown_source;      /* datagrams from addresses of no session */
    uint64_t malformed;           /* neither STUN nor media */
    uint64_t checks_over_budget;  /* of a session, or of an address without one */
    uint64_t datagrams_over_budget; /* of a session */
    uint64_t socket_drops;          /* datagrams that the kernel dropped, since we read too slowly */
    uint64_t tcp_accepted, tcp_bad_frames, tcp_unproven, tcp_pauses; /* see tcp.h */
};

struct ice_port;

#define ICE_PORT_WHY_MAX 256

/* ERR_IO when a socket cannot be opened (errno is set), ERR_INVALID for an address. `why` is a text for people. */
int ice_port_new(struct ice_port **out, uv_loop_t *loop, const struct ice_port_config *config,
                 char why[ICE_PORT_WHY_MAX]);
/* All sessions must be freed before. Closes its handles; the memory is freed when the loop has run once more. */
void ice_port_free(struct ice_port *port);
/* Sends everything the sessions queued since the last flush: sendmmsg, with UDP GSO for messages with a
 * segment_size. */
void ice_port_flush(struct ice_port *port);
uint16_t ice_port_number(const struct ice_port *port);
const struct ice_port_stats *ice_port_get_stats(struct ice_port *port); /* as of now, until the next call */
/* Fills the port's candidates ("candidate:..."), at most `capacity` strings; returns how many. The same for every
 * session. */
size_t ice_port_candidates(const struct ice_port *port, char out[][ICE_CANDIDATE_MAX], size_t capacity);

/* For ice_lite.c: a session's place on the port. Its listener is borrowed. ERR_DUPLICATE: the ufrag is taken. */
struct lite_session;
int ice_port_open_session(struct ice_port *port, struct lite_session **out, const struct ice_credentials *local,
                          struct ice_listener *listener, usec_t now);
/* Closes its streams, too. */
void ice_port_close_session(struct ice_port *port, struct lite_session *session);
/* Sent with the next flush. */
void ice_port_queue(struct ice_port *port, const struct path *to, const struct ice_message *message);
/* Counts a message that had to be dropped, because its path is not proven. */
void ice_port_withhold(struct ice_port *port);
/* Sends what the core (lite_core.h) wants to send, and closes streams that it has given up. */
void ice_port_carry_out(struct ice_port *port, usec_t now);

#endif
