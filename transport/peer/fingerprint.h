/* The fingerprint that the remote peer's certificate must have; nothing else of the certificate is checked (RFC
 * 8122) but whether its key is cheap (certificates.h). */
#ifndef HEDDLE_PEER_FINGERPRINT_H
#define HEDDLE_PEER_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

struct fingerprint {
    const EVP_MD *digest;
    size_t length;
    uint8_t bytes[EVP_MAX_MD_SIZE];
    bool is_refused; /* the certificate had another one */
};

/* "sha-256", sha-384 or sha-512, and "AB:CD:..." with exactly the digest's length. False: it is invalid. */
bool fingerprint_parse(struct fingerprint *expected, const char *algorithm, const char *text);

/* OpenSSL's certificate check; the fingerprint expected of a connection is its SSL's app data. */
int fingerprint_verify(X509_STORE_CTX *store, void *unused);

#endif
