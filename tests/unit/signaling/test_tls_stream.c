/* TLS between a client of OpenSSL's and an owner who speaks plain text. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "signaling/process/tls_stream.h"
#include "transport/net/clock.h"

#define S USEC_PER_SEC
#define LARGE ((size_t)3 << 20)
#define IDLE_TURNS 4
#define DESCRIPTORS 512 /* of this program, at most */

static uv_loop_t loop;
static struct tls_streams streams;
static SSL_CTX *server_tls, *client_tls;
static SSL *client;
static int client_fd, owner_fd, before; /* before: open descriptors */

static SSL_CTX *make_server(void)
{
    SSL_CTX *tls = tls_server_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    assert_non_null(tls);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(SSL_CTX_use_certificate(tls, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return tls;
}

static int count_descriptors(void)
{
    int open = 0;
    for (int fd = 0; fd < DESCRIPTORS; fd++)
        open += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return open;
}

static void turn(void)
{
    for (int i = 0; i < IDLE_TURNS; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void open_raw(void)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    client_fd = pair[0];
    owner_fd = tls_stream_open(&streams, &loop, server_tls, pair[1]);
    assert_true(owner_fd >= 0);
}

static void open_stream(void)
{
    open_raw();
    client = SSL_new(client_tls);
    SSL_set_fd(client, client_fd);
    SSL_set_connect_state(client);
}

static void shake_hands(void)
{
    int result = 0;
    for (int i = 0; result != 1 && i < 100; i++) {
        result = SSL_do_handshake(client);
        turn();
    }
    assert_int_equal(result, 1);
}

/* -1: nothing there; 0: the end; -2: it is broken. */
static int client_read(void *out, size_t size)
{
    int got = SSL_read(client, out, (int)size);
    int error = SSL_get_error(client, got);
    ERR_clear_error();
    if (got > 0)
        return got;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? -1 : -2;
}

/* All that comes, until nothing does any more. Returns what client_read() gave last. */
static int read_to_end(size_t *got)
{
    static uint8_t data[16384];
    int result = -1;
    for (int idle = 0; result != 0 && idle < 100; idle++) {
        turn();
        while ((result = client_read(data, sizeof data)) > 0) {
            *got += (size_t)result;
            idle = 0;
        }
    }
    return result;
}

static void close_client(void)
{
    SSL_free(client);
    client = NULL;
    if (client_fd >= 0)
        close(client_fd);
    client_fd = -1;
}

static void close_owner(void)
{
    close(owner_fd);
    owner_fd = -1;
}

static int make_contexts(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&loop), 0); /* the first of a program opens what all of them share */
    assert_int_equal(uv_loop_close(&loop), 0);
    server_tls = make_server();
    client_tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(client_tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return 0;
}

static int free_contexts(void **state)
{
    (void)state;
    SSL_CTX_free(server_tls);
    SSL_CTX_free(client_tls);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    before = count_descriptors();
    streams = (struct tls_streams){.first = NULL};
    client = NULL;
    client_fd = owner_fd = -1;
    return uv_loop_init(&loop);
}

/* Nothing is left behind, whatever happened. */
static int finish(void **state)
{
    (void)state;
    tls_streams_close_all(&streams);
    assert_int_equal(streams.left, 0);
    close_client();
    if (owner_fd >= 0)
        close_owner();
    turn();
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(ERR_peek_error(), 0);
    return 0;
}

/* Byte i of what a side says. */
static uint8_t byte_at(size_t i, uint8_t side)
{
    return (uint8_t)(i * 31 + (i >> 8) + (i >> 16) * 7 + side);
}

static size_t fill(uint8_t *out, size_t from, size_t most, uint8_t side)
{
    static const size_t sizes[] = {1, 7, 16384, 100, 16385, 1000, 40000, 3};
    size_t size = sizes[from / 5 % 8];
    size = size < most ? size : most;
    size = size < LARGE - from ? size : LARGE - from;
    for (size_t i = 0; i < size; i++)
        out[i] = byte_at(from + i, side);
    return size;
}

static void check_bytes(const uint8_t *data, size_t from, ssize_t length, uint8_t side)
{
    for (ssize_t i = 0; i < length; i++)
        assert_int_equal(data[i], byte_at(from + (size_t)i, side));
}

static void test_both_ways_byte_for_byte(void **state)
{
    static uint8_t data[65536];
    size_t up = 0, up_got = 0, down = 0, down_got = 0;
    (void)state;
    open_stream();
    shake_hands();
    while (up_got < LARGE || down_got < LARGE) {
        size_t size = fill(data, up, sizeof data, 1);
        int said = size > 0 ? SSL_write(client, data, (int)size) : 0;
        up += said > 0 ? (size_t)said : 0;
        ERR_clear_error();
        size = fill(data, down, sizeof data, 2);
        ssize_t sent = size > 0 ? send(owner_fd, data, size, MSG_NOSIGNAL) : 0;
        down += sent > 0 ? (size_t)sent : 0;
        uv_run(&loop, UV_RUN_NOWAIT);
        /* Each takes less than the other says, so that both are held up. */
        ssize_t got = recv(owner_fd, data, 5003, 0);
        check_bytes(data, up_got, got, 1);
        up_got += got > 0 ? (size_t)got : 0;
        got = client_read(data, 4999);
        assert_true(got == -1 || got > 0);
        check_bytes(data, down_got, got, 2);
        down_got += got > 0 ? (size_t)got : 0;
    }
    assert_int_equal(up, LARGE);
    assert_int_equal(down, LARGE);
}

static void test_what_waits_to_be_sent_is_known(void **state)
{
    char got[8];
    (void)state;
    open_stream();
    assert_false(tls_streams_are_sending(&streams)); /* nobody has said anything yet */
    shake_hands();
    assert_false(tls_streams_are_sending(&streams));
    assert_int_equal(send(owner_fd, "hello", 5, 0), 5);
    assert_true(tls_streams_are_sending(&streams)); /* it is not even read */
    turn();
    assert_int_equal(client_read(got, sizeof got), 5);
    assert_false(tls_streams_are_sending(&streams));
    close_owner();
    assert_true(tls_streams_are_sending(&streams)); /* the end, too */
    turn();
    assert_false(tls_streams_are_sending(&streams));
}

/* What was said before it comes still, then the end: in TLS, and in TCP. */
static void test_the_owner_closes(void **state)
{
    static uint8_t data[65536];
    size_t said = 0, got = 0;
    (void)state;
    open_stream();
    shake_hands();
    assert_false(tls_streams_are_sending(&streams));
    for (ssize_t sent; (sent = send(owner_fd, data, sizeof data, MSG_NOSIGNAL)) > 0; said += (size_t)sent)
        turn();
    assert_true(tls_streams_are_sending(&streams));
    assert_true(said > 2 * sizeof data);
    close_owner();
    turn();
    assert_int_equal(streams.left, 1);
    assert_int_equal(read_to_end(&got), 0); /* close_notify came, however full the socket was */
    assert_int_equal(got, said);
    assert_int_equal(recv(client_fd, data, 1, 0), 0);
    close_client();
    turn();
    assert_null(streams.first);
}

static void test_the_owner_ends_and_reads_on(void **state)
{
    char text[16];
    (void)state;
    open_stream();
    shake_hands();
    assert_int_equal(shutdown(owner_fd, SHUT_WR), 0);
    turn();
    while (client_read(text, sizeof text) == -1)
        turn();
    assert_int_equal(SSL_write(client, "more", 4), 4);
    turn();
    assert_int_equal(recv(owner_fd, text, sizeof text, 0), 4);
    SSL_shutdown(client);
    turn();
    assert_null(streams.first);
    assert_int_equal(recv(owner_fd, text, sizeof text, 0), 0);
}

static void test_the_client_ends_and_reads_on(void **state)
{
    char text[16];
    (void)state;
    open_stream();
    shake_hands();
    assert_int_equal(SSL_write(client, "last", 4), 4);
    SSL_shutdown(client);
    turn();
    assert_int_equal(recv(owner_fd, text, sizeof text, 0), 4);
    assert_int_equal(recv(owner_fd, text, sizeof text, 0), 0);
    assert_int_equal(send(owner_fd, "answer", 6, MSG_NOSIGNAL), 6);
    close_owner();
    turn();
    assert_int_equal(client_read(text, sizeof text), 6);
    assert_int_equal(client_read(text, sizeof text), 0);
    turn();
    assert_null(streams.first);
}

/* Without a word of TLS. What it said before still gets there. */
static void test_the_client_is_gone(void **state)
{
    char text[16];
    (void)state;
    open_stream();
    shake_hands();
    assert_int_equal(SSL_write(client, "leave", 5), 5);
    close_client();
    turn();
    assert_int_equal(recv(owner_fd, text, sizeof text, 0), 5);
    assert_true(recv(owner_fd, text, sizeof text, 0) <= 0);
    (void)send(owner_fd, "answer", 6, MSG_NOSIGNAL);
    close_owner();
    turn();
    assert_null(streams.first);
}

/* It said good-bye, and is gone; the owner talks on. */
static void test_a_client_that_has_ended_is_gone(void **state)
{
    char text[16];
    (void)state;
    open_stream();
    shake_hands();
    SSL_shutdown(client);
    close_client();
    turn();
    assert_int_equal(recv(owner_fd, text, sizeof text, 0), 0);
    for (int i = 0; i < 5; i++) {
        (void)send(owner_fd, "answer", 6, MSG_NOSIGNAL);
        turn();
    }
    assert_null(streams.first); /* although the owner has not closed */
}

static size_t fill_up(void)
{
    static uint8_t data[65536];
    size_t said = 0;
    for (int idle = 0; idle < IDLE_TURNS; idle++) {
        ssize_t sent = send(owner_fd, data, sizeof data, MSG_NOSIGNAL);
        if (sent > 0) {
            said += (size_t)sent;
            idle = 0;
        }
        turn();
    }
    return said;
}

static void test_a_client_that_speaks_gets_what_its_owner_left(void **state)
{
    (void)state;
    open_stream();
    shake_hands();
    size_t said = fill_up(), got = 0;
    close_owner();
    turn();
    assert_int_equal(SSL_write(client, "x", 1), 1); /* nobody takes it any more */
    turn();
    assert_int_equal(read_to_end(&got), 0);
    assert_int_equal(got, said);
}

static void test_a_client_that_does_not_read_holds_up_its_owner(void **state)
{
    (void)state;
    open_stream();
    shake_hands();
    assert_true(fill_up() < (size_t)4 << 20);
    tls_streams_check(&streams, clock_now() + 3600 * S); /* the owner decides how long */
    assert_non_null(streams.first);
    close_owner();
    turn();
    tls_streams_check(&streams, clock_now() + 4 * S);
    assert_non_null(streams.first);
    tls_streams_check(&streams, clock_now() + 5 * S);
    assert_null(streams.first);
}

static void test_an_owner_that_does_not_read_holds_up_its_client(void **state)
{
    static uint8_t data[16384];
    size_t said = 0;
    (void)state;
    open_stream();
    shake_hands();
    for (int idle = 0; idle < IDLE_TURNS; idle++) {
        int sent = SSL_write(client, data, sizeof data);
        ERR_clear_error();
        if (sent > 0) {
            said += (size_t)sent;
            idle = 0;
        }
        turn();
    }
    assert_true(said < (size_t)4 << 20);
    close_owner(); /* with all of that unread */
    turn();
    assert_null(streams.first);
}

static void test_garbage_is_no_handshake(void **state)
{
    static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff\x01garbage",
                                        "\x16\x03\x01\x20\x05\x01", "\x16\x03\x01", "\x80\x80\x01\x03\x01"};
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char garbage[64] = "";
        memcpy(garbage, texts[i], strlen(texts[i]));
        open_raw();
        assert_true(send(client_fd, garbage, sizeof garbage, MSG_NOSIGNAL) > 0);
        turn();
        shutdown(client_fd, SHUT_WR);
        turn();
        assert_true(recv(owner_fd, text, sizeof text, 0) <= 0);
        assert_true(streams.first == NULL || recv(owner_fd, text, sizeof text, 0) == 0);
        close_owner();
        turn();
        assert_null(streams.first);
        assert_int_equal(ERR_peek_error(), 0);
        close_client();
    }
}

