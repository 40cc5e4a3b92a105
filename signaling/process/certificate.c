#include "signaling/process/certificate.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/x509err.h>

#include "transport/base/error.h"
#include "transport/base/input_file.h"
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

static bool is_about(unsigned long error, int reason)
{
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == reason;
}

/* Why OpenSSL could not use the file that it read last. Its own text does not help when the file is no PEM at all. */
static const char *say_why(const char *expected)
{
    unsigned long error = ERR_peek_error();
    if (ERR_GET_LIB(error) == ERR_LIB_PEM || ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER)
        return expected;
    if (is_about(error, SSL_R_EE_KEY_TOO_SMALL) || is_about(error, SSL_R_CA_KEY_TOO_SMALL))
        return "the key that it is for is too small; RSA needs 2048 bits";
    const char *reason = ERR_reason_error_string(error);
    return reason != NULL ? reason : "unknown";
}

/* Neither key nor certificate is wrong by itself. Where they are of two kinds (RSA, EC) OpenSSL finds no certificate
 * for the key. */
static bool is_mismatch(unsigned long error)
{
    return is_about(error, SSL_R_NO_CERTIFICATE_ASSIGNED) || is_about(error, SSL_R_PRIVATE_KEY_MISMATCH) ||
           (ERR_GET_LIB(error) == ERR_LIB_X509 &&
            (ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(error) == X509_R_KEY_TYPE_MISMATCH));
}

#define WHY_MAX 1024

static bool is_unreadable(const char *path, const char **reason)
{
    FILE *file = input_file_open(path, reason);
    if (file != NULL)
        fclose(file);
    return file == NULL;
}

static const char *load_certificate(SSL_CTX *tls, const char *path)
{
    const char *reason;
    if (is_unreadable(path, &reason))
        return reason;
    return SSL_CTX_use_certificate_chain_file(tls, path) == 1 ? NULL : say_why("it holds no certificate (PEM)");
}

/* The certificate is loaded. */
static const char *load_key(SSL_CTX *tls, const char *path)
{
    const char *reason;
    bool was_asked = false;
    if (is_unreadable(path, &reason))
        return reason;
    SSL_CTX_set_default_passwd_cb(tls, refuse_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(tls, &was_asked);
    bool is_used = SSL_CTX_use_PrivateKey_file(tls, path, SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(tls) == 1;
    SSL_CTX_set_default_passwd_cb(tls, NULL);
    SSL_CTX_set_default_passwd_cb_userdata(tls, NULL);
    if (was_asked && !is_used)
        return "it has a passphrase; give it without one (openssl pkey -in KEY -out NEW)";
    return is_used ? NULL : say_why("it holds no private key (PEM)");
}

/* `why` is a sentence that names the file to blame, or both. */
static bool load(SSL_CTX *tls, const char *certificate, const char *key, char why[WHY_MAX])
{
    ERR_clear_error();
    const char *reason = load_certificate(tls, certificate);
    bool has_certificate = reason == NULL;
    if (has_certificate)
        reason = load_key(tls, key);
    if (reason != NULL && is_mismatch(ERR_peek_error()))
        snprintf(why, WHY_MAX,
                 "%.400s and %.400s are no pair: the key is of another certificate (the first in the file counts)",
                 certificate, key);
    else if (reason != NULL)
        snprintf(why, WHY_MAX, "the %s %.400s cannot be used: %s", has_certificate ? "key" : "certificate",
                 has_certificate ? key : certificate, reason);
    ERR_clear_error();
    return reason == NULL;
}

static bool fits(const char *certificate, const char *key, char why[WHY_MAX])
{
    SSL_CTX *trial = SSL_CTX_new(TLS_server_method());
    snprintf(why, WHY_MAX, "there is no memory to try %.400s", certificate);
    bool result = trial != NULL && load(trial, certificate, key, why);
    SSL_CTX_free(trial);
    return result;
}

int certificate_use(SSL_CTX *tls, const char *certificate, const char *key)
{
    char why[WHY_MAX];
    if (load(tls, certificate, key, why))
        return 0;
    log_error("http", "%s", why);
    return ERR_INVALID;
}

int certificate_reload(SSL_CTX *tls, const char *certificate, const char *key)
{
    char why[WHY_MAX];
    /* Nothing is replaced before both files are known to be good. */
    if (!fits(certificate, key, why) || !load(tls, certificate, key, why)) {
        log_error("http", "%s; the old ones stay", why);
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
