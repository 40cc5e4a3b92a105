#include "transport/peer/fingerprint.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>

#include "transport/base/bytes.h"

static const EVP_MD *digest_of(const char *algorithm)
{
    if (strcasecmp(algorithm, "sha-256") == 0)
        return EVP_sha256();
    if (strcasecmp(algorithm, "sha-384") == 0)
        return EVP_sha384();
    if (strcasecmp(algorithm, "sha-512") == 0)
        return EVP_sha512();
    return NULL;
}

bool fingerprint_parse(struct fingerprint *expected, const char *algorithm, const char *text)
{
    expected->digest = digest_of(algorithm);
    if (expected->digest == NULL)
        return false;
    expected->length = (size_t)EVP_MD_get_size(expected->digest);
    if (strlen(text) != 3 * expected->length - 1)
        return false;
    for (size_t i = 0; i < expected->length; i++) {
        int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);
        if (high < 0 || low < 0 || (i + 1 < expected->length && text[3 * i + 2] != ':'))
            return false;
        expected->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

int fingerprint_verify(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct fingerprint *expected = SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (certificate != NULL && X509_digest(certificate, expected->digest, digest, &length) == 1 &&
        length == expected->length && memcmp(digest, expected->bytes, length) == 0)
        return 1;
    expected->is_refused = true;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}
