/* The certificate that HTTPS shows. */
#ifndef HEDDLE_SIGNALING_CERTIFICATE_H
#define HEDDLE_SIGNALING_CERTIFICATE_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "transport/base/time.h"

/* Tells whether the two files have changed: what stat() says of the certificate and of the key. */
struct certificate_stamp {
    int64_t numbers[6];
};

struct certificate_watch {
    struct certificate_stamp read, seen; /* as they were when they were read last, and at the last check */
    usec_t handshake_time;               /* 0: not measured yet */
};

/* Reads both files for the first time. ERR_INVALID: they cannot be used together, for a reason that was logged. */
int certificate_use(SSL_CTX *tls, const char *certificate, const char *key);

/* Reads both files again, for connections to come. ERR_INVALID: they cannot be used together (logged), and the old ones
 * stay. */
int certificate_reload(SSL_CTX *tls, const char *certificate, const char *key);

/* Call before both files are read for the first time. */
void certificate_watch(struct certificate_watch *watch, const char *certificate, const char *key);

/* CPU time of one TLS handshake: a signature with this key, measured at the first call after the files were read, and a
 * fixed time for the rest. */
usec_t certificate_handshake_time(struct certificate_watch *watch, SSL_CTX *tls);

/* To be called several times a second: reads both files again when one of them has changed, but only when neither has
 * changed since the last call, so that a pair that is just being written is read when both are complete. */
void certificate_check(struct certificate_watch *watch, SSL_CTX *tls, const char *certificate, const char *key);

#endif
