/* Two peers over a link in memory, in virtual time: gettimeofday(), the clock of OpenSSL's retransmission timer, is the
 * test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/peer/identity.h"
#include "transport/peer/peer.h"
#include "transport/peer/seal.h"

#define WALL_US ((int64_t)1800000000 * 1000000)
#define START usec_from_ms(1000)
#define LATENCY usec_from_ms(10)
#define QUEUE 64

static usec_t now;
static usec_t wall_step; /* by which somebody has set the wall clock */

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    out->tv_sec = (time_t)((WALL_US + wall_step + now) / USEC_PER_SEC);
    out->tv_usec = (suseconds_t)((WALL_US + wall_step + now) % USEC_PER_SEC);
    return 0;
}

struct datagram {
    bool to_server;
    usec_t at;
    size_t length;
    uint8_t data[1500];
};

/* Decides the fate of the n-th datagram of a direction. */
typedef bool loses(void *user, bool to_server, unsigned n);

struct link {
    struct peer *client, *server;
    struct identity *client_identity, *server_identity;
    struct datagram queue[QUEUE];
    size_t count;
    unsigned sent_to_server, sent_to_client;
    size_t largest;
    loses *loses;
    void *user;
};

static void configure(struct peer_config *config, struct identity *own, struct identity *remote, bool is_client)
{
    *config = (struct peer_config){.identity = own, .is_dtls_client = is_client};
    strcpy(config->remote_fingerprint_algorithm, "sha-256");
    strcpy(config->remote_fingerprint, identity_fingerprint(remote));
}

static void link_open(struct link *link, const char *client_profiles, const char *server_profiles)
{
    memset(link, 0, sizeof *link);
    now = START;
    link->client_identity = identity_new(WALL_US);
    link->server_identity = identity_new(WALL_US);
    struct peer_config config;
    configure(&config, link->client_identity, link->server_identity, true);
    config.srtp_profiles = client_profiles;
    link->client = peer_new(&config, now);
    configure(&config, link->server_identity, link->client_identity, false);
    config.srtp_profiles = server_profiles;
    link->server = peer_new(&config, now);
    assert_non_null(link->client);
    assert_non_null(link->server);
}

static void link_close(struct link *link)
{
    peer_free(link->client);
    peer_free(link->server);
    identity_release(link->client_identity);
    identity_release(link->server_identity);
}

static void collect(struct link *link, struct peer *from)
{
    uint8_t data[1500];
    size_t length;
    while ((length = peer_poll(from, data, sizeof data)) > 0) {
        bool to_server = from == link->client;
        unsigned n = to_server ? link->sent_to_server++ : link->sent_to_client++;
        if (length > link->largest)
            link->largest = length;
        if (link->loses != NULL && link->loses(link->user, to_server, n))
            continue;
        assert_true(link->count < QUEUE);
        struct datagram *datagram = &link->queue[link->count++];
        *datagram = (struct datagram){.to_server = to_server, .at = now + LATENCY, .length = length};
        memcpy(datagram->data, data, length);
    }
}

static void collect_both(struct link *link)
{
    collect(link, link->client);
    collect(link, link->server);
}

/* One event: a datagram arrives or a timer runs out. False: nothing will ever happen again. */
static bool step(struct link *link)
{
    usec_t timer = usec_min(peer_next(link->client), peer_next(link->server));
    usec_t arrival = link->count > 0 ? link->queue[0].at : USEC_NEVER;
    if (usec_min(timer, arrival) == USEC_NEVER)
        return false;
    now = usec_max(now, usec_min(timer, arrival));
    if (arrival <= timer) {
        struct datagram datagram = link->queue[0];
        memmove(link->queue, link->queue + 1, --link->count * sizeof link->queue[0]);
        (void)peer_input(datagram.to_server ? link->server : link->client, datagram.data, datagram.length, now);
    } else {
        peer_timeout(link->client, now);
        peer_timeout(link->server, now);
    }
    collect_both(link);
    return true;
}

static void run(struct link *link, usec_t limit)
{
    collect_both(link);
    for (unsigned steps = 0; steps < 2000 && now < START + limit && step(link); steps++)
        ;
}

