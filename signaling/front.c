#include "signaling/front.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signaling/http/http_connection.h"
#include "signaling/proto/message.h"
#include "transport/base/budget.h"
#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"
#include "transport/net/library_pin.h"

#define LIBWEBSOCKETS_MEMORY ((size_t)2 << 20)
#define HANDSHAKE_TIMEOUT_S 20 /* libwebsockets has all of it at once */

struct front_socket {
    struct admission_entry entry; /* first, so that one is the other */
    struct front *front;
    struct http_connection *http; /* one of both */
    struct lws *wsi;
    struct session_peer peer;
    bool is_evicted;
};

static void leave(struct front_socket *socket)
{
    if (!socket->is_evicted)
        admission_leave(&socket->front->admission, &socket->entry);
    free(socket);
}

static void on_asked(void *owner)
{
    struct front_socket *socket = owner;
    admission_touch(&socket->front->admission, &socket->entry);
}

static void on_http_closed(void *owner)
{
    leave(owner);
}

static void on_upgraded(void *owner, int fd, const char *text, size_t length)
{
    struct front_socket *socket = owner;
    struct front *front = socket->front;
    socket->http = NULL;
    front->adopting = socket;
    (void)lws_adopt_socket_vhost_readbuf(front->vhost, fd, text, length);
    /* Once there is a wsi, LWS_CALLBACK_WSI_DESTROY ends the socket, perhaps in there. */
    if (front->adopting != NULL && socket->wsi == NULL)
        leave(socket);
    else if (front->adopting != NULL)
        lws_set_opaque_user_data(socket->wsi, socket);
    front->adopting = NULL;
}

static const struct http_connection_owner calls = {on_asked, on_upgraded, on_http_closed};

/* While libwebsockets takes a socket it sets, and knows, no user data. */
static struct front_socket *socket_of(struct lws *wsi)
{
    const struct front *front = lws_context_user(lws_get_context(wsi));
    return front->adopting != NULL && front->adopting->wsi == wsi ? front->adopting : lws_get_opaque_user_data(wsi);
}

static struct session_peer peer_of(struct lws *wsi)
{
    return socket_of(wsi)->peer;
}

/* What libwebsockets says of sockets that are not WebSockets: only that they come and go. */
static int front_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    struct front *front = lws_context_user(lws_get_context(wsi));
    struct front_socket *socket;
    switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
        if (front->adopting != NULL)
            front->adopting->wsi = wsi;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        socket = socket_of(wsi);
        lws_set_opaque_user_data(wsi, NULL);
        if (socket == NULL)
            return 0;
        if (front->adopting == socket)
            front->adopting = NULL;
        leave(socket);
        return 0;
    case LWS_CALLBACK_HTTP: /* what it gets is a WebSocket's handshake */
        return -1;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}

static void evict(struct admission_entry *entry)
{
    struct front_socket *socket = (struct front_socket *)entry;
    log_debug("http", "an idle connection was closed to make room for another");
    socket->is_evicted = true;
    if (socket->http != NULL)
        http_connection_close(socket->http);
    else
        lws_set_timeout(socket->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_SYNC);
}

/* An address is charged for a TLS handshake before it, since anybody who can connect can cause one. */
static bool may_shake_hands(struct front *front, uint64_t address)
{
    if (front->tls == NULL)
        return true;
    usec_t cost = certificate_handshake_time(&front->certificate, front->tls);
    if (budget_table_take(front->http->time, address, (uint64_t)cost, clock_now()))
        return true;
    front->handshakes_refused++;
    return false;
}

