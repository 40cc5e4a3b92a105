/* The whole port on loopback: real sockets, a libuv loop, checks made with libnice's message functions. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "tests/unit/net/checks.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/net/clock.h"
#include "transport/net/ice_lite.h"

#define WAIT_MS 3000

struct heard {
    enum ice_state state;
    int state_calls, datagrams, bytes;
    uint8_t last[2000];
    size_t last_length;
    struct ice **free_on_datagram, **free_on_state;
};

struct fixture {
    uv_loop_t loop;
    uv_timer_t waker; /* bounds each turn of the loop */
    struct ice_port *port;
    struct ice *ice;
    struct heard heard;
    int batches;
    unsigned answered; /* requests of the port, which its clients answered */
    int fd;            /* a client's socket */
    StunAgent agent;
};

static void on_datagram(void *user, uint8_t *data, size_t length, usec_t now)
{
    struct heard *heard = user;
    (void)now;
    heard->datagrams++;
    heard->bytes += (int)length;
    heard->last_length = length < sizeof heard->last ? length : sizeof heard->last;
    memcpy(heard->last, data, heard->last_length);
    memset(data, 0, length);
    if (heard->free_on_datagram != NULL) {
        ice_free(*heard->free_on_datagram);
        *heard->free_on_datagram = NULL;
        heard->free_on_datagram = NULL;
    }
}

static void on_state(void *user, enum ice_state state, usec_t now)
{
    struct heard *heard = user;
    (void)now;
    heard->state = state;
    heard->state_calls++;
    if (heard->free_on_state != NULL) {
        ice_free(*heard->free_on_state);
        *heard->free_on_state = NULL;
        heard->free_on_state = NULL;
    }
}

static void on_batch_end(void *user, usec_t now)
{
    (void)now;
    ((struct fixture *)user)->batches++;
}

static void on_waker(uv_timer_t *timer)
{
    (void)timer;
}

static struct ice_listener listen_with(struct heard *heard)
{
    return (struct ice_listener){.datagram = on_datagram, .state = on_state, .user = heard};
}

static void open_port(struct fixture *f, usec_t consent_timeout)
{
    char why[ICE_PORT_WHY_MAX];
    struct ice_port_config config = {
        .advertised = {"127.0.0.1", "::1"},
        .udp = true,
        .tcp = true,
        .consent_timeout = consent_timeout,
        .batch_end = on_batch_end,
        .user = f,
    };
    struct ice_listener listener = listen_with(&f->heard);
    assert_int_equal(ice_port_new(&f->port, &f->loop, &config, why), 0);
    assert_int_equal(ice_lite_new(&f->ice, f->port, &server_a, &listener, clock_now()), 0);
    assert_int_equal(ice_set_remote(f->ice, &client_a), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->fd = -1;
    uv_loop_init(&f->loop);
    uv_timer_init(&f->loop, &f->waker);
    uv_timer_start(&f->waker, on_waker, 5, 5);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ice_free(f->ice);
    ice_port_free(f->port);
    uv_close((uv_handle_t *)&f->waker, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    int result = uv_loop_close(&f->loop);
    if (f->fd >= 0)
        close(f->fd);
    free(f);
    return result;
}

static int open_client(const struct fixture *f, int type, const char *ip)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(ice_port_number(f->port))};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six.sin6_port};
    bool is_four = inet_pton(AF_INET, ip, &four.sin_addr) == 1;
    if (!is_four)
        assert_int_equal(inet_pton(AF_INET6, ip, &six.sin6_addr), 1);
    int fd = socket(is_four ? AF_INET : AF_INET6, type, 0);
    assert_int_equal(
        connect(fd, is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six, is_four ? sizeof four : sizeof six),
        0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void answer_request(struct fixture *f, int fd, const uint8_t *request, size_t length, bool is_framed)
{
    uint8_t framed[1502];
    size_t size = make_answer(&client_a, request, length, framed + 2, sizeof framed - 2);
    assert_true(size > 0);
    put_u16(framed, (uint16_t)size);
    assert_true(send(fd, is_framed ? framed : framed + 2, is_framed ? size + 2 : size, MSG_NOSIGNAL) > 0);
    f->answered++;
}

/* Runs the loop until something comes back on `fd`; 0: nothing did in `ms`. */
static size_t receive(struct fixture *f, int fd, uint8_t *out, size_t capacity, int ms)
{
    usec_t end = clock_now() + usec_from_ms(ms);
    while (clock_now() < end) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        ssize_t got = recv(fd, out, capacity, MSG_DONTWAIT);
        if (got >= 0)
            return (size_t)got;
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        poll(&wait, 1, 1);
    }
    return 0;
}