/* In the middle of it the owner has had enough. */
static void test_a_handshake_that_never_ends_is_ended(void **state)
{
    (void)state;
    open_stream();
    assert_int_equal(SSL_do_handshake(client), -1);
    ERR_clear_error();
    turn();
    assert_true(send(owner_fd, "HTTP/1.1 408 ", 13, MSG_NOSIGNAL) > 0);
    close_owner();
    turn();
    tls_streams_check(&streams, clock_now() + 5 * S);
    assert_null(streams.first);
}

static void test_an_owner_that_spoke_early_is_heard(void **state)
{
    char text[16];
    (void)state;
    open_stream();
    assert_int_equal(send(owner_fd, "early", 5, MSG_NOSIGNAL), 5);
    turn();
    shake_hands();
    while (client_read(text, sizeof text) != 5)
        turn();
}

/* An error that somebody else left there is not taken for the connection's. */
static void test_others_errors_are_not_its_own(void **state)
{
    char text[16];
    (void)state;
    open_stream();
    shake_hands();
    ERR_raise(ERR_LIB_USER, 1);
    assert_int_equal(SSL_get_error(client, 1), SSL_ERROR_NONE);
    turn();
    assert_int_equal(send(owner_fd, "text", 4, MSG_NOSIGNAL), 4);
    turn();
    ERR_clear_error();
    while (client_read(text, sizeof text) == -1)
        turn();
    assert_non_null(streams.first);
}

