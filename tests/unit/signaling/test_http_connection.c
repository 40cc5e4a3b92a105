/* Connections that speak HTTP, over pairs of sockets: what a client sends in which pieces, and what it gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "signaling/http/http_answer.h"
#include "signaling/http/http_connection.h"
#include "transport/base/budget.h"
#include "transport/base/memory.h"
#include "transport/net/clock.h"

#define S USEC_PER_SEC
#define BIG ((size_t)8 << 20) /* more than a socket takes at once */
#define IDLE_TURNS 50         /* a large request takes some, without an answer */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define UPGRADE                                                                                                        \
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "              \
    "13\r\n"                                                                                                           \
    "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Protocol: heddle.v1\r\nX-Else: left out\r\n\r\n"

static uv_loop_t loop;
static struct http_host host;
static struct budget_table times;
static struct http_route route;
static struct http_request *waits; /* for the route's answer */
static unsigned forgotten;

static struct client {
    int fd;
    char got[65536];
    size_t length, dropped; /* dropped: what did not fit */
    bool is_at_end;
    unsigned asked, closed, upgraded;
    int upgraded_fd;
    char text[65536]; /* of the handshake */
    size_t text_length;
} client;

/* The connection's owner */

static void on_asked(void *owner)
{
    ((struct client *)owner)->asked++;
}

static void on_upgraded(void *owner, int fd, const char *text, size_t length)
{
    struct client *of = owner;
    of->upgraded++;
    of->upgraded_fd = fd;
    memcpy(of->text, text, length);
    of->text_length = length;
}

static void on_closed(void *owner)
{
    ((struct client *)owner)->closed++;
}

static const struct http_connection_owner calls = {on_asked, on_upgraded, on_closed};

/* The route: /fake/echo answers with the body it got, /fake/later when the test wants, /fake/big with BIG bytes. */

static const char *methods(const char *path)
{
    return strcmp(path, "/fake/none") == 0 ? NULL : "GET, POST";
}

static enum http_step start(void *user, struct http_request *request)
{
    (void)user;
    if (strcmp(request->path, "/fake/later") == 0) {
        assert_null(waits);
        waits = request;
        request->is_waiting = true;
        return HTTP_LATER;
    }
    if (strcmp(request->path, "/fake/big") == 0)
        return http_answer(request, HTTP_OK, "x/y", mem_array(BIG, 1), BIG);
    return http_answer_text(request, HTTP_OK, request->input.data != NULL ? request->input.data : "nothing");
}

static void forget(void *user, struct http_request *request)
{
    (void)user;
    assert_ptr_equal(request, waits);
    waits = NULL;
    forgotten++;
}

static void answer_later(const char *text)
{
    struct http_request *request = waits;
    assert_non_null(request);
    waits = NULL;
    request->is_waiting = false;
    (void)http_answer_text(request, HTTP_OK, text);
}

/* The client */

static void open_for(struct client *owner)
{
    int pair[2];
    *owner = (struct client){.upgraded_fd = -1};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    owner->fd = pair[0];
    assert_non_null(http_connection_open(&host, &loop, pair[1], 7, true, &calls, owner));
}

static void open_connection(void)
{
    open_for(&client);
}

static bool receive(void)
{
    char data[65536];
    ssize_t got = recv(client.fd, data, sizeof data, 0);
    client.is_at_end = client.is_at_end || got == 0;
    if (got <= 0)
        return false;
    size_t room = sizeof client.got - 1 - client.length;
    size_t kept = (size_t)got < room ? (size_t)got : room;
    memcpy(client.got + client.length, data, kept);
    client.length += kept;
    client.got[client.length] = '\0';
    client.dropped += (size_t)got - kept;
    return true;
}

/* Until nothing happens any more without the client or the clock. */
static void settle(void)
{
    for (int idle = 0; idle < IDLE_TURNS; idle++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        if (receive())
            idle = 0;
    }
}

