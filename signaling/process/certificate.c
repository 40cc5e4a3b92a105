#include "signaling/process/certificate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>

#include "transport/base/error.h"
#include "transport/base/log.h"
#include "transport/net/clock.h"

/* By default OpenSSL asks for the passphrase at the terminal, and the server would stand still until somebody types
 * it. */
static int refuse_passphrase(char *buffer, int size, int is_writing, void *was_asked)
{
    (void)buffer, (void)size, (void)is_writing;
    *(bool *)was_asked = true;
    return -1;
}

/* Why OpenSSL could not use the file that it read last. Its own text does not help when the file is no PEM at all. */
static const char *say_why(const char *expected)
{
    unsigned long error = ERR_peek_error();
    if (ERR_SYSTEM_ERROR(error))
        return strerror(ERR_GET_REASON(error));
    if (ERR_GET_LIB(error) == ERR_LIB_PEM || ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER)
        return expected;
    const char *reason = ERR_reason_error_string(error);
    return reason != NULL ? reason : "unknown";
}

#define WHY_MAX 384

static bool load(SSL_CTX *tls, const char *certificate, const char *key, char why[WHY_MAX])
{
    bool was_asked = false;
    const char *reason = NULL;
    ERR_clear_error();
    SSL_CTX_set_default_passwd_cb(tls, refuse_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(tls, &was_asked);
    bool has_certificate = SSL_CTX_use_certificate_chain_file(tls, certificate) == 1;
    if (!has_certificate)
        reason = say_why("the first holds no certificate (PEM)");
    else if (SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(tls) != 1)
        reason = was_asked ? "the key has a passphrase; give it without one (openssl pkey -in KEY -out NEW)"
                           : say_why("the second holds no private key (PEM)");
    if (reason != NULL && ERR_SYSTEM_ERROR(ERR_peek_error()))
        snprintf(why, WHY_MAX, "%s: %s", has_certificate ? key : certificate, reason);
    else if (reason != NULL)
        snprintf(why, WHY_MAX, "%s", reason);
    SSL_CTX_set_default_passwd_cb(tls, NULL);
    SSL_CTX_set_default_passwd_cb_userdata(tls, NULL);
    ERR_clear_error();
    return reason == NULL;
}

static bool fits(const char *certificate, const char *key, char why[WHY_MAX])
{
    SSL_CTX *trial = SSL_CTX_new(TLS_server_method());
    snprintf(why, WHY_MAX, "no memory");
    bool result = trial != NULL && load(trial, certificate, key, why);
    SSL_CTX_free(trial);
    return result;
}

int certificate_use(SSL_CTX *tls, const char *certificate, const char *key)
{
    char why[WHY_MAX];
    if (load(tls, certificate, key, why))
        return 0;
    log_error("http", "%s and %s are no pair of certificate and key: %s", certificate, key, why);
    return ERR_INVALID;
}

int certificate_reload(SSL_CTX *tls, const char *certificate, const char *key)
{
    char why[WHY_MAX];
    /* Nothing is replaced before both files are known to be good. */
    if (!fits(certificate, key, why) || !load(tls, certificate, key, why)) {
        log_error("http", "%s and %s are no pair of certificate and key: %s; the old ones stay", certificate, key, why);
        return ERR_INVALID;
    }
    log_info("http", "the certificate was read again");
    return 0;
}

#define SIGNATURES 3
#define KEY_EXCHANGE 200 /* microseconds: X25519 and the rest */

static usec_t measure_handshake(SSL_CTX *tls)
{
    EVP_PKEY *key = SSL_CTX_get0_privatekey(tls);
    usec_t least = USEC_NEVER;
    unsigned char signature[2048];
    static const unsigned char text[64] = {0};
    for (int i = 0; i < SIGNATURES; i++) { /* the quickest counts: other load of the machine only makes it slower */
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        size_t length = sizeof signature;
        usec_t begun = clock_now();
        if (key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1)
            (void)EVP_DigestSign(context, signature, &length, text, sizeof text);
        least = usec_min(least, clock_now() - begun);
        EVP_MD_CTX_free(context);
    }
    ERR_clear_error();
    return least + KEY_EXCHANGE;
}

usec_t certificate_handshake_time(struct certificate_watch *watch, SSL_CTX *tls)
{
    if (watch->handshake_time == 0)
        watch->handshake_time = measure_handshake(tls);
    return watch->handshake_time;
}

static struct certificate_stamp stamp_of(const char *certificate, const char *key)
{
    const char *files[2] = {certificate, key};
    struct certificate_stamp stamp = {0};
    for (int i = 0; i < 2; i++) {
        struct stat info;
        if (stat(files[i], &info) != 0)
            continue;
        stamp.numbers[3 * i] = (int64_t)info.st_ino;
        stamp.numbers[3 * i + 1] = info.st_size;
        stamp.numbers[3 * i + 2] = info.st_mtim.tv_sec * INT64_C(1000000000) + info.st_mtim.tv_nsec;
    }
    return stamp;
}

static bool is_same(const struct certificate_stamp *a, const struct certificate_stamp *b)
{
    return memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0;
}

void certificate_watch(struct certificate_watch *watch, const char *certificate, const char *key)
{
    watch->read = watch->seen = stamp_of(certificate, key);
}

void certificate_check(struct certificate_watch *watch, SSL_CTX *tls, const char *certificate, const char *key)
{
    struct certificate_stamp now = stamp_of(certificate, key);
    bool is_settled = is_same(&watch->seen, &now);
    watch->seen = now;
    if (is_same(&watch->read, &now) || !is_settled)
        return;
    watch->read = now;
    watch->handshake_time = 0;
    (void)certificate_reload(tls, certificate, key);
}
