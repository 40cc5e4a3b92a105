#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "client/net/connect_error.h"

static const struct {
    struct connect_attempt attempt;
    const char *expected; /* is in the text */
} rows[] = {
    {{.is_connected = false}, "nothing answers there"},
    {{.is_secure = true}, "nothing answers there"},
    {{.is_connected = true}, "begins with https://"},
    {{.is_connected = true, .has_asked = true}, "begins with https://"},
    {{.is_secure = true, .is_connected = true}, "begins with http://"},
    {{.is_secure = true, .is_connected = true}, "silent, or closes it"},
    {{.is_secure = true, .is_connected = true, .has_tls_bytes = true}, "refuses it; if it serves HTTP"},
    {{.is_secure = true, .is_connected = true, .has_tls_hello = true}, "not 1.2 or later"},
    {{.is_secure = true, .is_connected = true, .has_asked = true}, "the server does not answer"},
    {{.is_secure = true, .verify_result = X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT}, "signed by nobody but itself"},
    {{.is_secure = true, .verify_result = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN},
     "authority that this machine does not"},
    {{.is_secure = true, .verify_result = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY}, "without its chain"},
    {{.is_secure = true, .verify_result = X509_V_ERR_HOSTNAME_MISMATCH}, "is not for calls.example"},
    {{.is_secure = true, .verify_result = X509_V_ERR_IP_ADDRESS_MISMATCH}, "is not for calls.example"},
    {{.is_secure = true, .verify_result = X509_V_ERR_CERT_HAS_EXPIRED}, "has expired: it must be renewed"},
    {{.is_secure = true, .verify_result = X509_V_ERR_CERT_NOT_YET_VALID}, "clock is right"},
    {{.is_secure = true, .verify_result = X509_V_ERR_INVALID_PURPOSE}, "cannot be accepted (unsuitable certificate"},
    {{.has_asked = true, .status = 200}, "not the address of a call page (HTTP status 200)"},
    {{.has_asked = true, .status = 301}, "has moved"},
    {{.has_asked = true, .status = 400}, "begins with https://"},
    {{.has_asked = true, .status = 403}, "permission"},
    {{.has_asked = true, .status = 404}, "not the address of a call page (HTTP status 404)"},
    {{.has_asked = true, .status = 429}, "try again later"},
    {{.has_asked = true, .status = 502}, "out of order"},
    {{.has_asked = true, .status = 503}, "try again later"},
};

static void each_says_what_was_wrong_in_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct connect_attempt attempt = rows[i].attempt;
        char text[CONNECT_ERROR_MAX];
        attempt.host = "calls.example";
        attempt.is_connected |= attempt.has_asked || attempt.verify_result != X509_V_OK;
        connect_error_text(&attempt, text);
        if (strstr(text, rows[i].expected) == NULL)
            fail_msg("row %zu: '%s' has no '%s'", i, text, rows[i].expected);
        assert_null(strchr(text, '\n'));
    }
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    char host[1000], text[CONNECT_ERROR_MAX];
    memset(host, 'x', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    struct connect_attempt attempt = {
        .host = host, .is_secure = true, .is_connected = true, .verify_result = X509_V_ERR_HOSTNAME_MISMATCH};
    connect_error_text(&attempt, text);
    assert_non_null(strstr(text, "--insecure"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_says_what_was_wrong_in_one_line),
        cmocka_unit_test(a_long_name_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
