#include "client/net/websocket.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "client/net/connect_error.h"
#include "client/net/lookup.h"
#include "client/net/websocket_context.h"
#include "signaling/proto/message.h"
#include "transport/base/memory.h"
#include "transport/net/threads.h"

struct outgoing {
    struct outgoing *next;
    size_t length;
    uint8_t bytes[]; /* LWS_PRE, then the text */
};

/* ENDED: the connection is gone, and the listener is yet to be told. */
enum state { CLOSED, OPENING, OPEN, ENDED };

struct websocket {
    uv_loop_t *loop;
    struct websocket_context *context;
    struct lookup *lookup; /* NULL: none is under way */
    struct lookup_result found;
    size_t tried; /* of what was found */
    struct lws *wsi;
    uintptr_t attempt; /* its number; 0: none is under way, and events of older ones are ignored */
    struct url url;
    char path[sizeof(((struct url *)0)->path) + 4];
    bool accept_any_certificate;
    struct websocket_listener listener;
    enum state state;
    struct outgoing *first, **last;
    char *received;
    size_t received_length;
    uint64_t bytes_sent, bytes_received;
    char reached[CONNECT_ERROR_MAX]; /* what became of the last attempt that came as far as a server; "": none did */
    bool has_asked;                  /* this attempt came as far as the request to upgrade */
    bool is_in_open;  /* an attempt that fails at once is told from the loop, not from websocket_open() */
    char *reason;     /* while ENDED */
    uv_timer_t timer; /* tells that, and tries the next address */
};

static void connect_next(struct websocket *socket);

static void clear_queue(struct websocket *socket)
{
    while (socket->first != NULL) {
        struct outgoing *message = socket->first;
        socket->first = message->next;
        free(message);
    }
    socket->last = &socket->first;
}

static void forget_connection(struct websocket *socket)
{
    lookup_cancel(socket->lookup);
    socket->lookup = NULL;
    socket->state = CLOSED;
    socket->wsi = NULL;
    websocket_context_end(socket->context, socket->attempt);
    socket->attempt = 0;
    clear_queue(socket);
    socket->received_length = 0;
}

static void tell_closed(struct websocket *socket)
{
    char *reason = socket->reason;
    socket->reason = NULL;
    socket->state = CLOSED;
    if (socket->listener.closed != NULL)
        socket->listener.closed(socket->listener.user, reason);
    free(reason);
}

static void on_told(uv_timer_t *timer)
{
    tell_closed(timer->data);
}

static void on_next(uv_timer_t *timer)
{
    connect_next(timer->data);
}

static void set_closed(struct websocket *socket, const char *reason)
{
    if (socket->state == CLOSED || socket->state == ENDED)
        return;
    bool is_opening = socket->state == OPENING;
    forget_connection(socket);
    if (is_opening && socket->tried < socket->found.count) {
        socket->state = OPENING;
        uv_timer_start(&socket->timer, on_next, 0, 0);
        return;
    }
    socket->state = ENDED;
    socket->reason = mem_text(reason);
    if (socket->is_in_open)
        uv_timer_start(&socket->timer, on_told, 0, 0);
    else
        tell_closed(socket);
}

/* Parts are joined; a message longer than the protocol allows ends the connection. */
static int receive(struct websocket *socket, struct lws *wsi, const void *part, size_t length)
{
    socket->bytes_received += length;
    if (socket->received_length + length > MESSAGE_SIZE_MAX)
        return -1;
    memcpy(socket->received + socket->received_length, part, length);
    socket->received_length += length;
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) > 0)
        return 0;
    length = socket->received_length;
    socket->received_length = 0;
    if (socket->listener.message != NULL)
        socket->listener.message(socket->listener.user, socket->received, length);
    return 0;
}

static int write_next(struct websocket *socket, struct lws *wsi)
{
    struct outgoing *message = socket->first;
    if (message == NULL)
        return 0;
    socket->first = message->next;
    if (socket->first == NULL)
        socket->last = &socket->first;
    int written = lws_write(wsi, message->bytes + LWS_PRE, message->length, LWS_WRITE_TEXT);
    free(message);
    if (written < 0)
        return -1;
    socket->bytes_sent += (size_t)written;
    if (socket->first != NULL)
        lws_callback_on_writable(wsi);
    return 0;
}

