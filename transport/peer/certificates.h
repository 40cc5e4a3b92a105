/* Whether the certificates of a peer may be given to OpenSSL, which decodes the keys of all of them before it asks
 * whose they are: a chain of 9 kB with parameters of its own for an elliptic curve took 2.6 s. So keys are looked at
 * first: RSA, Ed25519, and uncompressed points on curves that have names. Pure. */
#ifndef HEDDLE_PEER_CERTIFICATES_H
#define HEDDLE_PEER_CERTIFICATES_H

#include <stdbool.h>

#include "transport/base/bytes.h"

#define CERTIFICATES_MAX_BYTES 8192 /* of a Certificate message: a chain of three with RSA-4096 has 5 kB */
#define CERTIFICATES_MAX 4

/* The body of a Certificate message (RFC 5246 7.4.2). None at all may be given, too. */
bool certificates_are_cheap(struct span body);

#endif
