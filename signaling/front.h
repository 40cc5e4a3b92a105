/* The HTTP port: a connection from accept to close. It is admitted, decrypted if need be, speaks HTTP, and may become a
 * WebSocket, which libwebsockets then owns. On the thread of the loop. */
#ifndef HEDDLE_SIGNALING_FRONT_H
#define HEDDLE_SIGNALING_FRONT_H

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <uv.h>

#include "signaling/config/config.h"
#include "signaling/http/http_request.h"
#include "signaling/process/admission.h"
#include "signaling/process/certificate.h"
#include "signaling/process/listener.h"
#include "signaling/process/tls_stream.h"
#include "signaling/session/session.h"

struct front_socket;

struct front {
    const struct config *config;
    uv_loop_t *loop;
    struct http_host *http;
    struct session_host *sessions;
    struct listener listener;
    struct admission admission;
    struct lws_protocols protocols[3];
    struct lws_context *lws;
    struct lws_vhost *vhost;
    SSL_CTX *tls; /* NULL: plain HTTP */
    struct certificate_watch certificate;
    struct tls_streams streams;
    struct front_socket *adopting; /* while libwebsockets takes it */
    uint64_t handshakes_refused;   /* TLS, of addresses that keep signaling too busy */
};

/* For up to so many connections. What is pointed to is borrowed. */
void front_init(struct front *front, const struct config *config, uv_loop_t *loop, struct http_host *http,
                struct session_host *sessions, const struct admission_limits *limits);
/* Listens. 0, or an error that was logged. `descriptors` is how many the process may have. */
int front_start(struct front *front, size_t descriptors);
/* To be called several times a second: ends what waits too long, and reads a certificate that has changed. */
void front_check(struct front *front, usec_t now);
/* Reads the certificate again, if there is one. */
void front_reload(struct front *front);
/* Whether something of what was said may still be on its way: a TLS stream is open. */
bool front_is_sending(const struct front *front);
/* Closes everything; the loop has to run once more. Also after a start that failed. */
void front_stop(struct front *front);
void front_fini(struct front *front);

/* The participant of this session has joined a room: its connection is not evicted any more. */
void front_joined(struct front *front, const struct session *session);

#endif
