/* What of a handshake OpenSSL gets to see: certificates whole and looked at, all else as it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <string.h>

#include "transport/base/error.h"
#include "transport/peer/certificate_gate.h"
#include "transport/peer/certificates.h"

enum { CERTIFICATE = 11, HELLO = 2, DONE = 14 };

struct bytes {
    uint8_t data[16384];
    size_t length;
};

static struct span span_of(const struct bytes *bytes)
{
    return (struct span){bytes->data, bytes->length};
}

/* Keys */

static EVP_PKEY *curve_key(const char *group, const char *encoding, const char *form)
{
    EVP_PKEY *key = EVP_EC_gen(group);
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding), 1);
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, form), 1);
    return key;
}

/* A public key of any size: nobody signs with it. */
static EVP_PKEY *rsa_key(int bits, int exponent_bits)
{
    BIGNUM *n = BN_new(), *e = BN_new();
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    assert_true(BN_set_bit(n, bits - 1) && BN_set_bit(n, 0) && BN_set_bit(e, exponent_bits - 1) && BN_set_bit(e, 0));
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    BN_free(e);
    return key;
}

/* The body of a message with a chain of `count` certificates of this key, which is freed. */
static struct bytes chain(EVP_PKEY *key, unsigned count)
{
    struct bytes body = {.length = 3};
    EVP_PKEY *signer = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)"Ann", -1,
                               -1, 0);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, signer, EVP_sha256()) > 0);
    for (unsigned i = 0; i < count; i++) {
        unsigned char *out = body.data + body.length + 3;
        int length = i2d_X509(certificate, &out);
        assert_true(length > 0 && body.length + 3 + (size_t)length <= sizeof body.data);
        put_u24(body.data + body.length, (uint32_t)length);
        body.length += 3 + (size_t)length;
    }
    put_u24(body.data, (uint32_t)body.length - 3);
    X509_free(certificate);
    EVP_PKEY_free(signer);
    EVP_PKEY_free(key);
    return body;
}

static void keys_that_cost_much_are_told_before_they_are_decoded(void **state)
{
    (void)state;
    const struct {
        const char *what;
        EVP_PKEY *key;
        unsigned count;
        bool is_cheap;
    } rows[] = {
        {"P-256", EVP_EC_gen("P-256"), 1, true},
        {"P-384", EVP_EC_gen("P-384"), 1, true},
        {"P-521", EVP_EC_gen("P-521"), 1, true},
        {"Ed25519", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 1, true},
        {"RSA-8192", rsa_key(8192, 17), 1, true},
        {"an exponent of 64 bits", rsa_key(2048, 64), 1, true},
        {"a chain", rsa_key(4096, 17), 4, true},
        {"none", EVP_EC_gen("P-256"), 0, true},
        {"a long chain", EVP_EC_gen("P-256"), 5, false},
        {"RSA-8200", rsa_key(8200, 17), 1, false},
        {"an exponent of 80 bits", rsa_key(2048, 80), 1, false},
        {"parameters of its own", curve_key("P-256", "explicit", "uncompressed"), 1, false},
        {"a compressed point", curve_key("P-256", "named_curve", "compressed"), 1, false},
        {"P-224", EVP_EC_gen("P-224"), 1, false},
        {"brainpool", EVP_EC_gen("brainpoolP512r1"), 1, false},
        {"Ed448", EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes body = chain(rows[i].key, rows[i].count);
        if (certificates_are_cheap(span_of(&body)) != rows[i].is_cheap)
            fail_msg("%s", rows[i].what);
        for (size_t cut = 0; cut < body.length; cut++)
            assert_false(certificates_are_cheap((struct span){body.data, cut}));
    }
}

/* Datagrams */

static void add_fragment(struct bytes *to, uint8_t type, struct span message, size_t offset, size_t length)
{
    uint8_t *head = to->data + to->length;
    memset(head, 0, 12);
    head[0] = type;
    put_u24(head + 1, (uint32_t)message.length);
    put_u16(head + 4, type); /* the sequence number of the message */
    put_u24(head + 6, (uint32_t)offset);
    put_u24(head + 9, (uint32_t)length);
    memcpy(head + 12, message.data + offset, length);
    to->length += 12 + length;
}

/* Puts the bytes from `begin` on into a record. */
static void make_record(struct bytes *datagram, size_t begin, uint8_t type, uint16_t epoch, uint8_t number)
{
    size_t length = datagram->length - begin;
    uint8_t *head = datagram->data + begin;
    memmove(head + 13, head, length);
    memset(head, 0, 13);
    head[0] = type;
    head[1] = 0xfe;
    head[2] = 0xfd;
    put_u16(head + 3, epoch);
    head[10] = number;
    put_u16(head + 11, (uint16_t)length);
    datagram->length += 13;
}

static const uint8_t hello_body[] = "a message of thirty characters";
static const struct span hello = {hello_body, sizeof hello_body - 1};

static int pass(struct certificate_gate *gate, const struct bytes *datagram, struct bytes *passed)
{
    struct span out = {NULL, 0};
    int error = certificate_gate_pass(gate, span_of(datagram), &out);
    passed->length = error == 0 ? out.length : 0;
    memcpy(passed->data, out.data, passed->length);
    return error;
}

static struct bytes fragment_datagram(struct span body, size_t offset, size_t length, uint8_t number)
{
    struct bytes datagram = {.length = 0};
    add_fragment(&datagram, CERTIFICATE, body, offset, length);
    make_record(&datagram, 0, 22, 0, number);
    return datagram;
}

static void assert_same(const struct bytes *a, const struct bytes *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->data, b->data, a->length);
}

