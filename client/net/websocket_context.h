/* libwebsockets on a loop: one context for all WebSockets there, made with the first and ended with the last. A
 * WebSocket's attempts to connect have numbers, so that what comes of an old one, or after its WebSocket was freed, is
 * told from the rest. Each loop is used by one thread. A shell. */
#ifndef HEDDLE_CLIENT_WEBSOCKET_CONTEXT_H
#define HEDDLE_CLIENT_WEBSOCKET_CONTEXT_H

#include <libwebsockets.h>
#include <stdint.h>
#include <uv.h>

struct websocket;
struct websocket_context;

/* The loop's context, counted. NULL: it cannot be made. `protocols` are static, and the same for all of a loop. */
struct websocket_context *websocket_context_hold(uv_loop_t *loop, const struct lws_protocols *protocols);
/* With the last one it goes, a moment later, while the loop runs on. */
void websocket_context_release(struct websocket_context *context);
struct lws_context *websocket_context_library(const struct websocket_context *context);

/* Begins an attempt, and gives its number; it is the connection's opaque data. */
uintptr_t websocket_context_begin(struct websocket_context *context, struct websocket *socket);
void websocket_context_end(struct websocket_context *context, uintptr_t attempt); /* no more events of it; 0: none */
/* Whose event it is. NULL: its attempt has ended, or it is of no attempt. */
struct websocket *websocket_context_find(struct lws *wsi);

#endif
