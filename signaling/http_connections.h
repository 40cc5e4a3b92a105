/* The connections of the HTTP port, from accept to close, whatever they carry: which of them are let in, what a TLS
 * handshake costs their address, and what becomes of those whose request never is whole. */
#ifndef HEDDLE_SIGNALING_HTTP_CONNECTIONS_H
#define HEDDLE_SIGNALING_HTTP_CONNECTIONS_H

#include <libwebsockets.h>

#include "signaling/process/admission.h"
#include "signaling/process/certificate.h"
#include "transport/base/time.h"

struct budget_table;
struct http_connection;
struct http_host;
struct sockaddr;

/* The user of libwebsockets' context. */
struct http_connections {
    struct http_host *http;
    struct budget_table *time; /* of the signaling thread, for each address */
    struct lws_vhost *vhost;   /* set by its maker, before anything is accepted */
    struct certificate_watch certificate;
    SSL_CTX *tls; /* of the vhost; NULL: plain HTTP */
    struct admission admission;
    struct http_connection *adopting; /* while lws_adopt_descriptor_vhost_via_info() is called for it */
    uint64_t handshakes_refused;      /* of addresses that keep signaling too busy */
};

/* `http` and `time` are borrowed. */
void http_connections_init(struct http_connections *all, struct http_host *http, struct budget_table *time,
                           const struct admission_limits *limits);
void http_connections_fini(struct http_connections *all); /* all are closed */

/* The listener's `accepted`: takes the socket. `user` is the struct http_connections. */
void http_connections_accept(void *user, int fd, const struct sockaddr *peer);
/* The callback of libwebsockets' first protocol. What is about a request goes on to http_callback(), so the protocol's
 * `user` is the struct http_host. */
int http_connections_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length);
/* Refuses requests whose rest does not come; to be called several times a second. */
void http_connections_timeout(struct http_connections *all, usec_t now);

#endif
