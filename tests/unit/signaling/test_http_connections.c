/* Sockets of the HTTP port from accept to close. The functions of libwebsockets, of http.h, the certificate's cost and
 * the kernel's count of bytes below take the place of the real ones. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "signaling/http/http.h"
#include "signaling/http/refuse_early.h"
#include "signaling/http_connections.h"
#include "signaling/process/tcp_received.h"
#include "transport/base/budget.h"

#define S USEC_PER_SEC
#define SOCKETS 8

static struct http_host host;
static struct budget_table handshakes;
static struct http_connections connections;

/* libwebsockets */

struct lws {
    bool is_open;
    int fd;
    void *opaque;
    const struct lws_protocols *protocol;
    uint64_t received;
    bool is_unfinished, awaits_body;
    size_t announced;
    unsigned requests, refused_headers, refused_unfinished;
};

static struct lws sockets[SOCKETS];
static size_t socket_count;
static enum {
    ADOPTS,
    FAILS_WITHOUT_WSI,
    FAILS_WITHIN,
} adopting;
static usec_t handshake_cost;
static const struct lws_protocols http_protocol = {.callback = http_connections_callback},
                                  session_protocol = {.callback = NULL};

static int happens(struct lws *wsi, enum lws_callback_reasons reason)
{
    return http_connections_callback(wsi, reason, NULL, NULL, 0);
}

static void closes(struct lws *wsi)
{
    wsi->is_open = false;
    happens(wsi, LWS_CALLBACK_WSI_DESTROY);
    assert_null(wsi->opaque);
}

struct lws *lws_adopt_descriptor_vhost_via_info(const lws_adopt_desc_t *info)
{
    if (adopting == FAILS_WITHOUT_WSI) {
        close(info->fd.sockfd);
        return NULL;
    }
    struct lws *wsi = &sockets[socket_count++];
    *wsi = (struct lws){.is_open = true, .fd = info->fd.sockfd, .protocol = &http_protocol};
    happens(wsi, LWS_CALLBACK_WSI_CREATE);
    wsi->opaque = info->opaque;
    if (adopting == ADOPTS)
        return wsi;
    closes(wsi);
    return NULL;
}

void lws_set_timeout(struct lws *wsi, enum pending_timeout reason, int seconds)
{
    (void)reason;
    assert_int_equal(seconds, LWS_TO_KILL_SYNC);
    closes(wsi);
}

struct lws_context *lws_get_context(const struct lws *wsi)
{
    (void)wsi;
    return NULL;
}

void *lws_context_user(struct lws_context *context)
{
    (void)context;
    return &connections;
}

void *lws_get_opaque_user_data(const struct lws *wsi)
{
    return wsi->opaque;
}

void lws_set_opaque_user_data(struct lws *wsi, void *data)
{
    wsi->opaque = data;
}

const struct lws_protocols *lws_get_protocol(struct lws *wsi)
{
    return wsi->protocol;
}

int lws_get_socket_fd(struct lws *wsi)
{
    return (int)(wsi - sockets);
}

/* What is below and beside it */

uint64_t tcp_received_bytes(int fd)
{
    return sockets[fd].received;
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    (void)reason, (void)user, (void)in, (void)length;
    wsi->requests++;
    return 0;
}

size_t http_announced_body(struct lws *wsi)
{
    return wsi->announced;
}

int http_refuse_headers(struct lws *wsi)
{
    wsi->refused_headers++;
    return -1;
}

bool http_is_unfinished(struct lws *wsi)
{
    return wsi->is_unfinished;
}

bool http_awaits_body(struct lws *wsi)
{
    return wsi->awaits_body;
}

void http_refuse_unfinished(struct http_host *given, struct lws *wsi)
{
    assert_ptr_equal(given, &host);
    wsi->refused_unfinished++;
    closes(wsi);
}

usec_t certificate_handshake_time(struct certificate_watch *watch, SSL_CTX *tls)
{
    (void)watch, (void)tls;
    return handshake_cost;
}

/* Tests */

static int set_up(void **state)
{
    const struct admission_limits limits = {.total = 4, .address = 3, .waiting = 3, .waiting_per_address = 2};
    (void)state;
    socket_count = 0;
    adopting = ADOPTS;
    handshake_cost = 0;
    budget_table_init(&handshakes, 16, (struct budget_limit){.per_second = 1, .burst = 1000}, 1);
    http_connections_init(&connections, &host, &handshakes, &limits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < socket_count; i++)
        if (sockets[i].is_open)
            closes(&sockets[i]);
    assert_int_equal(connections.admission.total, 0);
    http_connections_fini(&connections);
    budget_table_fini(&handshakes);
    return 0;
}

/* The one that was adopted; NULL: none. The descriptor is real, so that one sees whether it was closed. */
static struct lws *accept_from(const char *address, bool *is_closed)
{
    struct sockaddr_in peer = {.sin_family = AF_INET};
    int fd = open("/dev/null", O_RDONLY);
    size_t before = socket_count;
    assert_int_equal(inet_pton(AF_INET, address, &peer.sin_addr), 1);
    http_connections_accept(&connections, fd, (const struct sockaddr *)&peer);
    bool closed = fcntl(fd, F_GETFD) < 0;
    if (!closed)
        close(fd);
    if (is_closed != NULL)
        *is_closed = closed;
    return socket_count > before ? &sockets[before] : NULL;
}

static void a_connection_has_its_place_until_it_closes(void **state)
{
    bool is_closed;
    (void)state;
    struct lws *wsi = accept_from("192.0.2.1", &is_closed);
    assert_non_null(wsi);
    assert_false(is_closed); /* it is libwebsockets' now */
    assert_int_equal(connections.admission.total, 1);
    assert_int_equal(happens(wsi, LWS_CALLBACK_HTTP), 0);
    assert_int_equal(wsi->requests, 1);
    closes(wsi);
    assert_int_equal(connections.admission.total, 0);
}

