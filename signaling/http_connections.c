#include "signaling/http_connections.h"

#include <stdlib.h>
#include <unistd.h>

#include "signaling/http/http.h"
#include "signaling/http/refuse_early.h"
#include "signaling/process/tcp_received.h"
#include "transport/base/budget.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define HEADER_SILENCE (2 * USEC_PER_SEC) /* within headers that have begun to come */

struct http_connection {
    struct admission_entry entry; /* first, so that one is the other */
    struct lws *wsi;
    bool is_evicted;
    uint64_t heard;    /* bytes received until the last request was whole */
    uint64_t received; /* bytes, when they were counted last */
    usec_t received_at;
};

void http_connections_init(struct http_connections *all, struct http_host *http, struct budget_table *time,
                           const struct admission_limits *limits)
{
    *all = (struct http_connections){.http = http, .time = time};
    admission_init(&all->admission, limits);
}

void http_connections_fini(struct http_connections *all)
{
    admission_fini(&all->admission);
}

static void leave(struct http_connections *all, struct http_connection *connection)
{
    if (all->adopting == connection)
        all->adopting = NULL;
    if (!connection->is_evicted)
        admission_leave(&all->admission, &connection->entry);
    free(connection);
}

/* Headers have come, and perhaps a body. Whether they are larger than we accept, though not so large that libwebsockets
 * closes without an answer. */
static bool are_too_large(struct http_connection *connection)
{
    uint64_t all = tcp_received_bytes(lws_get_socket_fd(connection->wsi)), before = connection->heard;
    connection->heard = all;
    return all - before > HTTP_HEADERS_MAX + http_announced_body(connection->wsi);
}

/* Events of a connection that are not about a request; all others go to http_callback(). */
int http_connections_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct http_connections *all = lws_context_user(lws_get_context(wsi));
    struct http_connection *connection;
    switch (reason) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        all->tls = user;
        return 0;
    case LWS_CALLBACK_WSI_CREATE:
        if (all->adopting != NULL)
            all->adopting->wsi = wsi;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        connection = lws_get_opaque_user_data(wsi);
        if (connection != NULL)
            leave(all, connection);
        lws_set_opaque_user_data(wsi, NULL);
        return 0;
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        connection = lws_get_opaque_user_data(wsi);
        if (connection != NULL && are_too_large(connection))
            return http_refuse_headers(wsi);
        if (connection != NULL && !connection->is_evicted)
            admission_touch(&all->admission, &connection->entry);
        return http_callback(wsi, reason, user, in, length);
    default:
        return http_callback(wsi, reason, user, in, length);
    }
}

static void evict(struct admission_entry *entry)
{
    struct http_connection *connection = (struct http_connection *)entry;
    log_debug("http", "an idle connection was closed to make room for another");
    connection->is_evicted = true;
    lws_set_timeout(connection->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}

/* An address is charged for a TLS handshake before it, since anybody who can connect can cause one. */
static bool may_shake_hands(struct http_connections *all, uint64_t address)
{
    usec_t now = clock_now();
    if (all->tls == NULL)
        return true;
    usec_t cost = certificate_handshake_time(&all->certificate, all->tls);
    if (budget_table_take(all->time, address, (uint64_t)cost, now))
        return true;
    all->handshakes_refused++;
    return false;
}

void http_connections_accept(void *user, int fd, const struct sockaddr *peer)
{
    struct http_connections *all = user;
    uint64_t address = budget_key_of(peer);
    if (!may_shake_hands(all, address)) {
        close(fd);
        return;
    }
    struct admission_entry *evicted;
    struct http_connection *connection = mem_alloc(sizeof *connection);
    if (!admission_enter(&all->admission, &connection->entry, address, &evicted)) {
        log_warning("http", "too many connections: one was refused");
        free(connection);
        close(fd);
        return;
    }
    if (evicted != NULL)
        evict(evicted);
    all->adopting = connection;
    const lws_adopt_desc_t adoption = {.vh = all->vhost,
                                       .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
                                       .fd = {.sockfd = fd},
                                       .opaque = connection};
    (void)lws_adopt_descriptor_vhost_via_info(&adoption);
    /* Once there is a wsi, LWS_CALLBACK_WSI_DESTROY ends the connection: in there, or, when adopting failed (a TLS
     * handshake that is over before it began), with a later turn of the loop. */
    if (all->adopting != NULL && connection->wsi == NULL)
        leave(all, connection);
    all->adopting = NULL;
}

/* libwebsockets does not see the end of the headers when the last header's name is only the beginning of a name that it
 * knows ("x"): it waits for more. Such a request is answered with an error after a while, and so is one whose body does
 * not come. */
static void check_headers(struct http_connections *all, struct http_connection *connection, usec_t now)
{
    if (connection->wsi == NULL || lws_get_protocol(connection->wsi)->callback != http_connections_callback ||
        !http_is_unfinished(connection->wsi))
        return;
    uint64_t received = tcp_received_bytes(lws_get_socket_fd(connection->wsi));
    if (received != connection->received) {
        connection->received = received;
        connection->received_at = now;
    } else if ((received > connection->heard || http_awaits_body(connection->wsi)) &&
               now - connection->received_at >= HEADER_SILENCE) {
        http_refuse_unfinished(all->http, connection->wsi);
    }
}

void http_connections_timeout(struct http_connections *all, usec_t now)
{
    for (struct admission_entry *entry = all->admission.oldest, *next; entry != NULL; entry = next) {
        next = entry->newer;
        check_headers(all, (struct http_connection *)entry, now);
    }
}
