/* Which certificates are accepted: the fingerprint decides, and checking its signatures must not be slow. */
#include "tests/unit/peer/peer_pair.h"

static void a_wrong_fingerprint_fails_both(void **state)
{
    (void)state;
    for (int wrong_at_server = 0; wrong_at_server <= 1; wrong_at_server++) {
        struct peer_pair pair;
        peer_pair_open(&pair, NULL, NULL);
        struct identity *other = identity_new(WALL_US);
        struct peer_config config;
        struct peer **victim = wrong_at_server ? &pair.server : &pair.client;
        configure(&config, wrong_at_server ? pair.server_identity : pair.client_identity, other, !wrong_at_server);
        peer_free(*victim);
        *victim = peer_new(&config);
        start_both(&pair);
        run(&pair, USEC_PER_SEC);
        assert_int_equal(peer_state(*victim), PEER_FAILED);
        assert_int_equal(peer_error(*victim), ERR_AUTH);
        struct peer *other_side = wrong_at_server ? pair.client : pair.server;
        assert_int_not_equal(peer_state(other_side), PEER_CONNECTED);
        assert_int_equal(peer_error(other_side), ERR_AUTH);
        assert_int_equal(peer_profile(*victim), SRTP_PROFILE_NONE);
        identity_release(other);
        peer_pair_close(&pair);
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
        struct peer *peer = peer_new(&config);
        assert_int_equal(peer != NULL, cases[i].accepted);
        peer_free(peer);
    }
    identity_release(identity);
}

static void the_identity_outlives_its_owner(void **state)
{
    (void)state;
    struct identity *identity = identity_new(WALL_US);
    struct peer_config config;
    configure(&config, identity, identity, true);
    struct peer *peer = peer_new(&config);
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
    struct peer_pair pair;
    struct peer_config config;
    char fingerprint[EVP_MAX_MD_SIZE * 3];
    peer_pair_open(&pair, NULL, NULL);
    peer_free(pair.server);
    peer_free(pair.client);
    replace_certificate(pair.client_identity, key, names, fingerprint);
    configure(&config, pair.client_identity, pair.server_identity, true);
    pair.client = peer_new(&config);
    configure(&config, pair.server_identity, pair.client_identity, false);
    strcpy(config.remote_fingerprint, fingerprint);
    pair.server = peer_new(&config);
    peer_start(pair.client, now);
    run(&pair, usec_from_ms(5000));
    bool is_taken = is_connected(&pair);
    peer_pair_close(&pair);
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
static void a_key_that_is_slow_to_check_is_refused(void **state)
{
    (void)state;
    assert_true(is_taken(rsa_key(2048, "10001"), 1));
    assert_false(is_taken(rsa_key(2048, "100000000000000000000000000000000000000000000000000000000000000b"), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_fingerprint_fails_both),
        cmocka_unit_test(refuses_malformed_fingerprints),
        cmocka_unit_test(the_identity_outlives_its_owner),
        cmocka_unit_test(certificates_of_every_usual_kind_and_size_are_taken),
        cmocka_unit_test(a_key_that_is_slow_to_check_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