static bool is_connected(const struct link *link)
{
    return peer_state(link->client) == PEER_CONNECTED && peer_state(link->server) == PEER_CONNECTED;
}

static void start_both(struct link *link)
{
    peer_start(link->client, now);
    peer_start(link->server, now);
}

static size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
    static const uint8_t header[] = {0x80, 96, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    memcpy(out, header, sizeof header);
    out[2] = (uint8_t)(seq >> 8), out[3] = (uint8_t)seq;
    out[8] = (uint8_t)(ssrc >> 24), out[9] = (uint8_t)(ssrc >> 16), out[10] = (uint8_t)(ssrc >> 8),
    out[11] = (uint8_t)ssrc;
    memset(out + 12, 0x5a, 100);
    return 112;
}

static void expect_media(struct peer *from, struct peer *to)
{
    uint8_t data[200], plain[200];
    size_t length = make_rtp(data, 7, 1);
    memcpy(plain, data, length);
    assert_int_equal(peer_protect_rtp(from, data, &length), 0);
    assert_true(length > 112);
    assert_memory_not_equal(data + 12, plain + 12, 100);
    assert_int_equal(peer_unprotect_rtp(to, data, &length), 0);
    assert_int_equal(length, 112);
    assert_memory_equal(data, plain, 112);
}

/* The same from scattered plaintext. */
static void expect_sealed_media(struct peer *from, struct peer *to)
{
    uint8_t plain[200], out[200];
    struct packet_window stream = {.is_started = false};
    size_t length = make_rtp(plain, 8, 1);
    struct span parts[] = {{plain + 12, 1}, {plain + 13, length - 13}};
    assert_int_equal(peer_seal_rtp(from, &stream, plain, 12, parts, 2, out, 100, &length), ERR_NO_SPACE);
    assert_int_equal(peer_seal_rtp(from, &stream, plain, 12, parts, 2, out, sizeof out, &length), 0);
    assert_true(length > 112);
    assert_int_equal(peer_unprotect_rtp(to, out, &length), 0);
    assert_int_equal(length, 112);
    assert_memory_equal(out, plain, 112);
}

static void connects_and_carries_media_both_ways(void **state)
{
    (void)state;
    struct link link;
    link_open(&link, NULL, NULL);
    assert_int_equal(peer_state(link.client), PEER_NEW);
    assert_true(peer_next(link.client) == USEC_NEVER);
    start_both(&link);
    run(&link, USEC_PER_SEC);
    assert_true(is_connected(&link));
    assert_true(peer_next(link.client) == USEC_NEVER && peer_next(link.server) == USEC_NEVER);
    assert_true(link.largest <= 1200);
    struct peer_stats stats;
    peer_get_stats(link.client, &stats);
    assert_int_equal(stats.handshake_resends, 0);
    assert_int_equal(stats.handshake_time, 4 * LATENCY);
    expect_media(link.client, link.server);
    expect_media(link.server, link.client);
    link_close(&link);
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
        struct link link;
        link_open(&link, cases[i].client, cases[i].server);
        assert_null(peer_send_keys(link.client));
        start_both(&link);
        run(&link, USEC_PER_SEC);
        assert_true(is_connected(&link));
        assert_int_equal(peer_profile(link.client), cases[i].expected);
        assert_int_equal(peer_profile(link.server), cases[i].expected);
        assert_int_equal(peer_send_keys(link.server)->profile, cases[i].expected);
        expect_media(link.client, link.server);
        expect_media(link.server, link.client);
        expect_sealed_media(link.client, link.server);
        expect_sealed_media(link.server, link.client);
        link_close(&link);
    }
}

static void without_a_common_profile_both_fail(void **state)
{
    (void)state;
    struct link link;
    link_open(&link, "AES128_CM_SHA1_80", "AEAD_AES_128_GCM");
    start_both(&link);
    run(&link, USEC_PER_SEC);
    assert_int_equal(peer_state(link.client), PEER_FAILED);
    assert_int_equal(peer_error(link.client), ERR_UNSUPPORTED);
    assert_int_equal(peer_state(link.server), PEER_FAILED);
    assert_int_equal(peer_error(link.server), ERR_UNSUPPORTED);
    link_close(&link);
}

