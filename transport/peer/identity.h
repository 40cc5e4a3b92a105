/* What DTLS needs of an identity; the rest is in peer.h. */
#ifndef HEDDLE_PEER_IDENTITY_H
#define HEDDLE_PEER_IDENTITY_H

#include <openssl/ssl.h>

#include "transport/peer/peer.h"

/* DTLS 1.2 with this certificate; a certificate is demanded of the other side and handed to dtls_verify(). */
SSL_CTX *identity_context(const struct identity *identity);

#endif
