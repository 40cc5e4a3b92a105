/* Who keeps a place on the TCP port when there are too many: real sockets on loopback, each client with an address of
 * 127.0.0.0/8. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "transport/net/clock.h"
#include "transport/net/tcp.h"

#define CLIENTS 700
#define OF_ADDRESS 64
#define IN_ALL 512
#define PROOF_TIMEOUT (10 * USEC_PER_SEC)
#define IDLE_TIMEOUT (30 * USEC_PER_SEC)
#define WAIT_MS 3000

struct fixture {
    uv_loop_t loop;
    uv_timer_t waker;
    struct tcp *tcp;
    int clients[CLIENTS];
    size_t count;
    uint64_t last_stream; /* of the last datagram */
    unsigned datagrams;
    bool is_closed;
    struct rlimit limit;
};

static void on_datagram(void *user, const struct path *from, uint8_t *data, size_t length, usec_t now)
{
    struct fixture *f = user;
    (void)data, (void)length, (void)now;
    f->last_stream = from->stream;
    f->datagrams++;
}

static void on_read_end(void *user, usec_t now)
{
    (void)user, (void)now;
}

static void on_closed(void *user, const struct path *from, usec_t now)
{
    (void)user, (void)from, (void)now;
}

static void on_done(void *user)
{
    ((struct fixture *)user)->is_closed = true;
}

static void on_waker(uv_timer_t *timer)
{
    (void)timer;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct tcp_config config = {.idle_timeout = IDLE_TIMEOUT, .proof_timeout = PROOF_TIMEOUT};
    struct tcp_events events = {on_datagram, on_read_end, on_closed, f};
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &f->limit), 0);
    struct rlimit most = f->limit;
    most.rlim_cur = most.rlim_max; /* two descriptors for each client: its own and the port's */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
    uv_loop_init(&f->loop);
    uv_timer_init(&f->loop, &f->waker);
    uv_timer_start(&f->waker, on_waker, 5, 5);
    assert_int_equal(tcp_open(&f->tcp, &f->loop, &config, &events), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &f->limit), 0);
    for (size_t i = 0; i < f->count; i++)
        if (f->clients[i] >= 0)
            close(f->clients[i]);
    tcp_close(f->tcp, on_done, f);
    uv_close((uv_handle_t *)&f->waker, NULL);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->is_closed);
    int result = uv_loop_close(&f->loop);
    free(f);
    return result;
}

static void run_for(struct fixture *f, int ms)
{
    usec_t end = clock_now() + usec_from_ms(ms);
    while (clock_now() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
}

/* Returns the client's number. */
static size_t add_client(struct fixture *f, unsigned host, bool wait)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000u + host)};
    struct sockaddr_in port = {
        .sin_family = AF_INET, .sin_port = htons(tcp_port(f->tcp)), .sin_addr.s_addr = htonl(0x7f000001u)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && f->count < CLIENTS);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&port, sizeof port), 0);
    uint64_t before = tcp_get_stats(f->tcp)->accepted;
    usec_t end = clock_now() + usec_from_ms(WAIT_MS);
    while (wait && tcp_get_stats(f->tcp)->accepted == before && clock_now() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    f->clients[f->count] = fd;
    return f->count++;
}