struct one_loss {
    bool to_server;
    unsigned n;
};

static bool loses_one(void *user, bool to_server, unsigned n)
{
    const struct one_loss *loss = user;
    return loss->to_server == to_server && loss->n == n;
}

/* Whichever datagram is lost, the timers mend it soon. */
static void survives_each_single_loss(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct one_loss loss = {i % 2 == 0, i / 2};
        struct link link;
        link_open(&link, NULL, NULL);
        link.loses = loses_one;
        link.user = &loss;
        start_both(&link);
        run(&link, usec_from_ms(400));
        assert_true(is_connected(&link));
        expect_media(link.client, link.server);
        expect_media(link.server, link.client);
        link_close(&link);
    }
}

static void a_lost_first_server_flight_costs_little(void **state)
{
    (void)state;
    struct one_loss loss = {false, 0};
    struct link link;
    link_open(&link, NULL, NULL);
    link.loses = loses_one;
    link.user = &loss;
    start_both(&link);
    run(&link, USEC_PER_SEC);
    struct peer_stats stats;
    peer_get_stats(link.client, &stats);
    assert_true(is_connected(&link));
    assert_true(stats.handshake_time <= usec_from_ms(150));
    link_close(&link);
}

static bool loses_at_random(void *user, bool to_server, unsigned n)
{
    (void)to_server, (void)n;
    return rng_below(user, 100) < 30;
}

static void survives_thirty_percent_loss(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_init(&rng, seed);
        struct link link;
        link_open(&link, NULL, NULL);
        link.loses = loses_at_random;
        link.user = &rng;
        start_both(&link);
        run(&link, 30 * USEC_PER_SEC);
        if (!is_connected(&link))
            fail_msg("seed %u: client %d, server %d", (unsigned)seed, peer_state(link.client), peer_state(link.server));
        expect_media(link.server, link.client);
        link_close(&link);
    }
}

/* The wall clock is set when a datagram goes out that is then lost, as the next two are. */
struct clock_change {
    bool to_server;
    unsigned at;
    usec_t step;
};

static bool sets_the_clock(void *user, bool to_server, unsigned n)
{
    const struct clock_change *change = user;
    if (to_server != change->to_server || n < change->at || n > change->at + 2)
        return false;
    wall_step = change->step;
    return true;
}

static void a_changed_wall_clock_holds_nothing_up(void **state)
{
    static const usec_t steps[] = {0,
                                   -USEC_PER_SEC,
                                   -3600 * USEC_PER_SEC,
                                   -20 * 365 * 86400 * USEC_PER_SEC,
                                   USEC_PER_SEC,
                                   3600 * USEC_PER_SEC,
                                   20 * 365 * 86400 * USEC_PER_SEC};
    (void)state;
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
        for (unsigned at = 0; at < 8; at++) {
            struct clock_change change = {.to_server = at % 2 == 0, .at = at / 2, .step = steps[i]};
            struct link link;
            link_open(&link, NULL, NULL);
            link.loses = sets_the_clock;
            link.user = &change;
            start_both(&link);
            run(&link, 30 * USEC_PER_SEC);
            /* A client that OpenSSL keeps from asking for the server's last flight gives up soon, to begin anew. */
            bool must_begin_anew = steps[i] < 0 && change.at > 0 && !change.to_server;
            bool has_given_up = peer_state(link.client) == PEER_FAILED && peer_error(link.client) == ERR_TIMEOUT;
            if (!(is_connected(&link) || (must_begin_anew && has_given_up)) || now > START + 2 * USEC_PER_SEC)
                fail_msg("step %lld s, datagram %u: client %d, server %d after %lld ms",
                         (long long)(steps[i] / USEC_PER_SEC), at, peer_state(link.client), peer_state(link.server),
                         (long long)((now - START) / 1000));
            link_close(&link);
            wall_step = 0;
        }
}

static bool loses_all(void *user, bool to_server, unsigned n)
{
    (void)user, (void)to_server, (void)n;
    return true;
}

