/* One connection that speaks HTTP/1.1: reads requests one after the other, sends each one's answer before it reads the
 * next, and hands the socket over when a request wants a WebSocket. Bounded in memory and in time at each step. On the
 * thread of its loop. */
#ifndef HEDDLE_SIGNALING_HTTP_CONNECTION_H
#define HEDDLE_SIGNALING_HTTP_CONNECTION_H

#include <uv.h>

#include "signaling/http/http_request.h"
#include "transport/base/time.h"

struct http_connection;

/* What its owner does. Either `upgraded` or `closed` is the last call. */
struct http_connection_owner {
    void (*asked)(void *owner); /* a request has begun */
    /* The socket is handed over: read and written by http_connection no more. `text` is the handshake for
     * libwebsockets and what the client sent after its own. */
    void (*upgraded)(void *owner, int fd, const char *text, size_t length);
    void (*closed)(void *owner);
};

/* Takes `fd`, a stream socket that does not block, and `owner`. */
struct http_connection *http_connection_open(struct http_host *host, uv_loop_t *loop, int fd, uint64_t address,
                                             bool is_local, const struct http_connection_owner *calls, void *owner);
/* At once. */
void http_connection_close(struct http_connection *connection);

/* Ends connections that let us wait, with 408 where a request has begun. To be called several times a second. */
void http_connections_check(struct http_host *host, usec_t now);
void http_connections_close_all(struct http_host *host);

#endif
