/* AES-GCM with one key, as RFC 7714 uses it: a nonce of 12 bytes, a tag of 16, AES-128 or AES-256. It is the largest
 * part of what a forwarded packet costs, so there are two engines for it: OpenSSL everywhere, and libipsec-mb, made for
 * packets, where the build and the processor have it. Both give the same bytes; a test compares each with libsrtp2.
 *
 * A key belongs to one thread; an engine is immutable and used by all. */
#ifndef HEDDLE_PEER_GCM_H
#define HEDDLE_PEER_GCM_H

#include <stdbool.h>

#include "transport/base/bytes.h"

#define GCM_NONCE 12
#define GCM_TAG 16

/* Each engine's own; made for one direction. */
struct gcm_key;

struct gcm_engine {
    const char *name;
    /* `length` is 16 or 32. NULL: the library failed. */
    struct gcm_key *(*key_new)(const uint8_t *key, size_t length, bool encrypts);
    void (*key_free)(struct gcm_key *key); /* NULL is fine */
    /* Encrypts the parts, one after the other, into `out`, and puts the tag behind them. A part may be where its
     * ciphertext goes. */
    bool (*encrypt)(struct gcm_key *key, const uint8_t nonce[GCM_NONCE], struct span header, const struct span *parts,
                    size_t count, uint8_t *out);
    /* In place; the tag follows the `length` bytes. False: not authentic, and the bytes are overwritten. */
    bool (*decrypt)(struct gcm_key *key, const uint8_t nonce[GCM_NONCE], struct span header, uint8_t *data,
                    size_t length);
};

#endif