static void gives_up_when_nobody_answers(void **state)
{
    (void)state;
    struct link link;
    link_open(&link, NULL, NULL);
    link.loses = loses_all;
    start_both(&link);
    run(&link, 60 * USEC_PER_SEC);
    assert_int_equal(peer_state(link.client), PEER_FAILED);
    assert_int_equal(peer_error(link.client), ERR_TIMEOUT);
    assert_int_equal(peer_state(link.server), PEER_FAILED);
    assert_int_equal(peer_error(link.server), ERR_TIMEOUT);
    struct peer_stats stats;
    peer_get_stats(link.client, &stats);
    assert_in_range(stats.handshake_resends, 8, 13);
    assert_true(peer_next(link.client) == USEC_NEVER && peer_next(link.server) == USEC_NEVER);
    link_close(&link);
}

static void starting_again_resends_the_flight(void **state)
{
    (void)state;
    struct link link;
    link_open(&link, NULL, NULL);
    uint8_t first[1500], second[1500];
    peer_start(link.client, now);
    size_t length = peer_poll(link.client, first, sizeof first);
    assert_true(length > 0);
    assert_int_equal(peer_poll(link.client, second, sizeof second), 0);
    peer_start(link.client, now);
    assert_int_equal(peer_poll(link.client, second, sizeof second), length);
    assert_memory_equal(first, second, length);
    assert_int_equal(peer_poll(link.client, second, sizeof second), 0);
    link_close(&link);
}

static void a_wrong_fingerprint_fails_both(void **state)
{
    (void)state;
    for (int wrong_at_server = 0; wrong_at_server <= 1; wrong_at_server++) {
        struct link link;
        link_open(&link, NULL, NULL);
        struct identity *other = identity_new(WALL_US);
        struct peer_config config;
        struct peer **victim = wrong_at_server ? &link.server : &link.client;
        configure(&config, wrong_at_server ? link.server_identity : link.client_identity, other, !wrong_at_server);
        peer_free(*victim);
        *victim = peer_new(&config, now);
        start_both(&link);
        run(&link, USEC_PER_SEC);
        assert_int_equal(peer_state(*victim), PEER_FAILED);
        assert_int_equal(peer_error(*victim), ERR_AUTH);
        struct peer *other_side = wrong_at_server ? link.client : link.server;
        assert_int_not_equal(peer_state(other_side), PEER_CONNECTED);
        assert_int_equal(peer_error(other_side), ERR_AUTH);
        assert_int_equal(peer_profile(*victim), SRTP_PROFILE_NONE);
        identity_release(other);
        link_close(&link);
    }
}

