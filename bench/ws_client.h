/* A WebSocket of text messages for one of thousands of load participants: RFC 6455 without TLS, extensions or
 * fragmentation on our side, in a few hundred bytes of memory. The client library's socket brings a whole library
 * context with it; a load generator cannot afford one for each participant. */
#ifndef HEDDLE_BENCH_WS_CLIENT_H
#define HEDDLE_BENCH_WS_CLIENT_H

#include <netinet/in.h>
#include <stdint.h>
#include <uv.h>

struct ws_listener {
    void (*opened)(void *user);
    void (*message)(void *user, const char *text, size_t length); /* not NUL-terminated */
    void (*closed)(void *user, const char *reason);               /* at most once */
    void *user;
};

struct ws_client;

/* Starts to connect. `host` is a dotted address; `path` and `subprotocol` as in the request. */
struct ws_client *ws_client_new(uv_loop_t *loop, const char *host, uint16_t port, const char *path,
                                const char *subprotocol, const struct ws_listener *listener);
/* No listener call after it; the memory is freed when the loop has closed the handle. NULL is fine. */
void ws_client_free(struct ws_client *client);
/* Dropped when there is no connection. */
void ws_client_send(struct ws_client *client, const char *text);
uint64_t ws_client_bytes(const struct ws_client *client); /* both ways, headers included */

#endif