static void turn(void)
{
    for (int i = 0; i < IDLE_TURNS; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void say_bytes(const char *data, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        ssize_t result = send(client.fd, data + sent, length - sent, MSG_NOSIGNAL);
        if (result > 0)
            sent += (size_t)result;
        settle();
    }
}

static void say(const char *text)
{
    say_bytes(text, strlen(text));
}

static unsigned count(const char *text)
{
    unsigned found = 0;
    for (const char *at = client.got; (at = strstr(at, text)) != NULL; at++)
        found++;
    return found;
}

/* The connection has ended by itself, and everything with it. */
static void expect_closed(void)
{
    settle();
    assert_true(client.is_at_end);
    close(client.fd);
    turn();
    assert_int_equal(client.closed, 1);
    assert_null(host.connections);
    assert_int_equal(host.body_bytes, 0);
    assert_int_equal(host.input.bytes, 0);
}

/* The client goes. */
static void leave(void)
{
    close(client.fd);
    turn();
    assert_int_equal(client.closed, 1);
    assert_null(host.connections);
    assert_int_equal(host.body_bytes, 0);
    assert_int_equal(host.input.bytes, 0);
}

static int begin(void **state)
{
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    budget_table_init(&times, 16, (struct budget_limit){.per_second = 1000000, .burst = 10000000}, 1);
    route = (struct http_route){
        .prefix = "/fake/", .input_max = 65536, .methods = methods, .start = start, .forget = forget};
    host = (struct http_host){.routes = &route, .route_count = 1, .time = &times};
    unfinished_input_init(&host.input, &(struct unfinished_limits){.all = 1 << 20, .address = 1 << 20});
    waits = NULL;
    forgotten = 0;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    http_connections_close_all(&host);
    turn();
    unfinished_input_fini(&host.input);
    budget_table_fini(&times);
    return uv_loop_close(&loop);
}

static void test_requests_are_answered_in_their_order(void **state)
{
    (void)state;
    open_connection();
    say("GET /fake/none HTTP/1.1\r\nHost: x\r\n\r\nGET /fake/later HTTP/1.1\r\nHost: x\r\n\r\nPOST /fake/echo "
        "HTTP/1.1\r\nHost: x\r\nContent-Length: "
        "3\r\n\r\nabcHEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(count("HTTP/1.1 404 "), 1);
    assert_int_equal(count("HTTP/1.1 "), 1); /* the second is not answered, and nothing overtakes it */
    answer_later("later");
    settle();
    assert_int_equal(count("HTTP/1.1 200 "), 4);
    const char *later = strstr(client.got, "later"), *echo = strstr(client.got, "abc"),
               *ok = strstr(client.got, "ok\n");
    assert_true(later < echo && echo < ok);
    assert_int_equal(count("ok\n"), 1); /* the answer to HEAD has no body */
    assert_int_equal(client.asked, 5);
    assert_false(client.is_at_end);
    leave();
}

/* Wherever the bytes of two requests are cut, the answers are the same. */
static void test_a_request_may_come_in_any_two_pieces(void **state)
{
    static const char text[] = "\r\nPOST /fake/echo HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\nhello\r\n"
                               "GET /fake/echo HTTP/1.1\nHost: a\n\n";
    static char expected[sizeof client.got];
    (void)state;
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        open_connection();
        say_bytes(text, cut);
        say_bytes(text + cut, sizeof text - 1 - cut);
        if (cut == 0)
            memcpy(expected, client.got, client.length + 1);
        assert_int_equal(count("HTTP/1.1 200 "), 2);
        assert_string_equal(client.got, expected);
        assert_int_equal(client.asked, 2);
        leave();
    }
}

static void test_a_request_may_come_byte_by_byte(void **state)
{
    static const char text[] =
        "POST /fake/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    (void)state;
    open_connection();
    for (size_t i = 0; i < sizeof text - 1; i++)
        say_bytes(text + i, 1);
    assert_int_equal(count("HTTP/1.1 200 "), 2);
    assert_non_null(strstr(client.got, "hello"));
    leave();
}

static void test_a_large_body_comes_whole(void **state)
{
    static char body[65536];
    (void)state;
    open_connection();
    say("POST /fake/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
    memset(body, 'b', sizeof body);
    say_bytes(body, 60000);
    const char *echoed = strstr(client.got, "\r\n\r\n");
    assert_non_null(echoed);
    assert_int_equal(strspn(echoed + 4, "b"), 60000);
    say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); /* client.got is nearly full: it still gets there */
    assert_int_equal(client.asked, 2);
    leave();
}

static void test_one_who_waits_for_it_is_told_to_go_on(void **state)
{
    (void)state;
    open_connection();
    say("POST /fake/echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_string_equal(client.got, "HTTP/1.1 100 Continue\r\n\r\n");
    say("go");
    assert_int_equal(count("HTTP/1.1 200 "), 1);
    leave();
}

static void test_the_last_answer_closes(void **state)
{
    static const char *const requests[] = {
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: x, Close\r\n\r\n",
        "no request\r\n\r\n",
        "GET /healthz HTTP/2.0\r\n\r\n",
        "POST /fake/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        open_connection();
        say(requests[i]);
        say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); /* dropped */
        assert_int_equal(count("HTTP/1.1 "), 1);
        assert_int_equal(count("connection: close"), 1);
        assert_int_equal(client.asked, 1);
        assert_int_equal(client.closed, 0); /* until the client closes, or for 2 s */
        expect_closed();
    }
}

static void test_one_that_keeps_a_closed_connection_loses_it(void **state)
{
    (void)state;
    open_connection();
    say("GET /healthz HTTP/1.0\r\n\r\n");
    http_connections_check(&host, clock_now() + S);
    assert_int_equal(client.closed, 0);
    http_connections_check(&host, clock_now() + 2 * S);
    expect_closed();
}

/* Its answer comes although the body is still on its way. */
static void test_a_body_that_is_refused_is_dropped(void **state)
{
    static char body[65536];
    (void)state;
    open_connection();
    say("POST /fake/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
    for (int i = 0; i < 10; i++)
        say_bytes(body, sizeof body);
    assert_int_equal(count("HTTP/1.1 413 "), 1);
    assert_int_equal(client.closed, 0);
    while (client.closed == 0) { /* but not without end */
        (void)send(client.fd, body, sizeof body, MSG_NOSIGNAL);
        turn();
    }
    close(client.fd);
}

static void test_headers_have_a_bound(void **state)
{
    static char name[HTTP_HEAD_MAX];
    memset(name, 'n', sizeof name);
    (void)state;
    open_connection();
    say("GET / HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; client.length == 0 && i < 3; i++)
        say_bytes(name, sizeof name);
    assert_int_equal(count("HTTP/1.1 431 "), 1);
    expect_closed();
}

/* As much as one head may have, in one piece with the next. */
static void test_the_largest_head_is_read(void **state)
{
    static char text[2 * HTTP_HEAD_MAX];
    static const char begin_of[] = "GET /healthz HTTP/1.1\r\nHost: x\r\nx: ", end_of[] = "\r\n\r\n";
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < 2; i++) {
        char *head = text + i * HTTP_HEAD_MAX;
        memcpy(head, begin_of, sizeof begin_of - 1);
        memcpy(head + HTTP_HEAD_MAX - (sizeof end_of - 1), end_of, sizeof end_of - 1);
    }
    open_connection();
    say_bytes(text, sizeof text);
    assert_int_equal(count("HTTP/1.1 200 "), 2);
    leave();
}

static void test_silence_within_a_request_ends_it(void **state)
{
    static const char *const texts[] = {
        "G",
        "GET / HTTP/1.1\r\nHost:",
        "POST /fake/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        host.counters.headers_unfinished = 0;
        open_connection();
        usec_t before = clock_now();
        say(texts[i]);
        http_connections_check(&host, before + 2 * S - 1);
        settle();
        assert_int_equal(client.length, 0);
        http_connections_check(&host, clock_now() + 2 * S);
        settle();
        assert_int_equal(count("HTTP/1.1 408 "), 1);
        assert_int_equal(count("HTTP/1.1 "), 1);
        assert_int_equal(host.counters.headers_unfinished, 1);
        expect_closed();
    }
}

static void test_silence_between_requests_ends_quietly(void **state)
{
    (void)state;
    open_connection();
    say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    size_t length = client.length;
    http_connections_check(&host, clock_now() + 19 * S);
    assert_int_equal(client.closed, 0);
    http_connections_check(&host, clock_now() + 20 * S);
    settle();
    assert_int_equal(client.length, length);
    expect_closed();
}

static void test_one_who_says_nothing_is_closed(void **state)
{
    (void)state;
    open_connection();
    http_connections_check(&host, clock_now() + 20 * S);
    assert_int_equal(client.asked, 0);
    assert_int_equal(client.length, 0);
    expect_closed();
}

static void test_an_answer_that_never_comes_is_given_up(void **state)
{
    (void)state;
    open_connection();
    say("GET /fake/later HTTP/1.1\r\nHost: x\r\n\r\n");
    http_connections_check(&host, clock_now() + 19 * S);
    assert_int_equal(forgotten, 0);
    http_connections_check(&host, clock_now() + 20 * S);
    assert_int_equal(forgotten, 1);
    expect_closed();
}

static void test_one_may_leave_while_an_answer_is_awaited(void **state)
{
    (void)state;
    open_connection();
    say("GET /fake/later HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    close(client.fd);
    turn();
    answer_later("too late");
    turn();
    assert_int_equal(client.closed, 1);
    assert_int_equal(host.body_bytes, 0);
}

static void test_a_connection_may_be_closed_while_an_answer_is_awaited(void **state)
{
    (void)state;
    open_connection();
    say("GET /fake/later HTTP/1.1\r\nHost: x\r\n\r\n");
    http_connections_close_all(&host);
    assert_int_equal(forgotten, 1);
    assert_null(waits);
    expect_closed();
}

/* Its side is shut, and it reads on. */
static void test_half_a_connection_gets_its_answers(void **state)
{
    (void)state;
    open_connection();
    (void)send(client.fd, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 68,
               MSG_NOSIGNAL);
    shutdown(client.fd, SHUT_WR);
    settle();
    assert_int_equal(count("ok\n"), 2);
    expect_closed();
}

static void test_one_who_takes_nothing_is_closed(void **state)
{
    (void)state;
    open_connection();
    (void)send(client.fd, "GET /fake/big HTTP/1.1\r\nHost: x\r\n\r\n", 35, MSG_NOSIGNAL);
    turn();
    assert_int_equal(host.body_bytes, BIG);
    http_connections_check(&host, clock_now() + 19 * S);
    assert_int_equal(client.closed, 0);
    http_connections_check(&host, clock_now() + 20 * S);
    assert_int_equal(client.closed, 1);
    assert_int_equal(host.body_bytes, 0);
    close(client.fd);
}

static void test_a_large_answer_comes_whole(void **state)
{
    (void)state;
    open_connection();
    say("GET /fake/big HTTP/1.1\r\nHost: x\r\n\r\n");
    settle();
    assert_non_null(strstr(client.got, "content-length: 8388608"));
    size_t lines = (size_t)(strstr(client.got, "\r\n\r\n") - client.got) + 4;
    assert_int_equal(client.length + client.dropped, lines + BIG);
    leave();
}

static void test_answers_that_wait_have_a_bound(void **state)
{
    (void)state;
    open_connection();
    host.body_bytes = HTTP_BODIES_MAX;
    say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(count("HTTP/1.1 503 "), 1);
    host.body_bytes -= HTTP_BODIES_MAX;
    say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(count("HTTP/1.1 200 "), 1);
    leave();
}

static void test_who_does_not_read_makes_place(void **state)
{
    static struct client deaf[HTTP_BODIES_MAX / BIG];
    const size_t most = sizeof deaf / sizeof *deaf;
    size_t closed = 0;
    (void)state;
    for (size_t i = 0; i < most; i++) {
        open_for(&deaf[i]);
        (void)send(deaf[i].fd, "GET /fake/big HTTP/1.1\r\nHost: x\r\n\r\n", 35, MSG_NOSIGNAL);
        turn();
    }
    open_connection();
    say("GET /fake/big HTTP/1.1\r\nHost: x\r\n\r\n");
    settle();
    assert_int_equal(count("HTTP/1.1 200 "), 1);
    assert_int_equal(host.counters.answers_refused, 0);
    while (closed < most && deaf[closed].closed == 1)
        closed++;
    assert_int_equal(closed, 2); /* the first, and no others */
    assert_int_equal(host.counters.answers_dropped, closed);
    for (size_t i = 0; i < most; i++)
        close(deaf[i].fd);
    leave();
}

static void test_bodies_that_come_have_a_bound(void **state)
{
    (void)state;
    host.input.limits.all = 100;
    open_connection();
    say("POST /fake/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
    assert_int_equal(count("HTTP/1.1 503 "), 1);
    expect_closed();
}

/* What a WebSocket gets: a handshake of ours, and every byte behind the client's. */
static void test_a_socket_is_handed_over_with_what_came_behind(void **state)
{
    static const char frames[] = "\x81\x85\0\0\0\0hello\0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n";
    char text[1024];
    size_t length = (size_t)snprintf(text, sizeof text, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n%s", UPGRADE);
    (void)state;
    memcpy(text + length, frames, sizeof frames);
    length += sizeof frames;
    open_connection();
    (void)send(client.fd, text, length, MSG_NOSIGNAL);
    settle();
    assert_int_equal(count("HTTP/1.1 "), 1); /* what answers the handshake is not here */
    assert_int_equal(client.upgraded, 1);
    assert_int_equal(client.closed, 0);
    assert_null(host.connections);
    size_t own = client.text_length - sizeof frames;
    assert_memory_equal(client.text + own, frames, sizeof frames);
    client.text[own] = '\0';
    assert_non_null(strstr(client.text, "Sec-WebSocket-Key: " KEY "\r\n"));
    assert_null(strstr(client.text, "left out"));
    assert_string_equal(client.text + own - 4, "\r\n\r\n");
    assert_int_equal(send(client.upgraded_fd, "still open", 10, MSG_NOSIGNAL), 10);
    close(client.upgraded_fd);
    close(client.fd);
}

static void test_a_wrong_handshake_is_answered(void **state)
{
    (void)state;
    open_connection();
    say("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
        "12\r\n\r\n\x81\x80");
    assert_int_equal(count("HTTP/1.1 426 "), 1);
    assert_int_equal(client.upgraded, 0);
    assert_int_equal(host.counters.upgrades_refused, 1);
    expect_closed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests_are_answered_in_their_order, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_request_may_come_in_any_two_pieces, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_request_may_come_byte_by_byte, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_large_body_comes_whole, begin, finish),
        cmocka_unit_test_setup_teardown(test_one_who_waits_for_it_is_told_to_go_on, begin, finish),
        cmocka_unit_test_setup_teardown(test_the_last_answer_closes, begin, finish),
        cmocka_unit_test_setup_teardown(test_one_that_keeps_a_closed_connection_loses_it, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_body_that_is_refused_is_dropped, begin, finish),
        cmocka_unit_test_setup_teardown(test_headers_have_a_bound, begin, finish),
        cmocka_unit_test_setup_teardown(test_the_largest_head_is_read, begin, finish),
        cmocka_unit_test_setup_teardown(test_silence_within_a_request_ends_it, begin, finish),
        cmocka_unit_test_setup_teardown(test_silence_between_requests_ends_quietly, begin, finish),
        cmocka_unit_test_setup_teardown(test_one_who_says_nothing_is_closed, begin, finish),
        cmocka_unit_test_setup_teardown(test_an_answer_that_never_comes_is_given_up, begin, finish),
        cmocka_unit_test_setup_teardown(test_one_may_leave_while_an_answer_is_awaited, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_connection_may_be_closed_while_an_answer_is_awaited, begin, finish),
        cmocka_unit_test_setup_teardown(test_half_a_connection_gets_its_answers, begin, finish),
        cmocka_unit_test_setup_teardown(test_one_who_takes_nothing_is_closed, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_large_answer_comes_whole, begin, finish),
        cmocka_unit_test_setup_teardown(test_answers_that_wait_have_a_bound, begin, finish),
        cmocka_unit_test_setup_teardown(test_who_does_not_read_makes_place, begin, finish),
        cmocka_unit_test_setup_teardown(test_bodies_that_come_have_a_bound, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_socket_is_handed_over_with_what_came_behind, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_wrong_handshake_is_answered, begin, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