static void refuses_malformed_fingerprints(void **state)
{
    (void)state;
    struct identity *identity = identity_new(WALL_US);
    const char *good = identity_fingerprint(identity);
    assert_int_equal(strlen(good), 95);
    static const struct {
        const char *algorithm;
        int cut, at;
        char put;
        bool accepted;
    } cases[] = {
        {"sha-256", 0, 0, 0, true},    {"SHA-256", 0, 0, 0, true},    {"sha-1", 0, 0, 0, false},
        {"sha-384", 0, 0, 0, false},   {"sha-256", 1, 0, 0, false},   {"sha-256", 3, 0, 0, false},
        {"sha-256", 0, 0, 'G', false}, {"sha-256", 0, 2, '-', false}, {"sha-256", 0, 94, ' ', false},
        {"", 0, 0, 0, false},          {"sha-256", 95, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct peer_config config = {.identity = identity};
        strcpy(config.remote_fingerprint_algorithm, cases[i].algorithm);
        strcpy(config.remote_fingerprint, good);
        config.remote_fingerprint[95 - cases[i].cut] = '\0';
        if (cases[i].put != 0)
            config.remote_fingerprint[cases[i].at] = cases[i].put;
        struct peer *peer = peer_new(&config, 0);
        assert_int_equal(peer != NULL, cases[i].accepted);
        peer_free(peer);
    }
    identity_release(identity);
}

static void garbage_is_counted_and_the_handshake_goes_on(void **state)
{
    (void)state;
    struct link link;
    struct rng rng;
    rng_init(&rng, 1);
    link_open(&link, NULL, NULL);
    peer_start(link.server, now);
    for (int i = 0; i < 500; i++) {
        uint8_t data[200];
        size_t length = (size_t)rng_below(&rng, sizeof data);
        for (size_t k = 0; k < length; k++)
            data[k] = (uint8_t)rng_u32(&rng);
        /* A first byte out of DTLS, or a record of a version and an epoch that are not ours. */
        if (i % 2 == 0 && length > 4)
            data[0] = 22, data[1] = 0xfe, data[2] = 0xfd, data[3] = 0x77;
        (void)peer_input(link.server, data, length, now);
        assert_int_equal(peer_state(link.server), PEER_HANDSHAKE);
    }
    struct peer_stats stats;
    peer_get_stats(link.server, &stats);
    assert_true(stats.dtls_errors > 100);
    uint8_t short_record[5] = {22, 0xfe, 0xfd};
    assert_int_equal(peer_input(link.server, short_record, sizeof short_record, now), ERR_INVALID);
    peer_start(link.client, now);
    run(&link, USEC_PER_SEC);
    assert_true(is_connected(&link));
    link_close(&link);
}

static void close_notify_reaches_the_other_side(void **state)
{
    (void)state;
    struct link link;
    link_open(&link, NULL, NULL);
    start_both(&link);
    run(&link, USEC_PER_SEC);
    assert_true(is_connected(&link));
    peer_close(link.client);
    assert_int_equal(peer_state(link.client), PEER_CLOSED);
    collect_both(&link);
    assert_true(step(&link));
    assert_int_equal(peer_state(link.server), PEER_CLOSED);
    assert_int_equal(peer_error(link.server), 0);
    uint8_t data[200];
    size_t length = make_rtp(data, 1, 1);
    assert_int_equal(peer_protect_rtp(link.server, data, &length), ERR_WRONG_STATE);
    link_close(&link);
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
        struct link link;
        link_open(&link, NULL, NULL);
        BIO *in, *out;
        SSL *ssl = make_long_client(&in, &out);
        assert_int_equal(SSL_do_handshake(ssl), -1);
        assert_true(feed_records(link.server, out, backwards) >= 3);
        uint8_t answer[1500];
        size_t length = peer_poll(link.server, answer, sizeof answer);
        assert_true(length > 300);
        assert_int_equal(answer[0], 22);
        assert_int_equal(answer[13], 2); /* ServerHello */
        SSL_free(ssl);
        link_close(&link);
    }
}

static void the_identity_outlives_its_owner(void **state)
{
    (void)state;
    struct identity *identity = identity_new(WALL_US);
    struct peer_config config;
    configure(&config, identity, identity, true);
    struct peer *peer = peer_new(&config, now);
    identity_release(identity);
    uint8_t data[1500];
    peer_start(peer, now);
    assert_true(peer_poll(peer, data, sizeof data) > 0);
    peer_free(peer);
}

/* Puts another key and certificate in the place of an identity's own, and tells its fingerprint. */
static void replace_certificate(struct identity *identity, EVP_PKEY *key, unsigned names, char *fingerprint)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length;
    bool is_edwards = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    for (unsigned i = 0; i < names; i++)
        X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
                                   (const unsigned char *)"a name of forty characters, no fewer...", -1, -1, 0);
    X509_set_version(certificate, 2);
    X509_set_issuer_name(certificate, name);
    ASN1_TIME_set(X509_getm_notBefore(certificate), WALL_US / USEC_PER_SEC - 60);
    ASN1_TIME_set(X509_getm_notAfter(certificate), WALL_US / USEC_PER_SEC + 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, is_edwards ? NULL : EVP_sha256()) > 0);
    assert_int_equal(SSL_CTX_use_certificate(identity_context(identity), certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(identity_context(identity), key), 1);
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, &length), 1);
    for (unsigned i = 0; i < length; i++)
        sprintf(fingerprint + 3 * i, "%02X%s", digest[i], i + 1 < length ? ":" : "");
    X509_free(certificate);
}