static bool is_local(const struct sockaddr *peer)
{
    if (peer->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, peer, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    struct sockaddr_in6 v6;
    memcpy(&v6, peer, sizeof v6);
    bool is_mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    return is_mapped ? v6.sin6_addr.s6_addr[12] == IN_LOOPBACKNET : IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static void serve(struct front *front, struct front_socket *socket, int fd)
{
    if (front->tls != NULL)
        fd = tls_stream_open(&front->streams, front->loop, front->tls, fd);
    if (fd >= 0)
        socket->http = http_connection_open(front->http, front->loop, fd, socket->peer.address, socket->peer.is_local,
                                            &calls, socket);
    if (socket->http == NULL)
        leave(socket);
}

static void on_accepted(void *user, int fd, const struct sockaddr *peer)
{
    struct front *front = user;
    uint64_t address = budget_key_of(peer);
    struct admission_entry *evicted;
    if (!may_shake_hands(front, address)) {
        close(fd);
        return;
    }
    struct front_socket *socket = mem_alloc(sizeof *socket);
    *socket = (struct front_socket){.front = front, .peer = {address, is_local(peer)}};
    if (!admission_enter(&front->admission, &socket->entry, address, &evicted)) {
        log_warning("http", "too many connections: one was refused");
        free(socket);
        close(fd);
        return;
    }
    if (evicted != NULL)
        evict(evicted);
    serve(front, socket, fd);
}

static void lws_log(int level, const char *line)
{
    if (strstr(line, "adopt_socket_readbuf") != NULL) /* no error: it tells of each socket that it takes */
        return;
    int length = (int)strcspn(line, "\n");
    log_line(level == LLL_ERR ? LEVEL_ERROR : LEVEL_WARNING, "websockets", "%.*s", length, line);
}

static void fill_protocols(struct front *front)
{
    front->protocols[0] = (struct lws_protocols){.name = "http", .callback = front_callback};
    front->protocols[1] = (struct lws_protocols){.name = MESSAGE_SUBPROTOCOL,
                                                 .callback = session_callback,
                                                 .per_session_data_size = sizeof(struct session),
                                                 .rx_buffer_size = 2048, /* held by every socket */
                                                 .user = front->sessions};
}

static int start_websockets(struct front *front, size_t descriptors)
{
    void *loops[] = {front->loop};
    struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN_SERVER,
                                             .protocols = front->protocols,
                                             .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
                                             .foreign_loops = loops,
                                             .count_threads = 1,
                                             .fd_limit_per_thread = (unsigned)descriptors,
                                             .timeout_secs = HANDSHAKE_TIMEOUT_S,
                                             .gid = -1,
                                             .uid = -1,
                                             .user = front,
                                             .vhost_name = "default"};
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log);
    fill_protocols(front);
    free(mem_alloc(LIBWEBSOCKETS_MEMORY)); /* without it libwebsockets crashes, and this ends with an error */
    front->lws = lws_create_context(&info);
    if (front->lws == NULL) {
        log_error("server", "libwebsockets does not start (is libwebsockets-evlib-uv installed?)");
        return ERR_IO;
    }
    library_pin("libwebsockets-evlib");
    front->vhost = lws_create_vhost(front->lws, &info);
    if (front->vhost != NULL)
        return 0;
    log_error("server", "libwebsockets does not start; its reason is above");
    return ERR_INVALID;
}

static int start_tls(struct front *front)
{
    const struct config *config = front->config;
    if (config->tls_certificate == NULL)
        return 0;
    front->tls = tls_server_new();
    if (front->tls == NULL) {
        log_error("server", "OpenSSL does not start");
        return ERR_IO;
    }
    certificate_watch(&front->certificate, config->tls_certificate, config->tls_key);
    return certificate_use(front->tls, config->tls_certificate, config->tls_key);
}

void front_init(struct front *front, const struct config *config, uv_loop_t *loop, struct http_host *http,
                struct session_host *sessions, const struct admission_limits *limits)
{
    *front = (struct front){.config = config, .loop = loop, .http = http, .sessions = sessions, .listener = {.fd = -1}};
    admission_init(&front->admission, limits);
    sessions->peer = peer_of;
}

int front_start(struct front *front, size_t descriptors)
{
    int tls = start_tls(front), websockets = start_websockets(front, descriptors); /* each says what is wrong */
    int listener = listener_open(&front->listener, front->loop, front->config->http_host, front->config->http_port,
                                 on_accepted, front);
    return tls < 0 ? tls : websockets < 0 ? websockets : listener;
}

void front_check(struct front *front, usec_t now)
{
    http_connections_check(front->http, now);
    tls_streams_check(&front->streams, now);
    if (front->tls != NULL)
        certificate_check(&front->certificate, front->tls, front->config->tls_certificate, front->config->tls_key);
}

void front_reload(struct front *front)
{
    if (front->tls != NULL)
        (void)certificate_reload(front->tls, front->config->tls_certificate, front->config->tls_key);
}

bool front_is_sending(const struct front *front)
{
    return tls_streams_are_sending(&front->streams);
}

void front_stop(struct front *front)
{
    listener_close(&front->listener);
    http_connections_close_all(front->http);
    if (front->lws != NULL)
        lws_context_destroy(front->lws);
    tls_streams_close_all(&front->streams);
}

void front_fini(struct front *front)
{
    admission_fini(&front->admission);
    SSL_CTX_free(front->tls);
}

void front_joined(struct front *front, const struct session *session)
{
    struct front_socket *socket = socket_of(session->wsi);
    if (!socket->is_evicted)
        admission_joined(&front->admission, &socket->entry);
}
