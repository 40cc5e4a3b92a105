/* Segmented sending and joined receiving are invisible: the same datagrams arrive either way. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/net/udp.h"

#define DATA_MAX 200000

static uint8_t sent[DATA_MAX];

static struct udp *open_at(const char *ip, bool gro, bool no_gso)
{
    struct udp *udp = NULL;
    struct udp_config config = {.bind_address = ip, .gro = gro, .no_gso = no_gso};
    assert_int_equal(udp_open(&udp, &config), 0);
    assert_true(udp_port(udp) > 0);
    return udp;
}

static struct path to(const char *ip, const struct udp *udp)
{
    struct path path;
    struct sockaddr_storage address;
    socklen_t length;
    assert_int_equal(path_bind_address(&address, &length, AF_INET6, ip, udp_port(udp)), 0);
    assert_true(path_from_sockaddr(&path, (struct sockaddr *)&address));
    return path;
}

static void fill(void)
{
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 2654435761u >> 13);
}

/* Receives `length` bytes as datagrams of `size` (the last shorter), in order; returns how many messages that took. */
static size_t expect(struct udp *udp, size_t length, size_t size, uint16_t from_port)
{
    size_t at = 0, count = 0;
    while (at < length) {
        struct pollfd fd = {.fd = udp_fd(udp), .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 2000), 1);
        udp_receive(udp);
        struct udp_datagram datagram;
        while (udp_next(udp, &datagram)) {
            size_t left = length - at;
            assert_int_equal(datagram.length, left < size ? left : size);
            assert_memory_equal(datagram.data, sent + at, datagram.length);
            assert_int_equal(datagram.from->port, from_port);
            at += datagram.length;
            count++;
        }
    }
    return count;
}

static void segments_arrive_as_separate_datagrams(void **state)
{
    static const struct {
        const char *ip;
        size_t length, size;
        bool gro, no_gso;
    } rows[] = {
        {"127.0.0.1", 1200, 0, false, false},     {"127.0.0.1", 1200, 1200, false, false},
        {"127.0.0.1", 12000, 1200, false, false}, {"127.0.0.1", 12345, 1200, false, false},
        {"127.0.0.1", 12345, 1200, true, false},  {"127.0.0.1", 12345, 1200, false, true},
        {"127.0.0.1", 150000, 1214, true, false}, {"127.0.0.1", 150000, 1214, false, false},
        {"127.0.0.1", 40000, 100, true, false},   {"::1", 100000, 1200, false, false},
        {"::1", 100000, 1200, true, false},
    };
    (void)state;
    fill();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct udp *in = open_at(rows[i].ip, rows[i].gro, false);
        struct udp *out = open_at(rows[i].ip, false, rows[i].no_gso);
        struct path path = to(rows[i].ip, in);
        size_t size = rows[i].size > 0 ? rows[i].size : rows[i].length;
        size_t count = (rows[i].length + size - 1) / size;
        udp_queue(out, &path, sent, rows[i].length, rows[i].size);
        udp_flush(out);
        assert_int_equal(expect(in, rows[i].length, size, udp_port(out)), count);
        assert_int_equal(udp_get_stats(out)->sent_datagrams, count);
        assert_in_range(udp_get_stats(out)->sent_messages, rows[i].no_gso ? count : 1, count);
        assert_int_equal(udp_get_stats(out)->sent_bytes, rows[i].length);
        assert_int_equal(udp_get_stats(out)->send_drops, 0);
        assert_int_equal(udp_get_stats(out)->gso_refused, 0);
        assert_int_equal(udp_get_stats(in)->datagrams, count);
        udp_close(in);
        udp_close(out);
    }
}

static void one_dual_stack_socket_serves_both_families(void **state)
{
    (void)state;
    fill();
    struct udp *any = open_at(NULL, false, false);
    struct udp *four = open_at("127.0.0.1", false, false);
    struct udp *six = open_at("::1", false, false);
    struct path path4 = to("127.0.0.1", any), path6 = to("::1", any);
    udp_send(four, &path4, sent, 500);
    expect(any, 500, 500, udp_port(four));
    udp_send(six, &path6, sent, 500);
    expect(any, 500, 500, udp_port(six));
    struct path back4 = to("127.0.0.1", four), back6 = to("::1", six);
    udp_queue(any, &back4, sent, 5000, 1000);
    udp_queue(any, &back6, sent, 5000, 1000);
    udp_flush(any);
    expect(four, 5000, 1000, udp_port(any));
    expect(six, 5000, 1000, udp_port(any));
    udp_close(any);
    udp_close(four);
    udp_close(six);
}

/* A socket may have a smaller MTU than its interface. */
static void segments_above_the_mtu_are_sent_one_by_one(void **state)
{
    static const int mtu = 1280;
    struct udp *in = open_at("::1", true, false), *out = open_at("::1", false, false);
    struct path path = to("::1", in);
    (void)state;
    fill();
    assert_int_equal(setsockopt(udp_fd(out), IPPROTO_IPV6, IPV6_MTU, &mtu, sizeof mtu), 0);
    udp_queue(out, &path, sent, 2500, 0);
    udp_queue(out, &path, sent + 2500, 12500, 1250);
    udp_flush(out);
    assert_int_equal(udp_get_stats(out)->gso_refused, 1);
    assert_int_equal(udp_get_stats(out)->send_drops, 0);
    assert_int_equal(udp_get_stats(out)->sent_datagrams, 11);
    assert_int_equal(udp_get_stats(out)->sent_messages, 11);
    struct udp_datagram datagram;
    size_t count = 0, bytes = 0;
    for (udp_receive(in); udp_next(in, &datagram); count++) {
        assert_int_equal(datagram.length, count == 0 ? 2500 : 1250);
        assert_memory_equal(datagram.data, sent + bytes, datagram.length);
        bytes += datagram.length;
    }
    assert_int_equal(count, 11);
    udp_close(in);
    udp_close(out);
}

