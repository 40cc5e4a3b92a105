/* The server: one thread, one libuv loop, libwebsockets on it for HTTP and WebSockets, the rooms, and the link to the
 * workers. */
#ifndef HEDDLE_SIGNALING_SERVER_H
#define HEDDLE_SIGNALING_SERVER_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <uv.h>

#include "signaling/config.h"

struct api;
struct rooms;
struct router_link;
struct session;

struct server {
    const struct config *config;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_signal_t signals[2];
    struct lws_context *lws;
    struct lws_vhost *vhost;
    const char *web; /* folder of the page; NULL: none was found */
    struct rooms *rooms;
    struct router_link *link;
    struct api *api;
    struct session *sessions;
    size_t session_count;
    bool is_stopping;
    usec_t started_at, stop_at;
};

/* 0, or an error that has been logged. `config` is borrowed. */
int server_start(struct server *server, const struct config *config);
/* "http://127.0.0.1:8080/", where it serves. */
void server_url(const struct server *server, char *out, size_t size);
/* Until SIGTERM or SIGINT; then everybody has been told, everything is closed and freed. */
void server_run(struct server *server);

#endif
