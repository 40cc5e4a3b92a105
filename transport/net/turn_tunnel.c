#include "transport/net/turn_tunnel.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transport/base/log.h"
#include "transport/base/memory.h"
#include "transport/net/turn_filter.h"

/* One for each local address, twice during a restart; no more, since every program of the machine can connect. */
#define CONNECTIONS_MAX 16
#define CHUNK 16384
#define QUEUE_MAX ((size_t)256 * 1024) /* if more waits, the other side is not read for a while */
#define BACKLOG 8

struct connection {
    struct turn_tunnel *tunnel;
    struct connection *next;
    uv_tcp_t near, far; /* the sockets to libnice and to the server */
    uv_connect_t connecting;
    SSL *ssl; /* with memory BIOs; NULL: plain TCP */
    struct turn_stream received;
    bool is_open, is_closing;
    unsigned open_handles;
};

struct turn_tunnel {
    uv_tcp_t listener;
    SSL_CTX *context; /* NULL: plain TCP */
    struct connection *connections;
    struct sockaddr_storage server;
    char name[256];
    uint16_t port;
    size_t count;
    bool is_closing;
    unsigned open_handles; /* one of the listener, and those of connections */
};

struct outgoing {
    uv_write_t request;
    struct connection *connection;
    uv_stream_t *source; /* to be read again after this was written */
    uint8_t data[];
};

static void on_near_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);
static void on_far_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);

static void release_tunnel(struct turn_tunnel *tunnel)
{
    if (--tunnel->open_handles > 0)
        return;
    SSL_CTX_free(tunnel->context);
    free(tunnel);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (--connection->open_handles > 0)
        return;
    release_tunnel(connection->tunnel);
    SSL_free(connection->ssl);
    free(connection);
}

static void close_connection(struct connection *connection)
{
    struct turn_tunnel *tunnel = connection->tunnel;
    if (connection->is_closing)
        return;
    connection->is_closing = true;
    struct connection **at = &tunnel->connections;
    while (*at != connection)
        at = &(*at)->next;
    *at = connection->next;
    tunnel->count--;
    uv_close((uv_handle_t *)&connection->near, on_connection_closed);
    uv_close((uv_handle_t *)&connection->far, on_connection_closed);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)handle, (void)suggested;
    *buffer = uv_buf_init(mem_alloc(CHUNK), CHUNK);
}

static void read_from(struct connection *connection, uv_stream_t *stream)
{
    (void)uv_read_start(stream, allocate,
                        stream == (uv_stream_t *)&connection->near ? on_near_read : on_far_read); /* EALREADY is fine */
}

static void on_written(uv_write_t *request, int status)
{
    struct outgoing *outgoing = (struct outgoing *)request;
    struct connection *connection = outgoing->connection;
    if (!connection->is_closing) {
        if (status < 0)
            close_connection(connection);
        else if (connection->is_open && uv_stream_get_write_queue_size(request->handle) < QUEUE_MAX)
            read_from(connection, outgoing->source);
    }
    free(outgoing);
}

/* Writes data of `source` to `target`; `source` is not read while too much waits. */
static void write_to(struct connection *connection, uv_stream_t *target, uv_stream_t *source, const uint8_t *data,
                     size_t length)
{
    struct outgoing *outgoing = mem_alloc(sizeof *outgoing + length);
    uv_buf_t buffer = uv_buf_init((char *)outgoing->data, (unsigned)length);
    memcpy(outgoing->data, data, length);
    outgoing->connection = connection;
    outgoing->source = source;
    if (uv_write(&outgoing->request, target, &buffer, 1, on_written) != 0) {
        free(outgoing);
        close_connection(connection);
        return;
    }
    if (uv_stream_get_write_queue_size(target) >= QUEUE_MAX)
        uv_read_stop(source);
}