static void test_new_keys_without_end_end_it(void **state)
{
    char got[8];
    unsigned sent = 0;
    (void)state;
    open_stream();
    shake_hands();
    for (; sent < 90; sent++) { /* with those of the handshake, as many as one may */
        assert_int_equal(SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(client), 1);
        turn();
    }
    assert_int_equal(SSL_write(client, "x", 1), 1);
    turn();
    assert_int_equal(recv(owner_fd, got, sizeof got, MSG_DONTWAIT), 1);
    while (sent < 200 && SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(client) == 1) {
        sent++;
        turn();
    }
    assert_in_range(sent, 91, 101);
    assert_int_equal(recv(owner_fd, got, sizeof got, MSG_DONTWAIT), 0);
}

static void test_few_are_left_behind(void **state)
{
    static int fds[TLS_STREAMS_LEFT_MAX + 10];
    size_t count = sizeof fds / sizeof fds[0];
    (void)state;
    for (size_t i = 0; i < count; i++) {
        open_raw();
        fds[i] = client_fd;
        close_owner();
        turn();
        assert_true(streams.left <= TLS_STREAMS_LEFT_MAX);
    }
    assert_int_equal(streams.left, TLS_STREAMS_LEFT_MAX);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    client_fd = -1;
    turn();
    assert_null(streams.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_ways_byte_for_byte, begin, finish),
        cmocka_unit_test_setup_teardown(test_what_waits_to_be_sent_is_known, begin, finish),
        cmocka_unit_test_setup_teardown(test_the_owner_closes, begin, finish),
        cmocka_unit_test_setup_teardown(test_the_owner_ends_and_reads_on, begin, finish),
        cmocka_unit_test_setup_teardown(test_the_client_ends_and_reads_on, begin, finish),
        cmocka_unit_test_setup_teardown(test_the_client_is_gone, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_client_that_has_ended_is_gone, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_client_that_speaks_gets_what_its_owner_left, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_client_that_does_not_read_holds_up_its_owner, begin, finish),
        cmocka_unit_test_setup_teardown(test_an_owner_that_does_not_read_holds_up_its_client, begin, finish),
        cmocka_unit_test_setup_teardown(test_garbage_is_no_handshake, begin, finish),
        cmocka_unit_test_setup_teardown(test_a_handshake_that_never_ends_is_ended, begin, finish),
        cmocka_unit_test_setup_teardown(test_an_owner_that_spoke_early_is_heard, begin, finish),
        cmocka_unit_test_setup_teardown(test_others_errors_are_not_its_own, begin, finish),
        cmocka_unit_test_setup_teardown(test_new_keys_without_end_end_it, begin, finish),
        cmocka_unit_test_setup_teardown(test_few_are_left_behind, begin, finish),
    };
    return cmocka_run_group_tests(tests, make_contexts, free_contexts);
}
