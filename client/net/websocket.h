/* A WebSocket of text messages to a heddle server: libwebsockets' client inside the libuv loop. A shell. */
#ifndef HEDDLE_CLIENT_WEBSOCKET_H
#define HEDDLE_CLIENT_WEBSOCKET_H

#include <uv.h>

#include "client/net/url.h"

/* Called from the loop, never from inside a call into the socket. */
struct websocket_listener {
    void (*opened)(void *user);
    void (*message)(void *user, const char *text, size_t length);
    /* It could not be opened, or it broke. Open it again when you like. */
    void (*closed)(void *user, const char *reason);
    void *user;
};

struct websocket;

/* `accept_any_certificate`: for servers with a self-signed certificate. */
struct websocket *websocket_new(uv_loop_t *loop, const struct url *url, bool accept_any_certificate,
                                const struct websocket_listener *listener);
/* No listener call after it; the memory is freed while the loop runs on. */
void websocket_free(struct websocket *socket);
/* Starts to connect; does nothing while a connection is there. */
void websocket_open(struct websocket *socket);
/* Copies and queues; dropped when there is no connection (a message belongs to one connection). */
void websocket_send(struct websocket *socket, const char *text);
/* Gives up a connection, or the attempt at one, without waiting for the remote peer; `closed` is not called. */
void websocket_drop(struct websocket *socket);
/* True when this machine does not have the address any more that the connection was made from. */
bool websocket_is_stranded(const struct websocket *socket);
uint64_t websocket_bytes_sent(const struct websocket *socket);
uint64_t websocket_bytes_received(const struct websocket *socket);

#endif