/* Sends what TLS has for the server. */
static void flush(struct connection *connection)
{
    uint8_t data[CHUNK];
    int length;
    while (!connection->is_closing && (length = BIO_read(SSL_get_wbio(connection->ssl), data, sizeof data)) > 0)
        write_to(connection, (uv_stream_t *)&connection->far, (uv_stream_t *)&connection->near, data, (size_t)length);
}

static void take_from_server(struct connection *connection, const uint8_t *data, size_t length)
{
    uint8_t sound[CHUNK + TURN_ANSWER_MAX];
    ssize_t passed = turn_stream_take(&connection->received, data, length, sound);
    if (passed > 0) {
        write_to(connection, (uv_stream_t *)&connection->near, (uv_stream_t *)&connection->far, sound, (size_t)passed);
    } else if (passed < 0) {
        log_warning("ice", "a TURN server sent what is no TURN");
        close_connection(connection);
    }
}

static bool is_waiting(const struct connection *connection, int result)
{
    int error = SSL_get_error(connection->ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

/* Continues the handshake, or reads what the server sent. */
static void advance(struct connection *connection)
{
    uint8_t data[CHUNK];
    if (!connection->is_open) {
        int result = SSL_do_handshake(connection->ssl);
        flush(connection);
        if (result != 1) {
            if (is_waiting(connection, result) || connection->is_closing)
                return;
            long verdict = SSL_get_verify_result(connection->ssl);
            log_warning("ice", "TLS to the TURN server failed: %s",
                        verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : "handshake");
            close_connection(connection);
            return;
        }
        connection->is_open = true;
        read_from(connection, (uv_stream_t *)&connection->near);
    }
    int length = 0;
    while (!connection->is_closing && (length = SSL_read(connection->ssl, data, sizeof data)) > 0)
        take_from_server(connection, data, (size_t)length);
    flush(connection);
    if (!connection->is_closing && !is_waiting(connection, length))
        close_connection(connection);
}

static void on_far_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    if (length > 0 && connection->ssl == NULL) {
        take_from_server(connection, (const uint8_t *)buffer->base, (size_t)length);
    } else if (length > 0) {
        BIO_write(SSL_get_rbio(connection->ssl), buffer->base, (int)length);
        advance(connection);
    } else if (length < 0) {
        close_connection(connection);
    }
    free(buffer->base);
}

static void on_near_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    if (length > 0 && connection->ssl == NULL)
        write_to(connection, (uv_stream_t *)&connection->far, stream, (const uint8_t *)buffer->base, (size_t)length);
    else if (length > 0 && SSL_write(connection->ssl, buffer->base, (int)length) > 0)
        flush(connection);
    else if (length != 0)
        close_connection(connection);
    free(buffer->base);
}

static void on_connected(uv_connect_t *request, int status)
{
    struct connection *connection = request->handle->data;
    if (connection->is_closing)
        return;
    if (status < 0) {
        log_warning("ice", "the TURN server cannot be reached by %s: %s", connection->ssl != NULL ? "TLS" : "TCP",
                    uv_strerror(status));
        close_connection(connection);
        return;
    }
    (void)uv_tcp_nodelay(&connection->far, 1);
    read_from(connection, (uv_stream_t *)&connection->far);
    if (connection->ssl != NULL) {
        advance(connection);
        return;
    }
    connection->is_open = true;
    read_from(connection, (uv_stream_t *)&connection->near);
}