/* An attempt failed; says why. libwebsockets has several events for that: when the server does not answer it only
 * closes the HTTP connection, and the last event of any attempt is WSI_DESTROY. Only with CONNECTION_ERROR can TLS and
 * the HTTP status be asked for. */
static void failed(struct websocket *socket, struct lws *wsi, enum lws_callback_reasons reason)
{
    char text[CONNECT_ERROR_MAX];
    bool is_error = reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR;
    SSL *ssl = is_error ? lws_get_ssl(wsi) : NULL;
    struct connect_attempt attempt = {
        .host = socket->url.host,
        .is_secure = socket->url.is_secure,
        .is_connected = ssl != NULL || socket->has_asked,
        .has_asked = socket->has_asked,
        .status = is_error && socket->has_asked ? lws_http_client_http_response(wsi) : 0,
    };
    if (ssl != NULL) {
        attempt.verify_result = SSL_get_verify_result(ssl);
        attempt.has_tls_bytes =
            strcmp(SSL_state_string(ssl), "SSLERR") == 0; /* by what came; a closed socket is none */
        attempt.has_tls_hello = SSL_get_state(ssl) != TLS_ST_BEFORE && SSL_get_state(ssl) != TLS_ST_CW_CLNT_HELLO;
    }
    connect_error_text(&attempt, text);
    if (attempt.is_connected) /* it says more than the failure of another address at which nothing answers */
        memcpy(socket->reached, text, sizeof text);
    set_closed(socket, socket->reached[0] != '\0' ? socket->reached : text);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    (void)user;
    struct websocket *socket = websocket_context_find(wsi);
    if (socket == NULL)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        socket->state = OPEN;
        socket->wsi = wsi;
        if (socket->listener.opened != NULL)
            socket->listener.opened(socket->listener.user);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(socket, wsi, in, length);
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_next(socket, wsi);
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        socket->has_asked = true;
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
        if (socket->state == OPEN)
            set_closed(socket, "the connection was closed");
        else
            failed(socket, wsi, reason);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {MESSAGE_SUBPROTOCOL, on_event, 0, 16 * 1024, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

struct websocket *websocket_new(uv_loop_t *loop, const struct url *url, bool accept_any_certificate,
                                const struct websocket_listener *listener)
{
    struct websocket_context *context = websocket_context_hold(loop, protocols);
    if (context == NULL)
        return NULL;
    struct websocket *socket = mem_alloc(sizeof *socket);
    socket->loop = loop;
    socket->context = context;
    socket->url = *url;
    snprintf(socket->path, sizeof socket->path, "%sws", url->path);
    socket->accept_any_certificate = accept_any_certificate;
    socket->listener = *listener;
    socket->last = &socket->first;
    socket->received = mem_alloc(MESSAGE_SIZE_MAX);
    uv_timer_init(loop, &socket->timer);
    socket->timer.data = socket;
    return socket;
}

static void on_handle_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void websocket_free(struct websocket *socket)
{
    if (socket == NULL)
        return;
    socket->listener = (struct websocket_listener){0};
    websocket_drop(socket);
    websocket_context_release(socket->context);
    free(socket->reason);
    free(socket->received);
    uv_close((uv_handle_t *)&socket->timer, on_handle_closed);
}

static void connect_next(struct websocket *socket)
{
    /* A redirection is reported and not followed: it may lead to another scheme, port or certificate than the user
     * gave. */
    unsigned flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (socket->url.is_secure ? LCCSCF_USE_SSL : 0);
    if (socket->url.is_secure && socket->accept_any_certificate)
        flags |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK | LCCSCF_ALLOW_EXPIRED |
                 LCCSCF_ALLOW_INSECURE;
    char authority[sizeof socket->url.host + 10];
    bool is_v6 = strchr(socket->url.host, ':') != NULL;
    snprintf(authority, sizeof authority, "%s%s%s:%u", is_v6 ? "[" : "", socket->url.host, is_v6 ? "]" : "",
             socket->url.port);
    uintptr_t attempt = websocket_context_begin(socket->context, socket);
    struct lws_client_connect_info info = {
        .context = websocket_context_library(socket->context),
        .address = socket->found.addresses[socket->tried++],
        .port = socket->url.port,
        .path = socket->path,
        .host = authority,
        .origin = NULL,
        .protocol = MESSAGE_SUBPROTOCOL,
        .local_protocol_name = MESSAGE_SUBPROTOCOL,
        .ssl_connection = (int)flags,
        .alpn = "http/1.1",
        .opaque_user_data = (void *)attempt, /* NOLINT(performance-no-int-to-ptr): a number, not an address */
    };
    socket->attempt = attempt;
    socket->has_asked = false;
    socket->is_in_open = true;
    struct lws *wsi = lws_client_connect_via_info(&info);
    if (wsi == NULL)
        set_closed(socket, "cannot connect");
    socket->is_in_open = false;
    if (socket->attempt == attempt)
        socket->wsi = wsi;
}

static void on_found(void *user, const struct lookup_result *result, const char *error)
{
    struct websocket *socket = user;
    char reason[400];
    socket->lookup = NULL;
    socket->found = *result;
    if (result->count > 0) {
        connect_next(socket);
        return;
    }
    snprintf(reason, sizeof reason, "cannot find the host %s: %s", socket->url.host,
             error != NULL ? error : "it has no address");
    set_closed(socket, reason);
}

static bool read_number(struct websocket *socket)
{
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        struct in6_addr number;
        if (uv_inet_pton(families[i], socket->url.host, &number) == 0)
            socket->found.count = uv_inet_ntop(families[i], &number, socket->found.addresses[0], INET6_ADDRSTRLEN) == 0;
    }
    return socket->found.count > 0;
}

void websocket_open(struct websocket *socket)
{
    if (socket->state != CLOSED)
        return;
    socket->state = OPENING;
    socket->tried = 0;
    socket->reached[0] = '\0';
    socket->found.count = 0;
    if (read_number(socket)) {
        connect_next(socket);
        return;
    }
    socket->lookup = lookup_start(socket->loop, socket->url.host, on_found, socket);
    if (socket->lookup != NULL)
        return;
    socket->is_in_open = true;
    set_closed(socket,
               threads_for_lookups() ? "no host has such a name" : "no thread can be started to look up its name");
    socket->is_in_open = false;
}

void websocket_send(struct websocket *socket, const char *text)
{
    if (socket->state != OPEN)
        return;
    size_t length = strlen(text);
    struct outgoing *message = mem_alloc(sizeof *message + LWS_PRE + length);
    message->length = length;
    memcpy(message->bytes + LWS_PRE, text, length);
    *socket->last = message;
    socket->last = &message->next;
    lws_callback_on_writable(socket->wsi);
}

void websocket_drop(struct websocket *socket)
{
    struct lws *wsi = socket->wsi;
    if (socket->state == CLOSED)
        return;
    uv_timer_stop(&socket->timer);
    free(socket->reason);
    socket->reason = NULL;
    forget_connection(socket);
    if (wsi == NULL)
        return;
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    lws_cancel_service(websocket_context_library(socket->context)); /* it looks for timeouts when it is awake */
}

static bool is_address_here(const struct sockaddr_storage *address)
{
    uv_interface_address_t *interfaces;
    int count;
    bool found = false;
    if (uv_interface_addresses(&interfaces, &count) != 0)
        return true;
    for (int i = 0; i < count && !found; i++) {
        const struct sockaddr_in *v4 = &interfaces[i].address.address4;
        const struct sockaddr_in6 *v6 = &interfaces[i].address.address6;
        if (v4->sin_family != address->ss_family)
            continue;
        if (v4->sin_family == AF_INET)
            found = memcmp(&v4->sin_addr, &((const struct sockaddr_in *)address)->sin_addr, sizeof v4->sin_addr) == 0;
        else
            found =
                memcmp(&v6->sin6_addr, &((const struct sockaddr_in6 *)address)->sin6_addr, sizeof v6->sin6_addr) == 0;
    }
    uv_free_interface_addresses(interfaces, count);
    return found;
}

bool websocket_is_stranded(const struct websocket *socket)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (socket->state != OPEN || getsockname(lws_get_socket_fd(socket->wsi), (struct sockaddr *)&address, &length) != 0)
        return false;
    return !is_address_here(&address);
}

uint64_t websocket_bytes_sent(const struct websocket *socket)
{
    return socket->bytes_sent;
}

uint64_t websocket_bytes_received(const struct websocket *socket)
{
    return socket->bytes_received;
}