static void run_for(struct fixture *f, int ms)
{
    usec_t end = clock_now() + usec_from_ms(ms);
    while (clock_now() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
}

#define RUN_UNTIL(f, condition)                                                                                        \
    do {                                                                                                               \
        usec_t end_ = clock_now() + usec_from_ms(WAIT_MS);                                                             \
        while (!(condition) && clock_now() < end_)                                                                     \
            uv_run(&(f)->loop, UV_RUN_ONCE);                                                                           \
        assert_true(condition);                                                                                        \
    } while (0)

/* A request that was sent again is answered again, and the second answer counts for nothing. */
static uint64_t answers_taken(struct fixture *f)
{
    const struct ice_port_stats *stats = ice_port_get_stats(f->port);
    return stats->proofs + stats->bad_answers;
}

static bool check_answered(struct fixture *f, int fd, struct check check, int ms)
{
    uint8_t data[1500];
    struct sockaddr_storage mapped, own;
    socklen_t length = sizeof own;
    if (check.to == NULL)
        check.to = &server_a;
    size_t size = make_check(&check, &f->agent, data, sizeof data);
    assert_int_equal(send(fd, data, size, 0), size);
    while ((size = receive(f, fd, data, sizeof data, ms)) > 0 && is_request(data, size))
        answer_request(f, fd, data, size, false);
    if (size == 0 || !reply_is_success(&f->agent, data, size, &mapped))
        return false;
    getsockname(fd, (struct sockaddr *)&own, &length);
    assert_int_equal(mapped.ss_family, own.ss_family);
    assert_int_equal(((struct sockaddr_in *)&mapped)->sin_port, ((struct sockaddr_in *)&own)->sin_port);
    RUN_UNTIL(f, answers_taken(f) == f->answered);
    return true;
}

static size_t frame_it(uint8_t *out, const uint8_t *data, size_t length)
{
    put_u16(out, (uint16_t)length);
    memcpy(out + 2, data, length);
    return length + 2;
}

static void a_checked_client_exchanges_datagrams(void **state)
{
    struct fixture *f = *state;
    static const char *const ips[] = {"127.0.0.1", "::1"};
    open_port(f, 0);
    for (int i = 0; i < 2; i++) {
        uint8_t dtls[1400] = {22, 1}, back[5000];
        int fd = open_client(f, SOCK_DGRAM, ips[i]);
        assert_true(check_answered(f, fd, (struct check){.use_candidate = true}, WAIT_MS));
        assert_int_equal(f->heard.state, ICE_CONNECTED);
        assert_string_equal(ice_path_kind(f->ice), "udp");
        f->heard.datagrams = 0;
        send(fd, dtls, sizeof dtls, 0);
        RUN_UNTIL(f, f->heard.datagrams == 1);
        assert_int_equal(f->heard.last_length, sizeof dtls);
        assert_int_equal(f->heard.last[0], 22);
        struct ice_message messages[] = {{dtls, 100, 0}, {dtls, 1000, 300}};
        assert_int_equal(ice_send(f->ice, messages, 2), 2);
        ice_port_flush(f->port);
        static const size_t expected[] = {100, 300, 300, 300, 100};
        for (int k = 0; k < 5; k++)
            assert_int_equal(receive(f, fd, back, sizeof back, WAIT_MS), expected[k]);
        close(fd);
    }
    assert_int_equal(f->heard.state_calls, 1);
    assert_true(f->batches >= 4);
    const struct ice_port_stats *stats = ice_port_get_stats(f->port);
    assert_int_equal(stats->checks, 2);
    assert_int_equal(stats->proofs, 2);
    assert_int_equal(stats->datagrams, 6);
    assert_int_equal(stats->sent_datagrams, 14);
}

static void bad_input_is_counted_and_not_answered(void **state)
{
    struct fixture *f = *state;
    uint8_t data[1500] = {0};
    char longest[580];
    snprintf(longest, sizeof longest, "%s:%0560d", server_a.ufrag, 1);
    open_port(f, 0);
    f->fd = open_client(f, SOCK_DGRAM, "127.0.0.1");
    assert_false(check_answered(f, f->fd, (struct check){.pwd = "not the password at all"}, 50));
    assert_false(check_answered(f, f->fd, (struct check){.no_integrity = true}, 50));
    assert_false(check_answered(f, f->fd, (struct check){.username = longest}, 50));
    assert_false(check_answered(f, f->fd, (struct check){.to = &server_b}, 50));
    send(f->fd, data, 0, 0);
    send(f->fd, data, 1, 0);
    send(f->fd, data, sizeof data, 0);
    data[0] = 22;
    send(f->fd, data, 100, 0);
    data[0] = 128;
    send(f->fd, data, 100, 0);
    run_for(f, 50);
    const struct ice_port_stats *stats = ice_port_get_stats(f->port);
    assert_int_equal(stats->bad_checks, 3);
    assert_int_equal(stats->unknown_ufrag, 1);
    assert_int_equal(stats->malformed, 3);
    assert_int_equal(stats->unknown_source, 2);
    assert_int_equal(stats->checks, 0);
    assert_int_equal(stats->sent_datagrams, 0);
    assert_int_equal(f->heard.datagrams + f->heard.state_calls, 0);
    struct ice_message message = {data, 100, 0};
    assert_int_equal(ice_send(f->ice, &message, 1), 0);
    assert_string_equal(ice_path_kind(f->ice), "");
}

static void a_moved_client_is_followed(void **state)
{
    struct fixture *f = *state;
    uint8_t data[100] = {128};
    open_port(f, 0);
    f->fd = open_client(f, SOCK_DGRAM, "127.0.0.1");
    assert_true(check_answered(f, f->fd, (struct check){.use_candidate = true}, WAIT_MS));
    int moved = open_client(f, SOCK_DGRAM, "127.0.0.1");
    assert_true(check_answered(f, moved, (struct check){.use_candidate = true}, WAIT_MS));
    struct ice_message message = {data, sizeof data, 0};
    ice_send(f->ice, &message, 1);
    ice_port_flush(f->port);
    assert_int_equal(receive(f, moved, data, sizeof data, WAIT_MS), sizeof data);
    assert_int_equal(f->heard.state_calls, 1);
    close(moved);
}

static void a_restart_takes_over_when_it_is_checked(void **state)
{
    struct fixture *f = *state;
    struct ice *second = NULL;
    struct ice_listener listener = listen_with(&f->heard);
    open_port(f, 0);
    f->fd = open_client(f, SOCK_DGRAM, "127.0.0.1");
    assert_true(check_answered(f, f->fd, (struct check){.use_candidate = true}, WAIT_MS));
    assert_int_equal(ice_set_local(f->ice, &server_b), 0);
    assert_int_equal(ice_set_remote(f->ice, &client_a), 0);
    assert_int_equal(ice_add_candidate(f->ice, "candidate:1 1 udp 1 192.0.2.1 9 typ host"), 0);
    assert_int_equal(ice_lite_new(&second, f->port, &server_b, &listener, clock_now()), ERR_DUPLICATE);
    assert_true(check_answered(f, f->fd, (struct check){0}, WAIT_MS));
    assert_true(check_answered(f, f->fd, (struct check){.to = &server_b, .use_candidate = true}, WAIT_MS));
    assert_false(check_answered(f, f->fd, (struct check){0}, 50));
    assert_int_equal(f->heard.state_calls, 1);
}

static void consent_expires(void **state)
{
    struct fixture *f = *state;
    open_port(f, 1200 * USEC_PER_MSEC); /* long enough to answer in time, between the two states, on a busy machine */
    f->fd = open_client(f, SOCK_DGRAM, "127.0.0.1");
    assert_true(check_answered(f, f->fd, (struct check){.use_candidate = true}, WAIT_MS));
    RUN_UNTIL(f, f->heard.state == ICE_DISCONNECTED);
    assert_true(check_answered(f, f->fd, (struct check){0}, WAIT_MS));
    assert_int_equal(f->heard.state, ICE_CONNECTED);
    f->heard.free_on_state = NULL;
    RUN_UNTIL(f, f->heard.state == ICE_FAILED);
    assert_int_equal(ice_get_state(f->ice), ICE_FAILED);
    assert_false(check_answered(f, f->fd, (struct check){0}, 50));
}

static void a_session_may_be_freed_by_its_listener(void **state)
{
    struct fixture *f = *state;
    uint8_t data[100] = {128};
    struct ice_listener listener = listen_with(&f->heard);
    open_port(f, 0);
    f->heard.free_on_state = &f->ice;
    f->fd = open_client(f, SOCK_DGRAM, "127.0.0.1");
    assert_true(check_answered(f, f->fd, (struct check){.use_candidate = true}, WAIT_MS));
    assert_null(f->ice);
    assert_int_equal(ice_lite_new(&f->ice, f->port, &server_a, &listener, clock_now()), 0);
    assert_int_equal(ice_set_remote(f->ice, &client_a), 0);
    assert_true(check_answered(f, f->fd, (struct check){.use_candidate = true}, WAIT_MS));
    f->heard.free_on_datagram = &f->ice;
    for (int i = 0; i < 5; i++)
        send(f->fd, data, sizeof data, 0);
    run_for(f, 50);
    assert_int_equal(f->heard.datagrams, 1);
    assert_int_equal(ice_port_get_stats(f->port)->unknown_source, 4);
}

/* One frame with its length before it; 0: none came. */
static size_t receive_frame(struct fixture *f, int fd, uint8_t out[1502], int ms)
{
    size_t got = 0;
    while (got < 2 || got < 2 + (size_t)get_u16(out)) {
        size_t wanted = got < 2 ? 2 : 2 + (size_t)get_u16(out);
        size_t more = receive(f, fd, out + got, wanted - got, ms);
        if (more == 0)
            return 0;
        got += more;
    }
    return got;
}

static bool tcp_check_answered(struct fixture *f, int fd, struct check check, int ms)
{
    uint8_t data[1500], framed[1502];
    struct sockaddr_storage mapped;
    if (check.to == NULL)
        check.to = &server_a;
    size_t size = make_check(&check, &f->agent, data, sizeof data);
    size = frame_it(framed, data, size);
    assert_int_equal(send(fd, framed, 5, MSG_NOSIGNAL), 5); /* in two pieces */
    run_for(f, 10);
    assert_int_equal(send(fd, framed + 5, size - 5, MSG_NOSIGNAL), size - 5);
    bool is_answered = false;
    while (!is_answered && (size = receive_frame(f, fd, framed, ms)) > 0) {
        if (is_request(framed + 2, size - 2))
            answer_request(f, fd, framed + 2, size - 2, true);
        else
            is_answered = reply_is_success(&f->agent, framed + 2, size - 2, &mapped);
    }
    RUN_UNTIL(f, answers_taken(f) == f->answered);
    return is_answered;
}

static void datagrams_travel_over_tcp(void **state)
{
    struct fixture *f = *state;
    uint8_t dtls[1200] = {22, 3}, framed[5000];
    open_port(f, 0);
    int fd = open_client(f, SOCK_STREAM, "127.0.0.1");
    assert_true(tcp_check_answered(f, fd, (struct check){.use_candidate = true}, WAIT_MS));
    assert_int_equal(f->heard.state, ICE_CONNECTED);
    assert_string_equal(ice_path_kind(f->ice), "tcp");
    size_t size = frame_it(framed, dtls, sizeof dtls);
    size += frame_it(framed + size, dtls, 500);
    assert_int_equal(send(fd, framed, size, MSG_NOSIGNAL), size);
    RUN_UNTIL(f, f->heard.datagrams == 2);
    assert_int_equal(f->heard.bytes, 1700);
    struct ice_message message = {dtls, 700, 300};
    assert_int_equal(ice_send(f->ice, &message, 1), 1);
    ice_port_flush(f->port);
    size_t got = 0;
    while (got < 706)
        got += receive(f, fd, framed + got, sizeof framed - got, WAIT_MS);
    assert_int_equal(got, 706);
    assert_int_equal(get_u16(framed), 300);
    assert_int_equal(get_u16(framed + 302), 300);
    assert_int_equal(get_u16(framed + 604), 100);
    close(fd);
    RUN_UNTIL(f, f->heard.state == ICE_DISCONNECTED);
    assert_int_equal(ice_send(f->ice, &message, 1), 0);
    fd = open_client(f, SOCK_STREAM, "::1");
    assert_true(tcp_check_answered(f, fd, (struct check){.use_candidate = true}, WAIT_MS));
    assert_int_equal(f->heard.state, ICE_CONNECTED);
    close(fd);
}

static void a_bad_frame_closes_only_its_connection(void **state)
{
    struct fixture *f = *state;
    uint8_t bad[] = {0xff, 0xff, 1, 2, 3}, byte;
    open_port(f, 0);
    int good = open_client(f, SOCK_STREAM, "127.0.0.1");
    assert_true(tcp_check_answered(f, good, (struct check){.use_candidate = true}, WAIT_MS));
    f->fd = open_client(f, SOCK_STREAM, "127.0.0.1");
    send(f->fd, bad, sizeof bad, MSG_NOSIGNAL);
    assert_int_equal(receive(f, f->fd, &byte, 1, 200), 0);
    RUN_UNTIL(f, ice_port_get_stats(f->port)->tcp_bad_frames == 1);
    assert_int_equal(f->heard.state, ICE_CONNECTED);
    assert_int_equal(ice_port_get_stats(f->port)->tcp_accepted, 2);
    close(good);
}

static void a_reader_that_stalls_loses_whole_frames(void **state)
{
    struct fixture *f = *state;
    static uint8_t data[1000] = {128}, stream[8 << 20];
    open_port(f, 0);
    int fd = open_client(f, SOCK_STREAM, "127.0.0.1");
    assert_true(tcp_check_answered(f, fd, (struct check){.use_candidate = true}, WAIT_MS));
    struct ice_message message = {data, sizeof data, 0};
    int sent = 0;
    for (; sent < 50000 && ice_port_get_stats(f->port)->send_drops < 100; sent++) {
        ice_send(f->ice, &message, 1);
        ice_port_flush(f->port);
    }
    assert_true(ice_port_get_stats(f->port)->send_drops >= 100);
    size_t got = 0, expected = (size_t)(sent - 100) * 1002;
    while (got < expected) {
        size_t more = receive(f, fd, stream + got % 1002, sizeof stream - 2000, WAIT_MS);
        assert_true(more > 0);
        for (size_t at = (1002 - got % 1002) % 1002; at + 3 <= more; at += 1002) {
            assert_int_equal(get_u16(stream + got % 1002 + at), 1000);
            assert_int_equal(stream[got % 1002 + at + 2], 128);
        }
        got += more;
    }
    assert_int_equal(got, expected);
    close(fd);
}

static void freeing_a_session_closes_its_connections(void **state)
{
    struct fixture *f = *state;
    uint8_t byte;
    open_port(f, 0);
    f->fd = open_client(f, SOCK_STREAM, "127.0.0.1");
    assert_true(tcp_check_answered(f, f->fd, (struct check){.use_candidate = true}, WAIT_MS));
    ice_free(f->ice);
    f->ice = NULL;
    usec_t end = clock_now() + usec_from_ms(WAIT_MS);
    ssize_t got = -1;
    while (got < 0 && clock_now() < end) {
        uv_run(&f->loop, UV_RUN_ONCE);
        got = recv(f->fd, &byte, 1, MSG_DONTWAIT);
    }
    assert_int_equal(got, 0);
}

static void candidates_name_every_address_and_both_transports(void **state)
{
    struct fixture *f = *state;
    char out[8][ICE_CANDIDATE_MAX], expected[200];
    open_port(f, 0);
    assert_int_equal(ice_port_candidates(f->port, out, 8), 4);
    unsigned port = ice_port_number(f->port);
    snprintf(expected, sizeof expected, "candidate:1 1 udp 2130706431 127.0.0.1 %u typ host", port);
    assert_string_equal(out[0], expected);
    snprintf(expected, sizeof expected, "candidate:2 1 udp 2130706175 ::1 %u typ host", port);
    assert_string_equal(out[1], expected);
    assert_non_null(strstr(out[2], " tcp "));
    assert_non_null(strstr(out[2], " 127.0.0.1 "));
    assert_non_null(strstr(out[3], " typ host tcptype passive"));
    assert_int_equal(ice_port_candidates(f->port, out, 1), 1);
}

/* Whatever cannot be opened is told in words, and nothing is left behind: the loop closes at the end. */
static void what_cannot_be_opened_is_an_error_that_says_why(void **state)
{
    struct fixture *f = *state;
    struct ice_port *second = NULL;
    struct rlimit before, few;
    open_port(f, 0);
    uint16_t taken = ice_port_number(f->port);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct {
        struct ice_port_config config;
        bool without_descriptors;
        int error;
        const char *says;
    } rows[] = {
        {{.port = taken, .advertised = {"127.0.0.1"}, .udp = true}, false, ERR_IO, "the other program"},
        {{.port = taken, .advertised = {"127.0.0.1"}, .tcp = true}, false, ERR_IO, "the other program"},
        {{.bind_address = "192.0.2.1", .advertised = {"127.0.0.1"}, .udp = true}, false, ERR_IO, "no interface"},
        {{.bind_address = "192.0.2.1", .advertised = {"127.0.0.1"}, .tcp = true}, false, ERR_IO, "no interface"},
        {{.bind_address = "2001:db8::1", .advertised = {"127.0.0.1"}, .udp = true}, false, ERR_IO, "no interface"},
        {{.bind_address = "localhost", .advertised = {"127.0.0.1"}, .udp = true}, false, ERR_INVALID, "localhost"},
        {{.advertised = {"example.org"}, .udp = true}, false, ERR_INVALID, "example.org"},
        {{.udp = true}, false, ERR_INVALID, "no address"},
        {{.advertised = {"127.0.0.1"}, .udp = true}, true, ERR_IO, "ulimit -n"},
        {{.advertised = {"127.0.0.1"}, .tcp = true}, true, ERR_IO, "ulimit -n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[ICE_PORT_WHY_MAX] = "";
        few = before;
        few.rlim_cur = rows[i].without_descriptors ? 3 : before.rlim_cur;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        int error = ice_port_new(&second, &f->loop, &rows[i].config, why);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(error, rows[i].error);
        if (strstr(why, rows[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", why, rows[i].says);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_checked_client_exchanges_datagrams),
        TEST(bad_input_is_counted_and_not_answered),
        TEST(a_moved_client_is_followed),
        TEST(a_restart_takes_over_when_it_is_checked),
        TEST(consent_expires),
        TEST(a_session_may_be_freed_by_its_listener),
        TEST(datagrams_travel_over_tcp),
        TEST(a_bad_frame_closes_only_its_connection),
        TEST(a_reader_that_stalls_loses_whole_frames),
        TEST(freeing_a_session_closes_its_connections),
        TEST(candidates_name_every_address_and_both_transports),
        TEST(what_cannot_be_opened_is_an_error_that_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
