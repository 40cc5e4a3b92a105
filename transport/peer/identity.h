/* The identity that all connections of a worker, or of a client, share: an ECDSA P-256 key and certificate. Immutable,
 * so any thread may use it; counted atomically, so that it can be renewed while old connections keep the old one. */
#ifndef HEDDLE_PEER_IDENTITY_H
#define HEDDLE_PEER_IDENTITY_H

#include <stdint.h>

struct identity;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

struct identity *identity_new(int64_t wall_us); /* valid from a day before to a year after; NULL: OpenSSL failed */
struct identity *identity_hold(struct identity *identity);
void identity_release(struct identity *identity);
/* "AB:CD:..." SHA-256, 95 characters. Static as long as the identity lives. */
const char *identity_fingerprint(const struct identity *identity);

/* For dtls.c: DTLS 1.2 with this certificate; the remote peer must have one, too, which fingerprint_verify() checks. */
struct ssl_ctx_st *identity_context(const struct identity *identity);

#endif
