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

static const char *const files[] = {"certificate", "key", "locked", "other", "text", "folder"};

static void path_of(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
}

static FILE *create(const char *name)
{
    char path[128];
    path_of(path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void write_certificate(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    assert_non_null(certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    FILE *file = create("certificate");
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    fclose(file);
    X509_free(certificate);
}

static void write_key(const char *name, EVP_PKEY *key, const char *passphrase)
{
    FILE *file = create(name);
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
    write_certificate(key);
    write_key("key", key, NULL);
    write_key("locked", key, PASSPHRASE);
    write_key("other", other, NULL);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    FILE *file = create("text");
    fputs("plain\n", file);
    fclose(file);
    char path[128];
    path_of(path, "folder");
    assert_int_equal(mkdir(path, 0700), 0);
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

static const struct {
    const char *certificate, *key, *said;
} pairs[] = {
    {"certificate", "key", NULL},
    {"certificate", "other", "key values mismatch"},
    {"certificate", "locked", "the key has a passphrase; give it without one"},
    {"key", "certificate", "the first holds no certificate"},
    {"certificate", "certificate", "the second holds no private key"},
    {"text", "key", "the first holds no certificate"},
    {"certificate", "text", "the second holds no private key"},
    {"folder", "key", "the first holds no certificate"},
    {"certificate", "folder", "the second holds no private key"},
    {"nosuch", "key", "nosuch: No such file or directory"},
    {"certificate", "nosuch", "nosuch: No such file or directory"},
};

static void test_what_is_no_pair_is_said_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char certificate[128], key[128];
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
        assert_non_null(strstr(said, certificate));
        assert_non_null(strstr(said, key));
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