static bool is_open(const struct fixture *f, size_t client)
{
    uint8_t byte;
    return recv(f->clients[client], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static size_t count_open(const struct fixture *f, size_t first, size_t end)
{
    size_t count = 0;
    for (size_t i = first; i < end; i++)
        count += is_open(f, i);
    return count;
}

/* As a valid check would do. */
static void prove(struct fixture *f, size_t client)
{
    static const uint8_t frame[] = {0, 1, 7};
    unsigned before = f->datagrams;
    usec_t end = clock_now() + usec_from_ms(WAIT_MS);
    assert_int_equal(send(f->clients[client], frame, sizeof frame, MSG_NOSIGNAL), sizeof frame);
    while (f->datagrams == before && clock_now() < end)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->datagrams, before + 1);
    tcp_approve(f->tcp, f->last_stream);
}

static void who_opens_many_takes_the_places_of_their_own(void **state)
{
    struct fixture *f = *state;
    size_t other = add_client(f, 2, true);
    size_t proven = add_client(f, 1, true);
    prove(f, proven);
    size_t first = f->count;
    for (int i = 0; i < 3 * OF_ADDRESS; i++)
        add_client(f, 1, true);
    run_for(f, 20);
    assert_int_equal(count_open(f, first, f->count), OF_ADDRESS);
    assert_int_equal(count_open(f, f->count - OF_ADDRESS, f->count), OF_ADDRESS); /* the last ones */
    assert_true(is_open(f, other) && is_open(f, proven));
    assert_int_equal(tcp_get_stats(f->tcp)->unproven, 2 * OF_ADDRESS);
}

static void of_too_many_in_all_the_oldest_silent_one_goes(void **state)
{
    struct fixture *f = *state;
    size_t proven = add_client(f, 200, true);
    prove(f, proven);
    for (unsigned i = 0; i < IN_ALL + 100; i++)
        add_client(f, 1 + i / 10, true);
    size_t honest = add_client(f, 201, true);
    run_for(f, 20);
    assert_true(is_open(f, proven) && is_open(f, honest));
    prove(f, honest);
    assert_int_equal(count_open(f, 1, f->count), IN_ALL);
    assert_int_equal(count_open(f, 1, 102), 0);
}

static void time_ends_what_proves_nothing_and_what_says_nothing(void **state)
{
    struct fixture *f = *state;
    size_t silent = add_client(f, 1, true), proven = add_client(f, 2, true);
    prove(f, proven);
    usec_t now = clock_now();
    tcp_tick(f->tcp, now + PROOF_TIMEOUT - USEC_PER_SEC);
    run_for(f, 20);
    assert_true(is_open(f, silent));
    tcp_tick(f->tcp, now + PROOF_TIMEOUT);
    run_for(f, 20);
    assert_true(!is_open(f, silent) && is_open(f, proven));
    tcp_tick(f->tcp, now + IDLE_TIMEOUT);
    run_for(f, 20);
    assert_false(is_open(f, proven));
}

static void send_all(struct fixture *f, size_t client, const uint8_t *data, size_t length, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)send(f->clients[client], data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    run_for(f, 20);
}

static void what_proves_nothing_is_not_heard_for_long(void **state)
{
    static const uint8_t frame[] = {0, 1, 7}, empty[] = {0, 0};
    struct fixture *f = *state;
    size_t few = add_client(f, 1, true), many = add_client(f, 2, true), nothing = add_client(f, 3, true);
    send_all(f, few, frame, sizeof frame, 30);
    send_all(f, few, empty, sizeof empty, 2);
    assert_true(is_open(f, few));
    send_all(f, few, frame, sizeof frame, 1);
    assert_false(is_open(f, few));
    send_all(f, many, frame, sizeof frame, 5000);
    send_all(f, nothing, empty, sizeof empty, 5000);
    assert_true(!is_open(f, many) && !is_open(f, nothing));
    assert_int_equal(f->datagrams, 30 + 32);
    assert_int_equal(tcp_get_stats(f->tcp)->unproven, 3);
}

static void frames_without_anything_in_them_end_a_stream(void **state)
{
    static const uint8_t frame[] = {0, 1, 7}, empty[] = {0, 0};
    struct fixture *f = *state;
    size_t proven = add_client(f, 1, true);
    prove(f, proven);
    send_all(f, proven, frame, sizeof frame, 100);
    send_all(f, proven, empty, sizeof empty, 32);
    assert_true(is_open(f, proven));
    send_all(f, proven, empty, sizeof empty, 1);
    assert_false(is_open(f, proven));
    assert_int_equal(f->datagrams, 101);
    assert_int_equal(tcp_get_stats(f->tcp)->bad_frames, 1);
}

/* Reads what there is for so long; returns how many bytes. */
static size_t read_for(struct fixture *f, size_t client, int ms)
{
    static uint8_t data[65536];
    size_t sum = 0;
    for (usec_t end = clock_now() + usec_from_ms(ms); clock_now() < end;) {
        uv_run(&f->loop, UV_RUN_ONCE);
        ssize_t got = recv(f->clients[client], data, sizeof data, MSG_DONTWAIT);
        sum += got > 0 ? (size_t)got : 0;
    }
    return sum;
}

/* What waits would be seconds old when it comes, so what is new is left out. */
static void a_link_that_does_not_keep_up_has_a_short_queue(void **state)
{
    static const uint8_t data[1000];
    const size_t frame = sizeof data + 2;
    struct fixture *f = *state;
    size_t client = add_client(f, 1, true);
    prove(f, client);
    for (unsigned i = 0; i < 200; i++) { /* a burst may wait for a moment */
        tcp_send(f->tcp, f->last_stream, data, sizeof data);
        tcp_flush(f->tcp);
    }
    assert_int_equal(tcp_get_stats(f->tcp)->send_drops, 0);
    run_for(f, 600);
    tcp_send(f->tcp, f->last_stream, data, sizeof data);
    assert_int_equal(tcp_get_stats(f->tcp)->send_drops, 1);
    assert_int_equal(read_for(f, client, 300), 200 * frame);
    tcp_send(f->tcp, f->last_stream, data, sizeof data);
    tcp_flush(f->tcp);
    assert_int_equal(tcp_get_stats(f->tcp)->send_drops, 1);
    assert_int_equal(read_for(f, client, 50), frame);
}

static void set_limit(const struct fixture *f, int descriptors)
{
    struct rlimit limit = {.rlim_cur = (rlim_t)descriptors, .rlim_max = f->limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* The lowest descriptor that is free. */
static int next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(fd);
    return fd;
}

static void the_last_descriptors_stay_free(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 60; i++) /* they wait in the backlog: nobody accepts yet */
        add_client(f, (unsigned)i + 1, false);
    int first = next_descriptor();
    set_limit(f, first + 40);
    tcp_tick(f->tcp, clock_now());
    run_for(f, 300);
    const struct tcp_stats *stats = tcp_get_stats(f->tcp);
    assert_int_equal(stats->pauses, 0);
    size_t reserved = (size_t)(first + 40) / 4; /* a quarter of so few */
    assert_in_range(count_open(f, 0, f->count), 10, 40 - reserved);
    assert_true(is_open(f, f->count - 1));
    prove(f, f->count - 1);
}

static void without_descriptors_it_waits_and_does_not_spin(void **state)
{
    struct fixture *f = *state;
    size_t waiting = add_client(f, 1, false);
    set_limit(f, next_descriptor());
    usec_t before = clock_now();
    int64_t cpu = clock_thread_cpu_ns();
    run_for(f, 500);
    assert_true(clock_thread_cpu_ns() - cpu < (clock_now() - before) * 1000 / 4);
    assert_int_equal(tcp_get_stats(f->tcp)->pauses, 1);
    assert_int_equal(tcp_get_stats(f->tcp)->accepted, 0);
    set_limit(f, (int)f->limit.rlim_max);
    tcp_tick(f->tcp, clock_now());
    prove(f, waiting);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_opens_many_takes_the_places_of_their_own),        TEST(of_too_many_in_all_the_oldest_silent_one_goes),
        TEST(time_ends_what_proves_nothing_and_what_says_nothing), TEST(the_last_descriptors_stay_free),
        TEST(without_descriptors_it_waits_and_does_not_spin),      TEST(what_proves_nothing_is_not_heard_for_long),
        TEST(frames_without_anything_in_them_end_a_stream),        TEST(a_link_that_does_not_keep_up_has_a_short_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