static void fragments_come_as_one_message_in_the_record_of_the_last(void **state)
{
    static const size_t orders[][6] = {{0, 1, 2}, {2, 0, 1}, {1, 1, 0, 0, 2}, {0, 2, 0, 2, 1}};
    static const size_t counts[] = {3, 3, 5, 5};
    struct bytes body = chain(rsa_key(4096, 17), 1), passed;
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct certificate_gate gate = {0};
        size_t third = body.length / 3;
        for (size_t k = 0; k < counts[i]; k++) {
            size_t offset = orders[i][k] * third, length = orders[i][k] == 2 ? body.length - offset : third + 5;
            struct bytes datagram = fragment_datagram(span_of(&body), offset, length, (uint8_t)k);
            assert_int_equal(pass(&gate, &datagram, &passed), 0);
            if (k + 1 < counts[i]) {
                assert_int_equal(passed.length, 0);
                continue;
            }
            struct bytes whole = fragment_datagram(span_of(&body), 0, body.length, (uint8_t)k);
            assert_same(&passed, &whole);
        }
        certificate_gate_close(&gate);
    }
}

static void what_is_no_certificate_is_passed_as_it_came(void **state)
{
    struct bytes body = chain(EVP_EC_gen("P-256"), 1), datagram = {.length = 0}, passed, without = {.length = 0};
    struct certificate_gate gate = {0};
    (void)state;
    add_fragment(&datagram, HELLO, hello, 0, 10);
    make_record(&datagram, 0, 22, 0, 1);
    assert_int_equal(pass(&gate, &datagram, &passed), 0);
    assert_same(&passed, &datagram);
    struct bytes encrypted = fragment_datagram(span_of(&body), 0, 10, 2); /* bytes that look like one, in epoch 1 */
    encrypted.data[4] = 1;
    assert_int_equal(pass(&gate, &encrypted, &passed), 0);
    assert_same(&passed, &encrypted);

    /* Of one record with all three, what is no certificate; and the record after it. */
    datagram.length = 0;
    add_fragment(&datagram, HELLO, hello, 0, hello.length);
    add_fragment(&datagram, CERTIFICATE, span_of(&body), 0, body.length / 2);
    add_fragment(&datagram, DONE, hello, 0, 0);
    make_record(&datagram, 0, 22, 0, 3);
    add_fragment(&without, HELLO, hello, 0, hello.length);
    add_fragment(&without, DONE, hello, 0, 0);
    make_record(&without, 0, 22, 0, 3);
    for (struct bytes *one = &datagram;; one = &without) {
        size_t begin = one->length;
        one->data[one->length++] = 1;
        make_record(one, begin, 20, 0, 4);
        if (one == &without)
            break;
    }
    assert_int_equal(pass(&gate, &datagram, &passed), 0);
    assert_same(&passed, &without);
    certificate_gate_close(&gate);
}

/* OpenSSL drops a record that it has had; so what is looked at is what it gets, whoever sends what twice. */
static void only_what_was_looked_at_is_passed(void **state)
{
    struct bytes good = chain(EVP_EC_gen("P-256"), 1), bad = chain(curve_key("P-256", "explicit", "uncompressed"), 1);
    struct bytes passed, datagram;
    struct certificate_gate gate = {0};
    (void)state;
    bad.length = good.length < bad.length ? good.length : bad.length; /* of one length: fragments of one message */
    good.length = bad.length;
    datagram = fragment_datagram(span_of(&bad), 0, bad.length - 1, 1);
    assert_int_equal(pass(&gate, &datagram, &passed), 0);
    assert_int_equal(passed.length, 0);
    datagram = fragment_datagram(span_of(&good), 0, good.length - 1, 1);
    assert_int_equal(pass(&gate, &datagram, &passed), 0);
    assert_int_equal(passed.length, 0);
    datagram = fragment_datagram(span_of(&bad), bad.length - 1, 1, 2);
    assert_true(pass(&gate, &datagram, &passed) == ERR_AUTH || passed.length > bad.length);
    certificate_gate_close(&gate);
}

static void what_cannot_be_is_refused(void **state)
{
    static const uint8_t large[CERTIFICATES_MAX_BYTES + 1];
    struct bytes bad = chain(curve_key("P-256", "explicit", "uncompressed"), 1), passed;
    struct certificate_gate gate = {0};
    (void)state;
    struct bytes datagram = fragment_datagram(span_of(&bad), 0, bad.length, 1);
    assert_int_equal(pass(&gate, &datagram, &passed), ERR_AUTH);
    datagram = fragment_datagram((struct span){large, sizeof large}, 0, 1, 2);
    assert_int_equal(pass(&gate, &datagram, &passed), ERR_AUTH);
    datagram = fragment_datagram(span_of(&bad), 10, 20, 3);
    put_u24(datagram.data + 13 + 6, (uint32_t)bad.length - 10); /* it ends after the message */
    assert_int_equal(pass(&gate, &datagram, &passed), ERR_INVALID);
    datagram = fragment_datagram(span_of(&bad), 10, 20, 4);
    put_u24(datagram.data + 13 + 9, 21); /* it ends after the record */
    assert_int_equal(pass(&gate, &datagram, &passed), ERR_INVALID);
    certificate_gate_close(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_cost_much_are_told_before_they_are_decoded),
        cmocka_unit_test(fragments_come_as_one_message_in_the_record_of_the_last),
        cmocka_unit_test(what_is_no_certificate_is_passed_as_it_came),
        cmocka_unit_test(only_what_was_looked_at_is_passed),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
