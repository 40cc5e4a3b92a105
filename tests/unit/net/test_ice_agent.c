/* libnice's agent behind ice.h: with another of its kind, and with our lite port, on loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/net/agent_intake.h"
#include "transport/net/clock.h"
#include "transport/net/glib_bridge.h"
#include "transport/net/ice_agent.h"
#include "transport/net/ice_lite.h"
#include "transport/net/receive_hook.h"

#define CANDIDATES_MAX 32

struct side {
    struct ice *ice;
    struct ice_credentials local;
    char candidates[CANDIDATES_MAX][ICE_CANDIDATE_MAX];
    unsigned candidate_count, passed, gathered, connected, disconnected, failed;
    unsigned datagrams;
    size_t bytes;
    uint8_t last;
    bool frees_on_datagram;
};

static uv_loop_t loop;
static struct glib_bridge *bridge;
static uv_timer_t limit;
static bool is_late, is_calling;

static void on_limit(uv_timer_t *timer)
{
    (void)timer;
    is_late = true;
}

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    bridge = glib_bridge_new(&loop);
    uv_timer_init(&loop, &limit);
    is_late = false;
    return bridge != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    glib_bridge_free(bridge);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

static void draw(struct ice_credentials *credentials)
{
    random_secure_text(credentials->ufrag, 8);
    random_secure_text(credentials->pwd, 24);
}

static void on_datagram(void *user, uint8_t *data, size_t length, usec_t now)
{
    struct side *side = user;
    assert_false(is_calling);
    assert_non_null(side->ice);
    assert_true(now > 0);
    side->datagrams++;
    side->bytes += length;
    side->last = data[length - 1];
    if (side->frees_on_datagram) {
        ice_free(side->ice);
        side->ice = NULL;
    }
}

static void on_state(void *user, enum ice_state state, usec_t now)
{
    struct side *side = user;
    assert_false(is_calling);
    assert_non_null(side->ice);
    assert_true(now > 0);
    assert_int_equal(ice_get_state(side->ice), state);
    side->connected += state == ICE_CONNECTED;
    side->disconnected += state == ICE_DISCONNECTED;
    side->failed += state == ICE_FAILED;
}

static void on_candidate(void *user, const char *candidate)
{
    struct side *side = user;
    assert_false(is_calling);
    if (candidate == NULL) {
        side->gathered++;
        return;
    }
    assert_true(side->candidate_count < CANDIDATES_MAX);
    strcpy(side->candidates[side->candidate_count++], candidate);
}

static void open_side(struct side *side, bool is_controlling, bool tcp)
{
    memset(side, 0, sizeof *side);
    draw(&side->local);
    struct ice_agent_config config = {
        .is_controlling = is_controlling, .local = side->local, .bind_addresses = {"127.0.0.1"}, .tcp = tcp};
    struct ice_listener listener = {on_datagram, on_state, NULL, on_candidate, side};
    is_calling = true;
    side->ice = ice_agent_new(bridge, &config, &listener);
    is_calling = false;
    assert_non_null(side->ice);
}

/* What one side has found so far goes to the other, as signaling would carry it. */
static void trickle(struct side *from, struct side *to)
{
    while (from->passed < from->candidate_count) {
        int error = ice_add_candidate(to->ice, from->candidates[from->passed++]);
        assert_true(error == 0 || error == ERR_UNSUPPORTED);
    }
}

static bool run_until(bool (*is_done)(struct side *a, struct side *b), struct side *a, struct side *b, unsigned ms)
{
    is_late = false;
    uv_timer_start(&limit, on_limit, ms, 0);
    while (!is_done(a, b) && !is_late) {
        uv_run(&loop, UV_RUN_ONCE);
        is_calling = true;
        if (a->ice != NULL && b->ice != NULL) {
            trickle(a, b);
            trickle(b, a);
        }
        is_calling = false;
    }
    uv_timer_stop(&limit);
    return !is_late;
}

static void exchange_credentials(struct side *a, struct side *b)
{
    is_calling = true;
    assert_int_equal(ice_set_remote(a->ice, &b->local), 0);
    assert_int_equal(ice_set_remote(b->ice, &a->local), 0);
    is_calling = false;
}

