/* One participant's connection on a worker: its ICE path, its DTLS/SRTP peer and its place in the router core.
 * States: new -> handshake (path up) -> connected (keys) -> dead (reaped by the worker outside of any callback). */
#ifndef HEDDLE_ROUTER_WORKER_CONNECTION_H
#define HEDDLE_ROUTER_WORKER_CONNECTION_H

#include "router/router.h"
#include "router/worker/egress.h"
#include "router/worker/worker_types.h"
#include "transport/base/map.h"

struct connection;
struct packet_trace;
struct glib_bridge;
struct identity;

struct ring;

struct connection_list {
    struct connection *first, *last;
};

/* What a connection needs of its worker; all borrowed. */
struct connection_host {
    const struct worker_config *config;
    struct identity *identity;
    struct router *router;
    struct egress_batch *egress;
    struct packet_trace *packet_trace; /* NULL: none */
    struct map connections;            /* all of this worker, by connection_id; owned by it */
    struct ice_port *port;             /* with ICE-lite */
    struct glib_bridge *bridge;        /* with full ICE */
    /* Tells an event to the owner's thread. */
    void (*tell)(struct connection_host *host, connection_id id, enum worker_event_type type, int error,
                 const char *text);
    struct connection *dead;    /* linked list of connections to reap */
    struct connection *pending; /* those with a timer */
    struct connection_list due; /* those whose data channels have something to send */
    struct ring *dtls_waiting;  /* datagrams of DTLS that came after the handshake: connection_serve() */
    uint64_t dtls_errors, srtp_errors, malformed, rtcp_over_budget, data_errors, dtls_dropped;
};

/* Joins the room of the core. ERR_DUPLICATE: the participant id is in the room already. */
int connection_new(struct connection **out, struct connection_host *host, connection_id id, const char *room,
                   const char *participant, usec_t now);
void connection_free(struct connection *connection, usec_t now);

/* First negotiation or a later one; see worker_configure(). Marks the connection dead when it cannot be set up. */
void connection_configure(struct connection *connection, const struct connection_setup *setup, usec_t now);
void connection_candidate(struct connection *connection, const char *candidate);
void connection_receive(struct connection *connection, const struct router_request *requests, size_t count, usec_t now);
int connection_mute(struct connection *connection, const char *source, bool muted, usec_t now);

struct participant *connection_participant(const struct connection *connection);
/* The outlet for its participant's packets; it lives as long as the connection. */
struct egress_outlet *connection_outlet(struct connection *connection);
/* The connection of a participant of this worker; NULL: it has none (a relayed publisher). */
struct connection *connection_of(const struct participant *participant);
/* Puts it on the list of those due if the core has messages for it. */
void connection_want_data(struct connection *connection);
/* Sends what its data channel has, and takes of what the core has. The connection is not due any more. */
void connection_send_data(struct connection *connection);
/* Hands a record of `dtls_waiting` to its connection, if it is still there. */
void connection_serve(struct connection_host *host, const uint8_t *record, size_t length, usec_t now);
/* Adds CPU time spent for this participant. */
void connection_charge(struct connection *connection, int64_t ns);

/* Timers: of the DTLS handshake and of SCTP, and until TCP is offered. Only connections with one of
 * them are visited. */
usec_t connections_next(const struct connection_host *host);
void connections_timeout(struct connection_host *host, usec_t now);
/* The next connection to reap, taken off the list; NULL: none. */
struct connection *connections_take_dead(struct connection_host *host);
connection_id connection_get_id(const struct connection *connection);

/* Adds the connection to `stats`, whose arrays worker_stats_new() made. Allocates nothing. */
void connection_add_stats(struct connection *connection, struct worker_stats *stats);

#endif
