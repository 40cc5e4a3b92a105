#include "signaling/certificate.h"

#include <stdbool.h>

#include <openssl/err.h>

#include "transport/base/error.h"
#include "transport/base/log.h"

static bool load(SSL_CTX *tls, const char *certificate, const char *key)
{
    return SSL_CTX_use_certificate_chain_file(tls, certificate) == 1 &&
           SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(tls) == 1;
}

int certificate_reload(SSL_CTX *tls, const char *certificate, const char *key)
{
    SSL_CTX *trial = SSL_CTX_new(TLS_server_method()); /* half a pair must not replace what works */
    ERR_clear_error();
    bool fits = trial != NULL && load(trial, certificate, key);
    SSL_CTX_free(trial);
    if (!fits || !load(tls, certificate, key)) {
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        log_error("http", "%s and %s are no pair of certificate and key: %s; the old ones stay", certificate, key,
                  reason != NULL ? reason : "unknown");
        ERR_clear_error();
        return ERR_INVALID;
    }
    log_info("http", "the certificate was read again");
    return 0;
}