static void send_bytes(struct side *side, const char *data, size_t length, size_t segment)
{
    struct ice_message message = {(const uint8_t *)data, length, segment};
    is_calling = true;
    assert_int_equal(ice_send(side->ice, &message, 1), 1);
    is_calling = false;
}

static bool both_connected(struct side *a, struct side *b)
{
    return ice_get_state(a->ice) == ICE_CONNECTED && ice_get_state(b->ice) == ICE_CONNECTED;
}

static bool three_each(struct side *a, struct side *b)
{
    return a->datagrams >= 3 && b->datagrams >= 3;
}

static bool never(struct side *a, struct side *b)
{
    (void)a, (void)b;
    return false;
}

static void expect_exchange(struct side *a, struct side *b)
{
    a->datagrams = b->datagrams = 0;
    a->bytes = b->bytes = 0;
    send_bytes(a, "hello", 5, 0);
    send_bytes(a, "abcde", 5, 3);
    send_bytes(b, "x", 1, 0);
    send_bytes(b, "abcd", 4, 2);
    assert_true(run_until(three_each, a, b, 2000));
    assert_int_equal(b->bytes, 10);
    assert_int_equal(a->bytes, 5);
    assert_int_equal(b->last, 'e');
    assert_int_equal(a->last, 'd');
}

static void connect_two(struct side *a, struct side *b)
{
    open_side(a, true, false);
    open_side(b, false, false);
    assert_int_equal(ice_get_state(a->ice), ICE_NEW);
    assert_string_equal(ice_path_kind(a->ice), "");
    struct ice_message early = {(const uint8_t *)"x", 1, 0};
    assert_int_equal(ice_send(a->ice, &early, 1), 0);
    exchange_credentials(a, b);
    usec_t before = clock_now();
    assert_true(run_until(both_connected, a, b, 5000));
    print_message("connected after %d ms\n", (int)((clock_now() - before) / USEC_PER_MSEC));
}

static void two_agents_connect_and_talk(void **state)
{
    (void)state;
    struct side a, b;
    connect_two(&a, &b);
    assert_string_equal(ice_path_kind(a.ice), "udp");
    assert_true(a.candidate_count >= 1);
    assert_memory_equal(a.candidates[0], "candidate:", 10);
    expect_exchange(&a, &b);
    run_until(never, &a, &b, 300);
    assert_int_equal(a.gathered, 1);
    assert_int_equal(a.connected, 1);
    assert_int_equal(a.disconnected + a.failed + b.disconnected + b.failed, 0);
    ice_free(a.ice);
    ice_free(b.ice);
}

/* Whoever sends to an agent's port, checks above the budget are dropped unread; so are datagrams of the peer. */
static void a_flood_is_dropped_and_counted(void **state)
{
    (void)state;
    struct side a, b;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static const uint8_t check[20] = {0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42};
    const struct agent_intake *intake = glib_bridge_intake(bridge);
    assert_true(receive_hook_works());
    connect_two(&a, &b);
    unsigned port = 0;
    assert_int_equal(sscanf(b.candidates[0], "candidate:%*s %*s %*s %*s %*s %u", &port), 1);
    to.sin_port = htons((uint16_t)port);
    int stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(sendto(stranger, check, sizeof check, 0, (struct sockaddr *)&to, sizeof to), sizeof check);
        if (i % 100 == 99)
            uv_run(&loop, UV_RUN_NOWAIT);
    }
    run_until(never, &a, &b, 100);
    assert_in_range(intake->checks_over_budget, 3500, 4000);
    assert_int_equal(intake->datagrams_over_budget, 0);
    unsigned sent = 0; /* a process that gets little of the processor may be too slow for the budget at times */
    for (int turn = 0; turn < 20 && intake->datagrams_over_budget == 0; turn++) {
        for (int i = 0; i < 12000; i++, sent++) {
            send_bytes(&a, "x", 1, 0);
            if (i % 100 == 99)
                uv_run(&loop, UV_RUN_NOWAIT);
        }
        run_until(never, &a, &b, 100);
        assert_int_equal(b.datagrams + intake->datagrams_over_budget, sent);
    }
    assert_true(intake->datagrams_over_budget > 0);
    expect_exchange(&a, &b);
    close(stranger);
    ice_free(a.ice);
    ice_free(b.ice);
}

