/* The certificate that HTTPS shows. */
#ifndef HEDDLE_SIGNALING_CERTIFICATE_H
#define HEDDLE_SIGNALING_CERTIFICATE_H

#include <stdint.h>

#include <openssl/ssl.h>

#include "transport/base/time.h"

/* Which content of the two files it was: what stat tells of the certificate and of the key. */
struct certificate_stamp {
    int64_t numbers[6];
};

struct certificate_watch {
    struct certificate_stamp read, seen; /* the content that was read last, and that of the last look */
    usec_t handshake_time;               /* 0: not measured yet */
};

/* Whether both files can be used together. ERR_INVALID: they cannot, for a reason that was logged. */
int certificate_test(const char *certificate, const char *key);

/* Reads both files again, for connections to come. ERR_INVALID: they cannot be used together (logged), and the old ones
 * stay. */
int certificate_reload(SSL_CTX *tls, const char *certificate, const char *key);

/* Before both files are read for the first time. */
void certificate_watch(struct certificate_watch *watch, const char *certificate, const char *key);

/* What a handshake with this certificate takes of the thread: a signature, as measured when this is first asked about
 * what was read last, and what else there is. */
usec_t certificate_handshake_time(struct certificate_watch *watch, SSL_CTX *tls);

/* To be called several times a second: reads both files again when one of them has changed since it was read, and
 * neither has since the last look, so that a pair that is just being written is read as a whole. */
void certificate_check(struct certificate_watch *watch, SSL_CTX *tls, const char *certificate, const char *key);

#endif
