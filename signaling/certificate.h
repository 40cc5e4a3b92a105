/* The certificate that HTTPS shows. */
#ifndef HEDDLE_SIGNALING_CERTIFICATE_H
#define HEDDLE_SIGNALING_CERTIFICATE_H

#include <openssl/ssl.h>

/* Reads both files again, for connections to come. ERR_INVALID: they cannot be used together (logged), and the old ones
 * stay. */
int certificate_reload(SSL_CTX *tls, const char *certificate, const char *key);

#endif