/* Of UDP; 0: it is something else. */
static int receive_buffer_of(int fd)
{
    int type = 0, family = 0, size = 0;
    socklen_t length = sizeof type;
    (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_DGRAM || family != AF_INET)
        return 0;
    (void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length);
    return size;
}

/* Else a client that gets no CPU for a moment loses packets. */
static void its_sockets_have_as_much_room_as_the_system_allows(void **state)
{
    (void)state;
    struct side a, b;
    int size = 1 << 20, sockets = 0, plain = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(setsockopt(plain, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    int expected = receive_buffer_of(plain);
    close(plain);
    connect_two(&a, &b);
    for (int fd = 3; fd < 256; fd++) {
        int found = receive_buffer_of(fd);
        sockets += found > 0;
        assert_true(found == 0 || found >= expected);
    }
    assert_true(sockets >= 2);
    ice_free(a.ice);
    ice_free(b.ice);
}

static void restart_both(struct side *a, struct side *b)
{
    struct side *sides[] = {a, b};
    for (int i = 0; i < 2; i++) {
        draw(&sides[i]->local);
        sides[i]->candidate_count = sides[i]->passed = sides[i]->gathered = 0;
        is_calling = true;
        assert_int_equal(ice_set_local(sides[i]->ice, &sides[i]->local), 0);
        is_calling = false;
    }
    exchange_credentials(a, b);
}

static bool both_gathered(struct side *a, struct side *b)
{
    return a->gathered == 1 && b->gathered == 1;
}

/* The old path carries on, then the new one: the listener sees no gap. */
static void a_restart_keeps_the_path_until_the_new_one_works(void **state)
{
    (void)state;
    struct side a, b;
    connect_two(&a, &b);
    for (int round = 0; round < 3; round++) {
        restart_both(&a, &b);
        expect_exchange(&a, &b);
        assert_true(run_until(both_gathered, &a, &b, 5000));
        run_until(never, &a, &b, 500);
        expect_exchange(&a, &b);
        assert_int_equal(a.connected, 1);
        assert_int_equal(a.disconnected + a.failed + b.disconnected + b.failed, 0);
    }
    ice_free(a.ice);
    ice_free(b.ice);
}

static void the_same_credentials_are_no_restart(void **state)
{
    (void)state;
    struct side a, b;
    connect_two(&a, &b);
    run_until(never, &a, &b, 100);
    unsigned candidates = a.candidate_count;
    assert_int_equal(ice_set_local(a.ice, &a.local), 0);
    exchange_credentials(&a, &b);
    run_until(never, &a, &b, 200);
    assert_int_equal(a.candidate_count, candidates);
    assert_int_equal(a.gathered, 1);
    ice_free(a.ice);
    ice_free(b.ice);
}

static bool a_disconnected(struct side *a, struct side *b)
{
    (void)b;
    return ice_get_state(a->ice) == ICE_DISCONNECTED;
}

static bool a_reconnected(struct side *a, struct side *b)
{
    (void)b;
    return ice_get_state(a->ice) == ICE_CONNECTED;
}

static void a_peer_that_falls_silent_is_noticed_and_a_restart_mends_it(void **state)
{
    (void)state;
    struct side a, b;
    connect_two(&a, &b);
    send_bytes(&b, "abcdefgh", 8, 1);
    run_until(never, &a, &b, 1000);
    assert_int_equal(a.datagrams, 8);
    ice_free(b.ice);
    b.ice = NULL;
    assert_true(run_until(a_disconnected, &a, &b, 8000));
    open_side(&b, false, false);
    draw(&a.local);
    a.candidate_count = a.passed = 0;
    assert_int_equal(ice_set_local(a.ice, &a.local), 0);
    exchange_credentials(&a, &b);
    assert_true(run_until(a_reconnected, &a, &b, 5000));
    assert_true(run_until(both_connected, &a, &b, 5000));
    expect_exchange(&a, &b);
    ice_free(a.ice);
    ice_free(b.ice);
}

/* What flowed ended, as the last reports show: the path is as good as before. */
static void a_flow_that_ends_with_reports_is_no_silence(void **state)
{
    (void)state;
    struct side a, b;
    connect_two(&a, &b);
    send_bytes(&b, "abcdefgh", 8, 1);
    for (int i = 0; i < 3; i++) {
        run_until(never, &a, &b, 1000);
        send_bytes(&b, "a", 1, 1);
    }
    assert_false(run_until(a_disconnected, &a, &b, 7000));
    ice_free(a.ice);
    ice_free(b.ice);
}

static bool b_is_gone(struct side *a, struct side *b)
{
    (void)a;
    return b->ice == NULL;
}

static void may_be_freed_by_its_listener(void **state)
{
    (void)state;
    struct side a, b;
    connect_two(&a, &b);
    b.frees_on_datagram = true;
    send_bytes(&a, "abcdef", 6, 1);
    assert_true(run_until(b_is_gone, &a, &b, 2000));
    run_until(never, &a, &b, 100);
    assert_int_equal(b.datagrams, 1);
    ice_free(a.ice);
}

static void may_be_freed_before_the_loop_ran(void **state)
{
    (void)state;
    struct side a;
    open_side(&a, true, false);
    ice_free(a.ice);
}

static void judges_candidates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int expected;
    } cases[] = {
        {"candidate:1 1 UDP 2122260223 192.0.2.7 5000 typ host", 0},
        {"candidate:1 1 udp 2122260223 2001:db8::7 5000 typ host generation 0 ufrag abcd network-cost 10", 0},
        {"candidate:2 1 udp 1686052607 198.51.100.3 6000 typ srflx raddr 0.0.0.0 rport 0", 0},
        {"candidate:3 1 udp 41885439 198.51.100.4 7000 typ relay raddr 0.0.0.0 rport 0", 0},
        {"", 0},
        {"candidate:1 1 udp 2122260223 9ed3ba20-2e2c-41b9-a6a6-1a2b3c4d5e6f.local 5000 typ host", ERR_UNSUPPORTED},
        {"candidate:1 1 udp 2122260223 host.example.org 5000 typ host", ERR_UNSUPPORTED},
        {"candidate:1 1 udp 2122260223 fe80::1%eth0 5000 typ host", ERR_UNSUPPORTED},
        {"candidate:1 2 udp 2122260223 192.0.2.7 5000 typ host", ERR_UNSUPPORTED},
        {"candidate:1 1 tcp 1518280447 192.0.2.7 9 typ host tcptype active", ERR_UNSUPPORTED},
        {"candidate:1 1 sctp 1518280447 192.0.2.7 9 typ host", ERR_UNSUPPORTED},
        {"candidate:1 1 udp 2122260223 192.0.2.7 99999 typ host", ERR_INVALID},
        {"candidate:1 1 udp 2122260223 192.0.2.7 5000", ERR_INVALID},
        {"candidate:1 1 udp 2122260223 192.0.2.7 5000 typ nonsense", ERR_INVALID},
        {"candidate:1 1 udp 2122260223 192.0.2.7 5000 typ host\r\na=x", ERR_INVALID},
        {"candidate:", ERR_INVALID},
        {"a=candidate:1 1 UDP 2122260223 192.0.2.7 5000 typ host", ERR_INVALID},
        {"nonsense", ERR_INVALID},
    };
    struct side a;
    open_side(&a, true, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int error = ice_add_candidate(a.ice, cases[i].text);
        if (error != cases[i].expected)
            fail_msg("\"%s\": %d", cases[i].text, error);
    }
    ice_free(a.ice);
}

