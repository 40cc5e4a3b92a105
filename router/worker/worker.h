/* A worker: one thread, one libuv loop, one UDP and one TCP port, one router core. It shares nothing; commands go in
 * and events come out as messages with ids, never pointers to live objects. Media of a room that is spread over several
 * workers passes between them through crossings.h. */
#ifndef HEDDLE_ROUTER_WORKER_WORKER_H
#define HEDDLE_ROUTER_WORKER_WORKER_H

#include "router/router.h"
#include "transport/net/ice.h"
#include "transport/peer/peer.h"

enum worker_ice { WORKER_ICE_LITE, WORKER_ICE_FULL };

struct worker_config {
    unsigned index;
    enum worker_ice ice;
    uint16_t port;             /* UDP and TCP of this worker */
    const char *bind_address;  /* NULL: every interface, dual stack */
    const char *public_ips[8]; /* advertised, NULL-terminated, at least one */
    bool udp, tcp;
    const char *srtp_profiles; /* NULL: the default order */
    usec_t egress_window;      /* packets that come within this time of a flush leave together; 0: none is held back */
    struct crossings *crossings; /* to the other workers; borrowed. NULL: none */
    const char *capture; /* a file for what clients send (capture.h); NULL: none. ".1" follows it for worker 1... */
    struct router_config router;
};

/* Names one connection of one participant across threads: unique for the life of the process, 0 is none. */
typedef uint64_t connection_id;

#define CONNECTION_MEDIA_MAX 256

/* Everything about a connection that a negotiation decides. */
struct connection_setup {
    struct ice_credentials local, remote;
    bool is_dtls_client;
    char fingerprint_algorithm[16];
    char fingerprint[192];
    size_t media_count, send_count, receive_count;
    struct media *media; /* heap; the message owns them */
    struct router_send *sends;
    struct router_receive *receives;
};
void connection_setup_fini(struct connection_setup *setup);

enum worker_event_type {
    WORKER_CONNECTED,    /* DTLS done: media can flow; text: SRTP profile and path kind */
    WORKER_DISCONNECTED, /* ICE path lost (30 s without checks), DTLS closed or failed: the connection is gone; `error`
                            says why */
    WORKER_CANDIDATE,    /* a local candidate in text; "" at the end. With ICE-lite: TCP, when UDP did not do */
    WORKER_ROUTER,       /* `router` has an event of the core */
    WORKER_STATS,        /* `stats`: answer to worker_request_stats(); the receiver frees it */
};
struct connection_stats {
    connection_id id;
    unsigned worker;
    char room[ROOM_NAME_MAX + 1];
    char participant[PARTICIPANT_ID_MAX + 1];
    struct participant_stats totals;
    int64_t cpu_ns; /* spent for this participant: its packets in and its packets out */
    char path[16];
    char profile[32];
    size_t publication_count, slot_count;
    struct publication_stats *publications;
    struct slot_stats *slots;
};
struct worker_stats {
    unsigned worker;
    uint64_t request;
    int64_t cpu_ns; /* of the whole thread */
    struct router_stats router;
    uint64_t datagrams_in, datagrams_out, send_calls, receive_calls, garbage, bad_checks, srtp_errors, dtls_errors;
    uint64_t path_proofs, bad_answers; /* answers to our checks; those nobody asked for, or without the password */
    uint64_t withheld;                 /* messages not sent, for want of a proof of their path */
    uint64_t checks_over_budget, datagrams_over_budget, rtcp_over_budget, socket_drops;
    uint64_t tcp_accepted, tcp_bad_frames, tcp_unproven; /* unproven: closed for want of a valid check, or refused */
    uint64_t tcp_pauses;                                 /* no descriptor was left */
    uint64_t crossed_in, crossed_out,
        crossings_lost; /* messages from and to other workers; lost: their ring was full */
    size_t connection_count;
    struct connection_stats *connections;
};
void worker_stats_free(struct worker_stats *stats);

struct worker_event {
    enum worker_event_type type;
    unsigned worker;
    connection_id connection;
    int error;
    char text[ICE_CANDIDATE_MAX];
    struct router_event router;
    struct worker_stats *stats;
};

struct worker;

/* Starts the thread; returns when its ports are bound. `wake` is called from the worker's thread when events wait: it
 * must only wake the owner's loop (uv_async_send). ERR_IO: a port is taken (logged). */
int worker_start(struct worker **out, const struct worker_config *config, struct identity *identity,
                 void (*wake)(void *user), void *user);
/* Ends the thread; open connections end without events. Stop all workers before the first is freed: they may wake each
 * other until then. NULL is fine for both. */
void worker_stop(struct worker *worker);
void worker_free(struct worker *worker);

/* Commands: from the owner's thread, carried out in order. */
void worker_open(struct worker *worker, connection_id id, const char *room, const char *participant);
/* Instead of a connection: a mirror (mirror.h) of the participant whose connection `id` is on worker `home`. Only
 * configure, mute and close apply to it. */
void worker_open_mirror(struct worker *worker, connection_id id, const char *room, const char *participant,
                        unsigned home);
/* The workers that have mirrors of this connection's participant, as bits. */
void worker_set_mirrors(struct worker *worker, connection_id id, uint64_t workers);
/* Takes the contents of `setup`. First time: the connection starts; later: renegotiation, and an ICE restart when
 * the remote credentials changed. */
void worker_configure(struct worker *worker, connection_id id, struct connection_setup *setup);
void worker_candidate(struct worker *worker, connection_id id, const char *candidate);
/* Takes `wants` (heap). */
void worker_receive(struct worker *worker, connection_id id, struct router_want *wants, size_t count);
/* Events with the state of all slots and publications of the connection, see participant_tell_again(). */
void worker_tell_again(struct worker *worker, connection_id id);
void worker_mute(struct worker *worker, connection_id id, const char *source, bool muted);
void worker_close(struct worker *worker, connection_id id);
void worker_request_stats(struct worker *worker, uint64_t request);

/* Events: from the owner's thread. False: none waits. */
bool worker_poll(struct worker *worker, struct worker_event *event);

/* The first candidates of every connection of this worker (--ice=lite): UDP, without UDP the TCP ones; constant after
 * start. Returns how many. */
size_t worker_candidates(const struct worker *worker, char out[][ICE_CANDIDATE_MAX], size_t capacity);

#endif
