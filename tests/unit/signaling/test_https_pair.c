#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include "signaling/process/certificate.h"
#include "transport/base/error.h"
#include "transport/base/log.h"

#define PASSPHRASE "weft"

static char folder[] = "/tmp/heddle-pair-XXXXXX";
static char said[1024];
static int times_asked;

static const char *const files[] = {"certificate", "key",   "locked", "other",  "rsa", "small",
                                    "small key",   "chain", "text",   "folder", "pipe"};

static void path_of(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static FILE *create(const char *name, const char *mode)
{
    char path[128];
    path_of(path, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    return file;
}

static void write_certificate(const char *name, const char *mode, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    assert_non_null(certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    FILE *file = create(name, mode);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    fclose(file);
    X509_free(certificate);
}

static void write_key(const char *name, EVP_PKEY *key, const char *passphrase)
{
    FILE *file = create(name, "w");
    assert_int_equal(PEM_write_PrivateKey(file, key, passphrase != NULL ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
                                          (void *)passphrase),
                     1);
    fclose(file);
}

static void keep_line(void *user, enum log_level level, const char *context, const char *text)
{
    (void)user, (void)level, (void)context;
    snprintf(said, sizeof said, "%s", text);
}

/* Somebody at the terminal who knows the passphrase. */
static int answer(UI *ui, UI_STRING *question)
{
    times_asked++;
    return UI_set_result(ui, question, PASSPHRASE) == 0;
}

static int make_files(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY *other = EVP_EC_gen("P-256");
    EVP_PKEY *rsa = EVP_RSA_gen(2048);
    EVP_PKEY *small = EVP_RSA_gen(512);
    write_certificate("certificate", "w", key);
    write_certificate("chain", "w", rsa); /* the authority's first */
    write_certificate("chain", "a", key);
    write_certificate("small", "w", small);
    write_key("small key", small, NULL);
    write_key("rsa", rsa, NULL);
    write_key("key", key, NULL);
    write_key("locked", key, PASSPHRASE);
    write_key("other", other, NULL);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(small);
    FILE *file = create("text", "w");
    fputs("plain\n", file);
    fclose(file);
    char path[128];
    path_of(path, "folder");
    assert_int_equal(mkdir(path, 0700), 0);
    path_of(path, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    log_set_sink(keep_line, NULL, LEVEL_ERROR);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL, LEVEL_ERROR);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[128];
        path_of(path, files[i]);
        remove(path);
    }
    return rmdir(folder);
}

#define OTHER "are no pair: the key is of another certificate (the first in the file counts)"

static const struct {
    const char *certificate, *key, *blamed, *said; /* blamed: NULL for both */
} pairs[] = {
    {"certificate", "key", NULL, NULL},
    {"certificate", "other", NULL, OTHER},
    {"certificate", "rsa", NULL, OTHER},
    {"chain", "key", NULL, OTHER},
    {"small", "small key", "small", "is too small"},
    {"certificate", "locked", "locked", "it has a passphrase; give it without one"},
    {"key", "certificate", "key", "it holds no certificate"},
    {"certificate", "certificate", "certificate", "it holds no private key"},
    {"text", "key", "text", "it holds no certificate"},
    {"certificate", "text", "text", "it holds no private key"},
    {"folder", "key", "folder", "Is a directory"},
    {"certificate", "folder", "folder", "Is a directory"},
    {"pipe", "key", "pipe", "it is no regular file"},
    {"certificate", "pipe", "pipe", "it is no regular file"},
    {"nosuch", "key", "nosuch", "No such file or directory"},
    {"certificate", "nosuch", "nosuch", "No such file or directory"},
};

static void test_what_is_no_pair_is_said_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char certificate[128], key[128], blamed[128];
        path_of(certificate, pairs[i].certificate);
        path_of(key, pairs[i].key);
        said[0] = '\0';
        SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
        int error = certificate_use(tls, certificate, key);
        SSL_CTX_free(tls);
        assert_int_equal(error, pairs[i].said != NULL ? ERR_INVALID : 0);
        if (pairs[i].said == NULL)
            continue;
        assert_non_null(strstr(said, pairs[i].said));
        path_of(blamed, pairs[i].blamed != NULL ? pairs[i].blamed : pairs[i].key);
        assert_non_null(strstr(said, blamed));
        assert_int_equal(strstr(said, "no pair") != NULL, pairs[i].blamed == NULL);
    }
}

/* Asked at the terminal, a server would stand still until somebody answers. */
static void test_nobody_is_asked_for_a_passphrase(void **state)
{
    (void)state;
    UI_METHOD *terminal = UI_create_method("somebody who knows it");
    assert_int_equal(UI_method_set_reader(terminal, answer), 0);
    const UI_METHOD *usual = UI_get_default_method();
    UI_set_default_method(terminal);
    char certificate[128], locked[128], key[128];
    path_of(certificate, "certificate");
    path_of(locked, "locked");
    path_of(key, "key");
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    assert_non_null(tls);
    assert_int_equal(certificate_reload(tls, certificate, key), 0);
    assert_int_equal(certificate_reload(tls, certificate, locked), ERR_INVALID);
    assert_non_null(strstr(said, "passphrase"));
    assert_non_null(strstr(said, "the old ones stay"));
    assert_int_equal(times_asked, 0);
    assert_int_equal(SSL_CTX_check_private_key(tls), 1);
    SSL_CTX_free(tls);
    UI_set_default_method(usual);
    UI_destroy_method(terminal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_pair_is_said_in_words),
        cmocka_unit_test(test_nobody_is_asked_for_a_passphrase),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