static void takes_so_many_candidates_and_no_more(void **state)
{
    (void)state;
    struct side a;
    open_side(&a, true, false);
    int error = 0;
    unsigned taken = 0;
    for (unsigned i = 0; i < 200 && error == 0; i++, taken += error == 0) {
        char text[128];
        snprintf(text, sizeof text, "candidate:%u 1 udp 2122260223 192.0.2.7 %u typ host", i, 5000 + i);
        error = ice_add_candidate(a.ice, text);
    }
    assert_int_equal(error, ERR_LIMIT);
    assert_int_equal(taken, 25);
    ice_free(a.ice);
}

static void relay_only_shows_no_own_address(void **state)
{
    (void)state;
    struct side a;
    memset(&a, 0, sizeof a);
    draw(&a.local);
    struct ice_agent_config config = {
        .is_controlling = true, .relay_only = true, .local = a.local, .bind_addresses = {"127.0.0.1"}};
    struct ice_listener listener = {on_datagram, on_state, NULL, on_candidate, &a};
    a.ice = ice_agent_new(bridge, &config, &listener);
    run_until(never, &a, &a, 300);
    assert_int_equal(a.candidate_count, 0);
    assert_int_equal(a.gathered, 1);
    ice_free(a.ice);
}

static void a_server_of_unknown_name_is_left_out(void **state)
{
    (void)state;
    struct side a;
    memset(&a, 0, sizeof a);
    draw(&a.local);
    struct ice_server server = {.host = "no-such-host.invalid", .port = 3478};
    struct ice_agent_config config = {
        .local = a.local, .bind_addresses = {"127.0.0.1"}, .servers = &server, .server_count = 1};
    struct ice_listener listener = {on_datagram, on_state, NULL, on_candidate, &a};
    struct ice *freed_early = ice_agent_new(bridge, &config, &listener);
    ice_free(freed_early);
    a.ice = ice_agent_new(bridge, &config, &listener);
    for (int i = 0; i < 100 && a.gathered == 0; i++)
        run_until(never, &a, &a, 100);
    assert_int_equal(a.gathered, 1);
    assert_true(a.candidate_count >= 1);
    ice_free(a.ice);
}

