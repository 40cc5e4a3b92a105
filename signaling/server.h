/* The server: one thread, one libuv loop, the HTTP port on it, the rooms, and the router with its
 * workers.
 *
 * Signals: SIGTERM and SIGINT stop it, SIGHUP reads the certificate again, SIGUSR1 writes what is going on into the
 * log, SIGUSR2 and SIGPIPE do nothing. */
#ifndef HEDDLE_SIGNALING_SERVER_H
#define HEDDLE_SIGNALING_SERVER_H

#include <stdbool.h>
#include <uv.h>

#include "signaling/process/heap_trim.h"
#include "signaling/signaling.h"

#define SERVER_SIGNALS 5

struct api;

struct server {
    struct signaling signaling;
    uv_timer_t tick;
    uv_signal_t signals[SERVER_SIGNALS];
    size_t signal_count;
    struct heap_trim heap;
    struct http_route routes[3];
    struct api *api;
    bool is_stopping;
    usec_t stop_at;
};

/* 0, or an error that has been logged. `config` is borrowed. */
int server_start(struct server *server, const struct config *config);
/* "http://127.0.0.1:8080/", where it serves. */
void server_url(const struct server *server, char *out, size_t size);
/* The same at an address that other machines reach; false: none is known. */
bool server_public_url(const struct server *server, char *out, size_t size);
/* Runs until SIGTERM or SIGINT. Then it tells all clients, closes and frees everything. */
void server_run(struct server *server);

#endif