static void one_that_is_not_adopted_leaves_once(void **state)
{
    (void)state;
    adopting = FAILS_WITHOUT_WSI;
    assert_null(accept_from("192.0.2.1", NULL));
    assert_int_equal(connections.admission.total, 0);
    adopting = FAILS_WITHIN;
    accept_from("192.0.2.1", NULL);
    assert_int_equal(connections.admission.total, 0);
    assert_null(connections.adopting);
}

static void the_idle_one_makes_room(void **state)
{
    (void)state;
    struct lws *first = accept_from("192.0.2.1", NULL), *second = accept_from("192.0.2.1", NULL);
    happens(first, LWS_CALLBACK_HTTP); /* so the second has been idle for longer */
    struct lws *third = accept_from("192.0.2.1", NULL);
    assert_true(first->is_open);
    assert_false(second->is_open);
    assert_true(third->is_open);
    assert_int_equal(connections.admission.total, 2);
    assert_int_equal(connections.admission.evicted, 1);
}

static void without_a_place_the_socket_is_closed(void **state)
{
    bool is_closed;
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct lws *wsi = accept_from("192.0.2.1", NULL);
        admission_joined(&connections.admission, lws_get_opaque_user_data(wsi));
    }
    assert_null(accept_from("192.0.2.1", &is_closed));
    assert_true(is_closed);
    assert_int_equal(connections.admission.refused, 1);
    assert_non_null(accept_from("192.0.2.2", &is_closed));
    assert_int_equal(connections.admission.total, 4);
}

static void who_shakes_hands_too_often_is_refused_before(void **state)
{
    bool is_closed;
    int tls;
    (void)state;
    handshake_cost = 600;
    assert_non_null(accept_from("192.0.2.1", NULL)); /* plain HTTP costs nothing of it */
    happens(&sockets[0], LWS_CALLBACK_HTTP);
    http_connections_callback(&sockets[0], LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS, &tls, NULL, 0);
    assert_non_null(accept_from("192.0.2.1", NULL));
    assert_null(accept_from("192.0.2.1", &is_closed));
    assert_true(is_closed);
    assert_int_equal(connections.handshakes_refused, 1);
    assert_int_equal(connections.admission.total, 2);
    assert_non_null(accept_from("192.0.2.2", NULL)); /* each address has its own */
}

static void headers_are_counted_without_what_came_before_and_the_body(void **state)
{
    (void)state;
    struct lws *wsi = accept_from("192.0.2.1", NULL);
    wsi->received = HTTP_HEADERS_MAX;
    assert_int_equal(happens(wsi, LWS_CALLBACK_HTTP), 0);
    wsi->received += HTTP_HEADERS_MAX + 500;
    wsi->announced = 500;
    assert_int_equal(happens(wsi, LWS_CALLBACK_HTTP), 0);
    wsi->announced = 0;
    wsi->received += HTTP_HEADERS_MAX + 1;
    assert_int_equal(happens(wsi, LWS_CALLBACK_HTTP_CONFIRM_UPGRADE), -1);
    assert_int_equal(wsi->refused_headers, 1);
    assert_int_equal(wsi->requests, 2);
}

static void a_request_that_stops_coming_is_refused(void **state)
{
    (void)state;
    struct lws *wsi = accept_from("192.0.2.1", NULL);
    wsi->received = 10;
    http_connections_timeout(&connections, 10 * S); /* libwebsockets has not begun to read it */
    wsi->is_unfinished = true;
    http_connections_timeout(&connections, 11 * S);
    wsi->received = 20;
    http_connections_timeout(&connections, 12 * S + S / 2); /* more has come */
    http_connections_timeout(&connections, 14 * S + S / 2 - 1);
    assert_int_equal(wsi->refused_unfinished, 0);
    http_connections_timeout(&connections, 14 * S + S / 2);
    assert_int_equal(wsi->refused_unfinished, 1);
    assert_int_equal(connections.admission.total, 0);
}

static void one_that_only_keeps_alive_is_left_alone_but_not_its_body(void **state)
{
    (void)state;
    struct lws *wsi = accept_from("192.0.2.1", NULL);
    wsi->received = 10;
    happens(wsi, LWS_CALLBACK_HTTP);
    wsi->is_unfinished = true; /* of nothing */
    http_connections_timeout(&connections, 10 * S);
    http_connections_timeout(&connections, 60 * S);
    assert_int_equal(wsi->refused_unfinished, 0);
    wsi->awaits_body = true;
    http_connections_timeout(&connections, 61 * S);
    assert_int_equal(wsi->refused_unfinished, 1);
}

static void a_websocket_sends_when_it_likes(void **state)
{
    (void)state;
    struct lws *wsi = accept_from("192.0.2.1", NULL);
    wsi->protocol = &session_protocol;
    wsi->is_unfinished = true;
    wsi->received = 10;
    http_connections_timeout(&connections, 10 * S);
    http_connections_timeout(&connections, 60 * S);
    assert_int_equal(wsi->refused_unfinished, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_has_its_place_until_it_closes),
        TEST(one_that_is_not_adopted_leaves_once),
        TEST(the_idle_one_makes_room),
        TEST(without_a_place_the_socket_is_closed),
        TEST(who_shakes_hands_too_often_is_refused_before),
        TEST(headers_are_counted_without_what_came_before_and_the_body),
        TEST(a_request_that_stops_coming_is_refused),
        TEST(one_that_only_keeps_alive_is_left_alone_but_not_its_body),
        TEST(a_websocket_sends_when_it_likes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