static void open_client_and_lite(struct side *client, struct side *lite, struct ice_port *port)
{
    open_side(client, true, true);
    ice_agent_set_remote_lite(client->ice);
    memset(lite, 0, sizeof *lite);
    draw(&lite->local);
    struct ice_listener listener = {on_datagram, on_state, NULL, on_candidate, lite};
    assert_int_equal(ice_lite_new(&lite->ice, port, &lite->local, &listener, clock_now()), 0);
}

/* Against our lite port, by UDP and by TCP, and a restart over it. */
static void connect_to_lite(bool udp)
{
    struct ice_port *port;
    char why[ICE_PORT_WHY_MAX];
    struct ice_port_config config = {.bind_address = "127.0.0.1",
                                     .advertised = {"127.0.0.1"},
                                     .udp = udp,
                                     .tcp = !udp,
                                     .consent_timeout = 30 * USEC_PER_SEC};
    assert_int_equal(ice_port_new(&port, &loop, &config, why), 0);
    struct side client, lite;
    open_client_and_lite(&client, &lite, port);
    for (int round = 0; round < 2; round++) {
        if (round == 1) {
            draw(&lite.local);
            assert_int_equal(ice_set_local(lite.ice, &lite.local), 0);
            draw(&client.local);
            assert_int_equal(ice_set_local(client.ice, &client.local), 0);
            client.passed = client.candidate_count; /* a lite side has no use for them */
        }
        lite.passed = 0;
        lite.candidate_count = (unsigned)ice_port_candidates(port, lite.candidates, CANDIDATES_MAX);
        assert_true(lite.candidate_count >= 1);
        exchange_credentials(&client, &lite);
        assert_true(run_until(both_connected, &client, &lite, 5000));
        run_until(never, &client, &lite, 500);
        assert_string_equal(ice_path_kind(client.ice), udp ? "udp" : "tcp");
        send_bytes(&client, "\x80\x81\x82", 3, 1);
        send_bytes(&lite, "\x80\x81\x82", 3, 1);
        ice_port_flush(port);
        assert_true(run_until(three_each, &client, &lite, 2000));
        client.datagrams = lite.datagrams = 0;
    }
    assert_int_equal(client.disconnected + client.failed + lite.disconnected + lite.failed, 0);
    ice_free(client.ice);
    ice_free(lite.ice);
    ice_port_free(port);
}

static bool all_came(struct side *client, struct side *lite)
{
    (void)lite;
    return client->datagrams >= 2000;
}

