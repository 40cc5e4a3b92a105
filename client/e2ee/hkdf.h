/* HKDF (RFC 5869), and the passphrase's own derivation. Pure. */
#ifndef HEDDLE_CLIENT_HKDF_H
#define HEDDLE_CLIENT_HKDF_H

#include <openssl/evp.h>
#include <stdint.h>

#include "transport/base/bytes.h"

#define HKDF_SIZE_MAX 64 /* of a hash */

/* Without a salt. Writes as many bytes as the hash has. */
void hkdf_extract(const EVP_MD *hash, struct span input, uint8_t out[HKDF_SIZE_MAX]);
/* `out` is at most as long as the hash: one block. */
void hkdf_expand(const EVP_MD *hash, const uint8_t *secret, struct span info, uint8_t *out, size_t length);

#endif
