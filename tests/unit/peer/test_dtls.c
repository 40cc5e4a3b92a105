/* How two peers connect, what they agree on, and what they do with input that is none. */
#include "tests/unit/peer/peer_pair.h"

static void connects_and_carries_media_both_ways(void **state)
{
    (void)state;
    struct peer_pair pair;
    peer_pair_open(&pair, NULL, NULL);
    assert_int_equal(peer_state(pair.client), PEER_NEW);
    assert_true(peer_next(pair.client) == USEC_NEVER);
    start_both(&pair);
    run(&pair, USEC_PER_SEC);
    assert_true(is_connected(&pair));
    assert_true(peer_next(pair.client) == USEC_NEVER && peer_next(pair.server) == USEC_NEVER);
    assert_true(pair.largest <= 1200);
    struct peer_stats stats;
    peer_get_stats(pair.client, &stats);
    assert_int_equal(stats.handshake_resends, 0);
    assert_int_equal(stats.handshake_time, 2 * LATENCY);
    expect_media(pair.client, pair.server);
    expect_media(pair.server, pair.client);
    peer_pair_close(&pair);
}

static void agrees_on_each_profile_and_the_server_chooses(void **state)
{
    (void)state;
    static const struct {
        const char *client, *server;
        enum srtp_profile expected;
    } cases[] = {
        {NULL, NULL, SRTP_PROFILE_AEAD_AES_128_GCM},
        {"AES128_CM_SHA1_80", NULL, SRTP_PROFILE_AES128_CM_SHA1_80},
        {NULL, "AEAD_AES_256_GCM", SRTP_PROFILE_AEAD_AES_256_GCM},
        {"AES128_CM_SHA1_80:AEAD_AES_256_GCM:AEAD_AES_128_GCM", NULL, SRTP_PROFILE_AEAD_AES_128_GCM},
        {NULL, "AES128_CM_SHA1_80:AEAD_AES_128_GCM", SRTP_PROFILE_AES128_CM_SHA1_80},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct peer_pair pair;
        peer_pair_open(&pair, cases[i].client, cases[i].server);
        assert_null(peer_send_keys(pair.client));
        start_both(&pair);
        run(&pair, USEC_PER_SEC);
        assert_true(is_connected(&pair));
        assert_int_equal(peer_profile(pair.client), cases[i].expected);
        assert_int_equal(peer_profile(pair.server), cases[i].expected);
        assert_int_equal(peer_send_keys(pair.server)->profile, cases[i].expected);
        expect_media(pair.client, pair.server);
        expect_media(pair.server, pair.client);
        expect_protected_media(pair.client, pair.server);
        expect_protected_media(pair.server, pair.client);
        peer_pair_close(&pair);
    }
}

static void without_a_common_profile_both_fail(void **state)
{
    (void)state;
    struct peer_pair pair;
    peer_pair_open(&pair, "AES128_CM_SHA1_80", "AEAD_AES_128_GCM");
    start_both(&pair);
    run(&pair, USEC_PER_SEC);
    assert_int_equal(peer_state(pair.client), PEER_FAILED);
    assert_int_equal(peer_error(pair.client), ERR_UNSUPPORTED);
    assert_int_equal(peer_state(pair.server), PEER_FAILED);
    assert_int_equal(peer_error(pair.server), ERR_UNSUPPORTED);
    peer_pair_close(&pair);
}

static void what_is_malformed_is_counted_and_the_handshake_goes_on(void **state)
{
    (void)state;
    struct peer_pair pair;
    struct rng rng;
    rng_init(&rng, 1);
    peer_pair_open(&pair, NULL, NULL);
    peer_start(pair.server, now);
    for (int i = 0; i < 500; i++) {
        uint8_t data[200];
        size_t length = (size_t)rng_below(&rng, sizeof data);
        for (size_t k = 0; k < length; k++)
            data[k] = (uint8_t)rng_u32(&rng);
        /* A first byte out of DTLS, or a record of a version and an epoch that are not ours. */
        if (i % 2 == 0 && length > 4)
            data[0] = 22, data[1] = 0xfe, data[2] = 0xfd, data[3] = 0x77;
        (void)peer_input(pair.server, data, length, now);
        assert_int_equal(peer_state(pair.server), PEER_HANDSHAKE);
    }
    struct peer_stats stats;
    peer_get_stats(pair.server, &stats);
    assert_true(stats.dtls_errors > 100);
    uint8_t short_record[5] = {22, 0xfe, 0xfd};
    assert_int_equal(peer_input(pair.server, short_record, sizeof short_record, now), ERR_INVALID);
    peer_start(pair.client, now);
    run(&pair, USEC_PER_SEC);
    assert_true(is_connected(&pair));
    peer_pair_close(&pair);
}

static void close_notify_reaches_the_other_side(void **state)
{
    (void)state;
    struct peer_pair pair;
    peer_pair_open(&pair, NULL, NULL);
    start_both(&pair);
    run(&pair, USEC_PER_SEC);
    assert_true(is_connected(&pair));
    peer_close(pair.client);
    assert_int_equal(peer_state(pair.client), PEER_CLOSED);
    collect_both(&pair);
    assert_true(step(&pair));
    assert_int_equal(peer_state(pair.server), PEER_CLOSED);
    assert_int_equal(peer_error(pair.server), 0);
    uint8_t data[200];
    size_t length = make_rtp(data, 1, 1);
    assert_int_equal(peer_protect_rtp(pair.server, data, &length), ERR_WRONG_STATE);
    peer_pair_close(&pair);
}