/* 2 MB at once are more than a stream's budget: they come nevertheless, a part of them later. */
static void a_stream_that_brings_much_has_to_wait_and_loses_nothing(void **state)
{
    (void)state;
    struct ice_port *port;
    char why[ICE_PORT_WHY_MAX];
    static char data[1000];
    struct ice_port_config config = {
        .bind_address = "127.0.0.1", .advertised = {"127.0.0.1"}, .tcp = true, .consent_timeout = 30 * USEC_PER_SEC};
    assert_int_equal(ice_port_new(&port, &loop, &config, why), 0);
    struct side client, lite;
    open_client_and_lite(&client, &lite, port);
    lite.candidate_count = (unsigned)ice_port_candidates(port, lite.candidates, CANDIDATES_MAX);
    exchange_credentials(&client, &lite);
    assert_true(run_until(both_connected, &client, &lite, 5000));
    run_until(never, &client, &lite, 500);
    memset(data, 0x80, sizeof data);
    usec_t begun = clock_now();
    for (unsigned i = 0; i < 2000; i++) {
        send_bytes(&lite, data, sizeof data, 0);
        ice_port_flush(port);
        if (i % 10 == 9)
            uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_true(run_until(all_came, &client, &lite, 5000));
    assert_int_equal(client.datagrams, 2000);
    assert_true(clock_now() - begun > usec_from_ms(150)); /* 1 MB at once, then 4 MB a second */
    ice_free(client.ice);
    ice_free(lite.ice);
    ice_port_free(port);
}

static void connects_to_a_lite_port_by_udp(void **state)
{
    (void)state;
    connect_to_lite(true);
}

static void connects_to_a_lite_port_by_tcp(void **state)
{
    (void)state;
    connect_to_lite(false);
}

/* A socket that is there and never says a word; *port is its own. */
static int open_silent(int type, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, type, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_true(type == SOCK_DGRAM || listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* A check that nobody answers takes libnice two seconds. Another path that works does not wait for it. */
static void a_tcp_path_of_a_lite_port_waits_for_no_other(void **state)
{
    (void)state;
    struct ice_port *port;
    char why[ICE_PORT_WHY_MAX];
    uint16_t udp, tcp;
    int silent_udp = open_silent(SOCK_DGRAM, &udp), silent_tcp = open_silent(SOCK_STREAM, &tcp);
    struct ice_port_config config = {
        .bind_address = "127.0.0.1", .advertised = {"127.0.0.1"}, .tcp = true, .consent_timeout = 30 * USEC_PER_SEC};
    assert_int_equal(ice_port_new(&port, &loop, &config, why), 0);
    struct side client, lite;
    open_client_and_lite(&client, &lite, port);
    snprintf(lite.candidates[0], ICE_CANDIDATE_MAX, "candidate:1 1 udp 2130706431 127.0.0.1 %u typ host", udp);
    snprintf(lite.candidates[1], ICE_CANDIDATE_MAX,
             "candidate:2 1 tcp 1518280447 127.0.0.1 %u typ host tcptype passive", tcp);
    lite.candidate_count = 2 + (unsigned)ice_port_candidates(port, lite.candidates + 2, CANDIDATES_MAX - 2);
    assert_int_equal(lite.candidate_count, 3);
    exchange_credentials(&client, &lite);
    assert_true(run_until(both_connected, &client, &lite, 1900)); /* 100 ms on a machine with nothing else to do */
    assert_string_equal(ice_path_kind(client.ice), "tcp");
    assert_int_equal(client.disconnected + client.failed + lite.disconnected + lite.failed, 0);
    ice_free(client.ice);
    ice_free(lite.ice);
    ice_port_free(port);
    close(silent_udp);
    close(silent_tcp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_agents_connect_and_talk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_is_dropped_and_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_sockets_have_as_much_room_as_the_system_allows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_keeps_the_path_until_the_new_one_works, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_credentials_are_no_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(may_be_freed_by_its_listener, set_up, tear_down),
        cmocka_unit_test_setup_teardown(may_be_freed_before_the_loop_ran, set_up, tear_down),
        cmocka_unit_test_setup_teardown(judges_candidates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_so_many_candidates_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(relay_only_shows_no_own_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_of_unknown_name_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connects_to_a_lite_port_by_udp, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connects_to_a_lite_port_by_tcp, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_that_brings_much_has_to_wait_and_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_tcp_path_of_a_lite_port_waits_for_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flow_that_ends_with_reports_is_no_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_peer_that_falls_silent_is_noticed_and_a_restart_mends_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
