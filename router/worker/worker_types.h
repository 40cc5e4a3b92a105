/* Configuration of a worker and of its connections, and the events of a worker. */
#ifndef HEDDLE_ROUTER_WORKER_WORKER_TYPES_H
#define HEDDLE_ROUTER_WORKER_WORKER_TYPES_H

#include "router/router.h"
#include "transport/net/ice.h"
#include "transport/wire/media.h"

enum worker_ice { WORKER_ICE_LITE, WORKER_ICE_FULL };

struct worker_config {
    unsigned index;
    enum worker_ice ice;
    uint16_t port;             /* UDP and TCP of this worker */
    const char *bind_address;  /* NULL: every interface, dual stack */
    const char *public_ips[8]; /* advertised, NULL-terminated, at least one */
    bool udp, tcp;
    const char *srtp_profiles;       /* NULL: the default order */
    usec_t egress_window;            /* packets queued within this time after a flush are sent together; 0: at once */
    struct relay_rings *relay_rings; /* to the other workers; borrowed. NULL: none */
    const char *packet_trace; /* a file (packet_trace.h), of worker 1 and on with ".1"... behind it; NULL: none */
    struct router_config router;
};

/* Names one connection of one participant, also on other threads and on other machines of a room: 64 random bits, never
 * 0. */
typedef uint64_t connection_id;

#define CONNECTION_MEDIA_MAX 256
#define WORKER_CANDIDATES_MAX 16 /* that all connections of a worker have */

/* Everything about a connection that a negotiation decides. */
struct connection_setup {
    struct ice_credentials local, remote;
    bool is_dtls_client;
    bool is_gcm_only;   /* of SRTP's profiles AEAD_AES_128_GCM is the only one for it */
    uint16_t sctp_port; /* the remote peer's, of data channels; 0: none were agreed on */
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
    WORKER_CANDIDATE,    /* a local candidate in text; "" at the end. With ICE-lite: TCP, if UDP did not work. Without a
                            connection: one that all connections of the worker have */
    WORKER_ROUTER,       /* `router` has an event of the core */
    WORKER_STATS,        /* `stats`: answer to worker_request_stats(); the receiver frees it */
    WORKER_READY, /* told once, after the candidates that all its connections have. text: the fingerprint (SHA-256)
                            of its certificate */
};
struct connection_stats {
    connection_id id;
    unsigned worker;
    char room[ROOM_NAME_MAX + 1];
    char participant[PARTICIPANT_ID_MAX + 1];
    struct participant_stats totals;
    int64_t cpu_ns; /* used for packets from and to this participant */
    char path[16];
    char profile[32];
    size_t publication_count, slot_count;
    struct publication_stats *publications; /* these two are parts of the worker's arrays */
    struct slot_stats *slots;
};
struct worker_stats {
    unsigned worker;
    uint64_t request;
    int64_t cpu_ns; /* of the whole thread */
    struct router_stats router;
    uint64_t datagrams_in, datagrams_out, messages_out, send_calls, receive_calls, malformed, bad_checks, srtp_errors,
        dtls_errors;
    /* Answers to our checks; answers that we did not ask for, or without the password. */
    uint64_t path_proofs, bad_answers;
    uint64_t withheld; /* messages not sent, since their path was not proven */
    uint64_t checks_over_budget, datagrams_over_budget, rtcp_over_budget, socket_drops;
    uint64_t data_errors;                                /* frames of data channels that are malformed */
    uint64_t dtls_dropped;                               /* datagrams; too many of data channels waited */
    uint64_t tcp_accepted, tcp_bad_frames, tcp_unproven; /* unproven: closed without a valid check, or refused */
    uint64_t tcp_pauses;                                 /* no descriptor was left */
    size_t connection_count, publication_count, slot_count;
    size_t connection_capacity, publication_capacity, slot_capacity;
    struct connection_stats *connections;
    struct publication_stats *publications; /* of all connections, one after the other */
    struct slot_stats *slots;               /* likewise */
};
/* With arrays of these sizes, so that the media thread allocates only once for all connections. */
struct worker_stats *worker_stats_new(size_t connections, size_t publications, size_t slots);
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

#endif
