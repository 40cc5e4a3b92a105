#include "transport/peer/identity.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "transport/base/memory.h"
#include "transport/base/random.h"
#include "transport/base/time.h"
#include "transport/peer/certificates.h"
#include "transport/peer/fingerprint.h"

#define DAY_S (24 * 60 * 60)
#define FINGERPRINT_MAX (EVP_MAX_MD_SIZE * 3)

struct identity {
    atomic_uint references;
    SSL_CTX *context;
    char fingerprint[FINGERPRINT_MAX];
};

static int set_names(X509 *certificate)
{
    uint64_t serial;
    random_secure(&serial, sizeof serial);
    X509_NAME *name = X509_get_subject_name(certificate);
    /* The name must not tell anything about the host, since certificates are sent unencrypted. */
    return X509_set_version(certificate, 2) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"WebRTC", -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

static X509 *make_certificate(EVP_PKEY *key, int64_t wall_us)
{
    time_t now = (time_t)(wall_us / USEC_PER_SEC);
    X509 *certificate = X509_new();
    if (certificate == NULL)
        return NULL;
    if (!set_names(certificate) || ASN1_TIME_set(X509_getm_notBefore(certificate), now - DAY_S) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(certificate), now + 365 * DAY_S) == NULL ||
        X509_set_pubkey(certificate, key) != 1 || X509_sign(certificate, key, EVP_sha256()) == 0) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

static bool set_fingerprint(struct identity *identity, const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
        return false;
    for (unsigned i = 0; i < length; i++)
        snprintf(identity->fingerprint + 3 * i, 4, "%02X%s", digest[i], i + 1 < length ? ":" : "");
    return true;
}

#define SIGNATURES "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA+SHA256:RSA+SHA384:ed25519"

static SSL_CTX *make_context(EVP_PKEY *key, X509 *certificate)
{
    SSL_CTX *context = SSL_CTX_new(DTLS_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_options(context,
                        SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_ENCRYPT_THEN_MAC);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    /* OpenSSL keeps as much of each message that comes before its turn. */
    SSL_CTX_set_max_cert_list(context, CERTIFICATES_MAX_BYTES);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, fingerprint_verify, NULL);
    if (SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM") != 1 ||
        /* P-521 last: it is not needed for the key exchange, but OpenSSL accepts certificates of these curves only. */
        /* Few, so that a ClientHello may be sent in answer to the first check, before the path is proven. */
        SSL_CTX_set1_sigalgs_list(context, SIGNATURES) != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521") != 1 ||
        SSL_CTX_use_certificate(context, certificate) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

struct identity *identity_new(int64_t wall_us)
{
    struct identity *identity = mem_alloc(sizeof *identity);
    atomic_init(&identity->references, 1);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = key != NULL ? make_certificate(key, wall_us) : NULL;
    if (certificate != NULL && set_fingerprint(identity, certificate))
        identity->context = make_context(key, certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (identity->context == NULL) {
        free(identity);
        return NULL;
    }
    return identity;
}

struct identity *identity_hold(struct identity *identity)
{
    atomic_fetch_add_explicit(&identity->references, 1, memory_order_relaxed);
    return identity;
}

void identity_release(struct identity *identity)
{
    if (identity == NULL || atomic_fetch_sub_explicit(&identity->references, 1, memory_order_acq_rel) > 1)
        return;
    SSL_CTX_free(identity->context);
    free(identity);
}

const char *identity_fingerprint(const struct identity *identity)
{
    return identity->fingerprint;
}

SSL_CTX *identity_context(const struct identity *identity)
{
    return identity->context;
}