static void a_refused_message_does_not_stop_the_next(void **state)
{
    (void)state;
    fill();
    struct udp *in = open_at("127.0.0.1", true, false);
    struct udp *out = open_at("127.0.0.1", false, false);
    struct path path = to("127.0.0.1", in), nowhere = path;
    nowhere.ip[12] = 192; /* no way there from an address of loopback */
    udp_queue(out, &nowhere, sent, 2500, 1000);
    nowhere.ip[12] = 127;
    nowhere.port = 0;
    udp_queue(out, &nowhere, sent, 900, 0);
    udp_queue(out, &path, sent, 2500, 1000);
    udp_flush(out);
    expect(in, 2500, 1000, udp_port(out));
    assert_int_equal(udp_get_stats(out)->send_drops, 4);
    assert_int_equal(udp_get_stats(out)->sent_datagrams, 3);
    assert_int_equal(udp_get_stats(out)->sent_messages, 1);
    udp_close(in);
    udp_close(out);
}

static void many_messages_go_out_in_few_calls(void **state)
{
    (void)state;
    fill();
    struct udp *in = open_at("127.0.0.1", false, false);
    struct udp *out = open_at("127.0.0.1", false, false);
    struct path path = to("127.0.0.1", in);
    for (size_t i = 0; i < 600; i++)
        udp_queue(out, &path, sent + i * 100, 100, 0);
    udp_flush(out);
    expect(in, 60000, 100, udp_port(out));
    assert_true(udp_get_stats(out)->send_calls <= 2);
    assert_true(udp_get_stats(in)->receive_calls <= 12);
    udp_close(in);
    udp_close(out);
}

static void a_bad_or_taken_address_is_an_error(void **state)
{
    (void)state;
    struct udp *udp = NULL, *second = NULL;
    struct udp_config config = {.bind_address = "127.0.0.300"};
    assert_int_equal(udp_open(&udp, &config), ERR_INVALID);
    config.bind_address = "192.0.2.1"; /* not ours */
    assert_int_equal(udp_open(&udp, &config), ERR_IO);
    udp = open_at("127.0.0.1", false, false);
    config = (struct udp_config){.bind_address = "127.0.0.1", .port = udp_port(udp)};
    assert_int_equal(udp_open(&second, &config), ERR_IO);
    udp_close(udp);
}

/* Nobody reads for a while: what did not fit into the socket's queue is counted, neither more nor less. */
static void what_the_kernel_dropped_is_counted(void **state)
{
    enum { SENT = 40000 };
    struct udp *sender = open_at("127.0.0.1", false, false), *receiver = open_at("127.0.0.1", false, false);
    struct path path = to("127.0.0.1", receiver);
    struct udp_datagram datagram;
    (void)state;
    for (int round = 1; round <= 2; round++) {
        for (int i = 0; i < SENT; i++)
            udp_send(sender, &path, sent, 1000);
        uint64_t dropped = udp_get_stats(receiver)->socket_drops;
        assert_true(dropped > 0);
        for (bool more = true; more;) {
            more = udp_receive(receiver);
            while (udp_next(receiver, &datagram))
                ;
        }
        assert_int_equal(udp_get_stats(sender)->sent_datagrams, round * SENT);
    }
    const struct udp_stats *stats = udp_get_stats(receiver);
    assert_int_equal(stats->datagrams + stats->socket_drops, 2 * SENT);
    udp_close(sender);
    udp_close(receiver);
}

static void a_long_queue_is_seen(void **state)
{
    struct udp *sender = open_at("127.0.0.1", false, false), *receiver = open_at("127.0.0.1", false, false);
    struct path path = to("127.0.0.1", receiver);
    unsigned count = 0;
    (void)state;
    for (; !udp_is_behind(receiver); count++)
        udp_send(sender, &path, sent, 1000);
    assert_in_range(count, 50, 10000); /* a call's batch is not yet long */
    assert_int_equal(udp_get_stats(receiver)->socket_drops, 0);
    while (udp_receive(receiver))
        ;
    assert_false(udp_is_behind(receiver));
    udp_close(sender);
    udp_close(receiver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_arrive_as_separate_datagrams),
        cmocka_unit_test(one_dual_stack_socket_serves_both_families),
        cmocka_unit_test(segments_above_the_mtu_are_sent_one_by_one),
        cmocka_unit_test(a_refused_message_does_not_stop_the_next),
        cmocka_unit_test(many_messages_go_out_in_few_calls),
        cmocka_unit_test(what_the_kernel_dropped_is_counted),
        cmocka_unit_test(a_long_queue_is_seen),
        cmocka_unit_test(a_bad_or_taken_address_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