/* Whether the server takes a client with this certificate. */
static bool is_taken(EVP_PKEY *key, unsigned names)
{
    struct link link;
    struct peer_config config;
    char fingerprint[EVP_MAX_MD_SIZE * 3];
    link_open(&link, NULL, NULL);
    peer_free(link.server);
    peer_free(link.client);
    replace_certificate(link.client_identity, key, names, fingerprint);
    configure(&config, link.client_identity, link.server_identity, true);
    link.client = peer_new(&config, now);
    configure(&config, link.server_identity, link.client_identity, false);
    strcpy(config.remote_fingerprint, fingerprint);
    link.server = peer_new(&config, now);
    peer_start(link.client, now);
    run(&link, usec_from_ms(5000));
    bool is_taken = is_connected(&link);
    link_close(&link);
    EVP_PKEY_free(key);
    return is_taken;
}

static void certificates_of_every_usual_kind_and_size_are_taken(void **state)
{
    (void)state;
    const struct {
        const char *what;
        EVP_PKEY *key;
        unsigned names; /* that make it larger */
    } rows[] = {
        {"RSA-2048", EVP_RSA_gen(2048), 1},       {"RSA-4096", EVP_RSA_gen(4096), 1},
        {"P-256", EVP_EC_gen("P-256"), 1},        {"P-384", EVP_EC_gen("P-384"), 1},
        {"P-521", EVP_EC_gen("P-521"), 1},        {"Ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 1},
        {"P-256, 3 kB", EVP_EC_gen("P-256"), 25},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!is_taken(rows[i].key, rows[i].names))
            fail_msg("%s: refused", rows[i].what);
}

static EVP_PKEY *rsa_key(size_t bits, const char *exponent)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = NULL;
    EVP_PKEY *key = NULL;
    assert_true(BN_hex2bn(&e, exponent) > 0);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    BN_free(e);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* A signature by the second key takes us as long to check as it takes others to make. */
static void a_key_that_is_made_to_be_dear_is_refused(void **state)
{
    (void)state;
    assert_true(is_taken(rsa_key(2048, "10001"), 1));
    assert_false(is_taken(rsa_key(2048, "100000000000000000000000000000000000000000000000000000000000000b"), 1));
}

/* Each would cost a signature, or at least a look. */
static void a_flood_of_handshake_messages_is_dropped_unread(void **state)
{
    (void)state;
    struct link link;
    uint8_t hello[1500];
    link_open(&link, NULL, NULL);
    peer_start(link.client, now);
    size_t length = peer_poll(link.client, hello, sizeof hello);
    unsigned read = 0, dropped = 0;
    for (unsigned i = 0; i < 20000; i++, now += 100) {
        hello[17] = (uint8_t)(i >> 8), hello[18] = (uint8_t)i; /* message_seq */
        hello[10] = hello[17], hello[9] = hello[18];           /* and record number */
        int error = peer_input(link.server, hello, length, now);
        dropped += error == ERR_LIMIT;
        read += error != ERR_LIMIT;
    }
    assert_in_range(read, 100, 145);
    assert_int_equal(read + dropped, 20000);
    link_close(&link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connects_and_carries_media_both_ways),
        cmocka_unit_test(agrees_on_each_profile_and_the_server_chooses),
        cmocka_unit_test(without_a_common_profile_both_fail),
        cmocka_unit_test(survives_each_single_loss),
        cmocka_unit_test(a_lost_first_server_flight_costs_little),
        cmocka_unit_test(survives_thirty_percent_loss),
        cmocka_unit_test(a_changed_wall_clock_holds_nothing_up),
        cmocka_unit_test(gives_up_when_nobody_answers),
        cmocka_unit_test(starting_again_resends_the_flight),
        cmocka_unit_test(a_wrong_fingerprint_fails_both),
        cmocka_unit_test(refuses_malformed_fingerprints),
        cmocka_unit_test(garbage_is_counted_and_the_handshake_goes_on),
        cmocka_unit_test(close_notify_reaches_the_other_side),
        cmocka_unit_test(a_fragmented_client_hello_is_put_together),
        cmocka_unit_test(the_identity_outlives_its_owner),
        cmocka_unit_test(certificates_of_every_usual_kind_and_size_are_taken),
        cmocka_unit_test(a_key_that_is_made_to_be_dear_is_refused),
        cmocka_unit_test(a_flood_of_handshake_messages_is_dropped_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