/* A browser's ClientHello with an ML-KEM key share takes two datagrams; here an ALPN list makes one as long. */
static SSL *make_long_client(BIO **in, BIO **out)
{
    static uint8_t alpn[1000];
    for (size_t i = 0; i < sizeof alpn; i += 100)
        alpn[i] = 99, memset(alpn + i + 1, 'a' + (int)(i / 100), 99);
    SSL_CTX *context = SSL_CTX_new(DTLS_client_method());
    SSL *ssl = SSL_new(context);
    SSL_CTX_free(context);
    *in = BIO_new(BIO_s_mem());
    *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, *in, *out);
    SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
    assert_int_equal(SSL_set_tlsext_use_srtp(ssl, "SRTP_AEAD_AES_128_GCM"), 0);
    assert_int_equal(SSL_set_alpn_protos(ssl, alpn, sizeof alpn), 0);
    assert_int_equal(DTLS_set_link_mtu(ssl, 400), 1);
    SSL_set_connect_state(ssl);
    return ssl;
}

/* Each fragment is a record, and here each record a datagram. */
static unsigned feed_records(struct peer *server, BIO *from, bool backwards)
{
    uint8_t data[4096];
    int length = BIO_read(from, data, sizeof data);
    size_t starts[16], count = 0;
    for (size_t at = 0; length > 0 && at + 13 <= (size_t)length;) {
        starts[count++] = at;
        at += 13 + ((size_t)data[at + 11] << 8) + data[at + 12];
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *record = data + starts[backwards ? count - 1 - i : i];
        assert_int_equal(peer_input(server, record, 13 + ((size_t)record[11] << 8) + record[12], now), 0);
    }
    return (unsigned)count;
}

static void a_fragmented_client_hello_is_put_together(void **state)
{
    (void)state;
    for (int backwards = 0; backwards <= 1; backwards++) {
        struct peer_pair pair;
        peer_pair_open(&pair, NULL, NULL);
        BIO *in, *out;
        SSL *ssl = make_long_client(&in, &out);
        assert_int_equal(SSL_do_handshake(ssl), -1);
        assert_true(feed_records(pair.server, out, backwards) >= 3);
        uint8_t answer[1500];
        size_t length = peer_poll(pair.server, answer, sizeof answer);
        assert_true(length > 300);
        assert_int_equal(answer[0], 22);
        assert_int_equal(answer[13], 2); /* ServerHello */
        SSL_free(ssl);
        peer_pair_close(&pair);
    }
}

/* Each would cost a signature, or at least a look. */
static void a_flood_of_handshake_messages_is_dropped_unread(void **state)
{
    (void)state;
    struct peer_pair pair;
    uint8_t hello[1500];
    peer_pair_open(&pair, NULL, NULL);
    peer_start(pair.client, now);
    size_t length = peer_poll(pair.client, hello, sizeof hello);
    unsigned read = 0, dropped = 0;
    for (unsigned i = 0; i < 20000; i++, now += 100) {
        hello[17] = (uint8_t)(i >> 8), hello[18] = (uint8_t)i; /* message_seq */
        hello[10] = hello[17], hello[9] = hello[18];           /* and record number */
        int error = peer_input(pair.server, hello, length, now);
        dropped += error == ERR_LIMIT;
        read += error != ERR_LIMIT;
    }
    assert_in_range(read, 100, 145);
    assert_int_equal(read + dropped, 20000);
    peer_pair_close(&pair);
}

/* A fragment of one byte of a later message, which OpenSSL would keep; `epoch` 1: it seems to be encrypted. */
static size_t put_fragment(uint8_t *out, uint8_t epoch, uint8_t number)
{
    static const uint8_t record[] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13,
                                     16, 0,    31,   0, 0, 9, 0, 0, 0, 0, 0, 1, 0};
    memcpy(out, record, sizeof record);
    out[4] = epoch;
    out[10] = number;
    return sizeof record;
}

static void handshake_records_are_counted_before_the_handshake_and_after(void **state)
{
    enum { AT_ONCE = 25 };
    (void)state;
    struct peer_pair pair;
    uint8_t data[1500];
    peer_pair_open(&pair, NULL, NULL);
    peer_start(pair.client, now);
    assert_int_equal(peer_input(pair.server, data, peer_poll(pair.client, data, sizeof data), now), 0);
    for (unsigned i = 0; i < 5; i++) {
        size_t length = 0;
        for (unsigned k = 0; k < AT_ONCE; k++)
            length += put_fragment(data + length, 0, (uint8_t)(2 + i * AT_ONCE + k));
        assert_int_equal(peer_input(pair.server, data, length, now) == ERR_LIMIT,
                         i > 2); /* 1 and 75 of 100 were read */
    }
    peer_pair_close(&pair);

    peer_pair_open(&pair, NULL, NULL);
    start_both(&pair);
    run(&pair, USEC_PER_SEC);
    for (unsigned i = 0; i < 40; i++, now += USEC_PER_SEC) {
        assert_int_equal(peer_input(pair.client, data, put_fragment(data, 1, (uint8_t)i), now) == ERR_LIMIT, i >= 32);
        assert_true(peer_state(pair.client) == PEER_CONNECTED);
    }
    peer_pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects_and_carries_media_both_ways),
        cmocka_unit_test(agrees_on_each_profile_and_the_server_chooses),
        cmocka_unit_test(without_a_common_profile_both_fail),
        cmocka_unit_test(what_is_malformed_is_counted_and_the_handshake_goes_on),
        cmocka_unit_test(close_notify_reaches_the_other_side),
        cmocka_unit_test(a_fragmented_client_hello_is_put_together),
        cmocka_unit_test(a_flood_of_handshake_messages_is_dropped_unread),
        cmocka_unit_test(handshake_records_are_counted_before_the_handshake_and_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