/* The certificate must be of the server's name: a DNS name or an address. */
static SSL *make_ssl(const struct turn_tunnel *tunnel)
{
    struct in6_addr address;
    SSL *ssl = SSL_new(tunnel->context);
    bool is_address =
        uv_inet_pton(AF_INET, tunnel->name, &address) == 0 || uv_inet_pton(AF_INET6, tunnel->name, &address) == 0;
    if (ssl == NULL)
        return NULL;
    SSL_set_connect_state(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), tunnel->name) == 1
                   : SSL_set1_host(ssl, tunnel->name) == 1 && SSL_set_tlsext_host_name(ssl, tunnel->name) == 1)
        return ssl;
    SSL_free(ssl);
    return NULL;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct turn_tunnel *tunnel = listener->data;
    if (status < 0)
        return;
    struct connection *connection = mem_alloc(sizeof *connection);
    connection->tunnel = tunnel;
    connection->open_handles = 2;
    connection->near.data = connection->far.data = connection;
    (void)uv_tcp_init(listener->loop, &connection->near); /* these never fail: sockets are made later */
    (void)uv_tcp_init(listener->loop, &connection->far);
    connection->next = tunnel->connections;
    tunnel->connections = connection;
    tunnel->count++;
    tunnel->open_handles++;
    connection->ssl = tunnel->context != NULL ? make_ssl(tunnel) : NULL;
    if (uv_accept(listener, (uv_stream_t *)&connection->near) != 0 ||
        (tunnel->context != NULL && connection->ssl == NULL) || tunnel->count > CONNECTIONS_MAX ||
        uv_tcp_connect(&connection->connecting, &connection->far, (struct sockaddr *)&tunnel->server, on_connected) !=
            0)
        close_connection(connection);
    else
        (void)uv_tcp_nodelay(&connection->near, 1);
}

static bool set_address(struct sockaddr_storage *address, const char *host, uint16_t port)
{
    return uv_ip4_addr(host, port, (struct sockaddr_in *)address) == 0 ||
           uv_ip6_addr(host, port, (struct sockaddr_in6 *)address) == 0;
}

static bool start_listening(struct turn_tunnel *tunnel)
{
    struct sockaddr_storage address;
    int length = sizeof address;
    if (!set_address(&address, turn_tunnel_host(tunnel), 0) ||
        uv_tcp_bind(&tunnel->listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&tunnel->listener, BACKLOG, on_connection) != 0 ||
        uv_tcp_getsockname(&tunnel->listener, (struct sockaddr *)&address, &length) != 0)
        return false;
    tunnel->port = ntohs(((struct sockaddr_in *)&address)->sin_port); /* at the same place in IPv6's */
    return true;
}

static bool start_tls(struct turn_tunnel *tunnel, const char *name)
{
    snprintf(tunnel->name, sizeof tunnel->name, "%s", name);
    tunnel->context = SSL_CTX_new(TLS_client_method());
    if (tunnel->context == NULL || SSL_CTX_set_default_verify_paths(tunnel->context) != 1)
        return false;
    SSL_CTX_set_verify(tunnel->context, SSL_VERIFY_PEER, NULL);
    return true;
}

struct turn_tunnel *turn_tunnel_new(uv_loop_t *loop, const char *host, uint16_t port, const char *tls_name)
{
    struct turn_tunnel *tunnel = mem_alloc(sizeof *tunnel);
    (void)uv_tcp_init(loop, &tunnel->listener); /* never fails: the socket is made when it is bound */
    tunnel->listener.data = tunnel;
    tunnel->open_handles = 1;
    if ((tls_name == NULL || start_tls(tunnel, tls_name)) && set_address(&tunnel->server, host, port) &&
        start_listening(tunnel))
        return tunnel;
    turn_tunnel_free(tunnel);
    return NULL;
}

static void on_listener_closed(uv_handle_t *handle)
{
    release_tunnel(handle->data);
}

void turn_tunnel_free(struct turn_tunnel *tunnel)
{
    if (tunnel == NULL || tunnel->is_closing)
        return;
    tunnel->is_closing = true;
    while (tunnel->connections != NULL)
        close_connection(tunnel->connections);
    uv_close((uv_handle_t *)&tunnel->listener, on_listener_closed);
}

const char *turn_tunnel_host(const struct turn_tunnel *tunnel)
{
    return tunnel->server.ss_family == AF_INET6 ? "::1" : "127.0.0.1";
}

uint16_t turn_tunnel_port(const struct turn_tunnel *tunnel)
{
    return tunnel->port;
}
