/* SFrame (RFC 9605): a frame encrypted and authenticated, behind a header with the id of its key and a counter. The two
 * AES-GCM cipher suites. Pure. */
#ifndef HEDDLE_CLIENT_SFRAME_H
#define HEDDLE_CLIENT_SFRAME_H

#include <stdint.h>

#include "transport/base/bytes.h"

#define SFRAME_HEADER_MAX 17
#define SFRAME_TAG_SIZE 16
#define SFRAME_OVERHEAD_MAX (SFRAME_HEADER_MAX + SFRAME_TAG_SIZE)

/* Section 8.1 registers them. */
enum sframe_suite { SFRAME_AES_128_GCM_SHA256_128 = 4, SFRAME_AES_256_GCM_SHA512_128 = 5 };

struct sframe_header {
    uint64_t key_id, counter;
    size_t length; /* of the header itself */
};

/* Section 4.3. Returns its length; `out` has room for SFRAME_HEADER_MAX. */
size_t sframe_write_header(uint8_t *out, uint64_t key_id, uint64_t counter);
/* 0 or ERR_TRUNCATED. */
int sframe_parse_header(struct sframe_header *header, const uint8_t *data, size_t length);

struct sframe_key {
    enum sframe_suite suite;
    uint64_t id;
    uint8_t key[32], salt[12];
};

/* Section 4.4.2. */
void sframe_key_derive(struct sframe_key *key, enum sframe_suite suite, uint64_t id, struct span base_key);
/* Section 5.1: the next base key, from which this one cannot be found. In place, as long as the suite's hash. */
void sframe_ratchet(enum sframe_suite suite, uint8_t *base_key, size_t length);
size_t sframe_hash_size(enum sframe_suite suite);

/* Header, ciphertext and tag, to `out` (SFRAME_OVERHEAD_MAX more than the frame's bytes). A counter must not be used
 * twice with one key. `metadata` is authenticated, and goes another way. Returns the length. */
size_t sframe_encrypt(const struct sframe_key *key, uint64_t counter, struct span metadata, struct span plain,
                      uint8_t *out);
/* The plain text of `data`, whose header was read, to `out` (as long as `data`). Returns its length; ERR_TRUNCATED,
 * ERR_AUTH: wrong key, or not as it was encrypted. */
int sframe_decrypt(const struct sframe_key *key, const struct sframe_header *header, struct span metadata,
                   struct span data, uint8_t *out);

#endif
