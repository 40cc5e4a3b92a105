#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/config/token.h"
#include "transport/base/error.h"

static const char key[] = "a key of thirty-two bytes, or so";
#define KEY_LENGTH (sizeof key - 1)
#define NOW 1790000000
#define SIXTY_FIVE "12345678901234567890123456789012345678901234567890123456789012345"

static int check_payload(struct token *token, const char *payload)
{
    char text[4096];
    assert_true(token_sign(text, sizeof text, payload, key, KEY_LENGTH) > 0);
    return token_check(token, text, key, KEY_LENGTH, NOW);
}

static void reads_the_rights_of_a_token(void **state)
{
    struct token token;
    (void)state;
    assert_int_equal(check_payload(&token,
                                   "{\"room\":\"daily\",\"exp\":1790000001,\"name\":\"Ann\",\"pin\":true,\"topology\":"
                                   "\"sfu\",\"nbf\":1790000000,\"iss\":\"me\"}"),
                     0);
    assert_string_equal(token.room, "daily");
    assert_string_equal(token.name, "Ann");
    assert_true(token.may.pin);
    assert_false(token.may_api);
    assert_int_equal(token.topology, PIN_SFU);
    assert_int_equal(check_payload(&token, "{\"exp\":1790000001,\"api\":true}"), 0);
    assert_string_equal(token.room, "");
    assert_true(token.may_api);
}

static void refuses_claims_that_do_not_hold(void **state)
{
    static const struct {
        const char *payload;
        int result;
        const char *wrong_claim;
    } rows[] = {
        {"{\"room\":\"daily\"}", ERR_INVALID, "exp"}, /* no end */
        {"{\"room\":\"daily\",\"exp\":\"1790000001\"}", ERR_INVALID, "exp"},
        {"{\"room\":\"daily\",\"exp\":null}", ERR_INVALID, "exp"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"nbf\":\"1\"}", ERR_INVALID, "nbf"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"iat\":true}", ERR_INVALID, "iat"},
        {"{\"exp\":1790000001}", ERR_INVALID, "room"}, /* opens nothing */
        {"{\"room\":\"a b\",\"exp\":1790000001}", ERR_INVALID, "room"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"name\":\"Ann\\nBob\"}", ERR_INVALID, "name"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"name\":\"\\u001b[2J\"}", ERR_INVALID, "name"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"name\":\"\\u009b2J\"}", ERR_INVALID, "name"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"name\":\"" SIXTY_FIVE "\"}", ERR_INVALID, "name"},
        {"{\"room\":7,\"exp\":1790000001}", ERR_INVALID, "room"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"pin\":1}", ERR_INVALID, "pin"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"topology\":\"star\"}", ERR_INVALID, "topology"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"exp\":1990000001}", ERR_INVALID, NULL},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"publish\":[\"mix\"]}", ERR_INVALID, "publish"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"service\":\"cook\"}", ERR_INVALID, "service"},
        {"{\"room\":\"daily\",\"exp\":1790000001,\"api\":1}", ERR_INVALID, "api"},
        {"[]", ERR_INVALID, NULL},
        {"{\"room\":\"daily\",\"exp\":1789999990}", ERR_TIMEOUT, NULL}, /* ten seconds are the leeway */
        {"{\"room\":\"daily\",\"exp\":1789999990.0}", ERR_TIMEOUT, NULL},
        {"{\"room\":\"daily\",\"exp\":-1e300}", ERR_TIMEOUT, NULL},
        {"{\"room\":\"daily\",\"exp\":1790000009,\"nbf\":1790000011}", ERR_AGAIN, NULL},
    };
    struct token token;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (check_payload(&token, rows[i].payload) != rows[i].result ||
            (rows[i].wrong_claim == NULL) != (token.wrong_claim == NULL) ||
            (token.wrong_claim != NULL && strcmp(rows[i].wrong_claim, token.wrong_claim) != 0))
            fail_msg("%s", rows[i].payload);
}

/* What other people's libraries write, and clocks that differ by some seconds. */
static void accepts_every_form_of_times_with_some_leeway(void **state)
{
    static const char *const payloads[] = {
        "{\"room\":\"daily\",\"exp\":1790000001.5}",
        "{\"room\":\"daily\",\"exp\":1.79000001e9}",
        "{\"room\":\"daily\",\"exp\":1e10}",
        "{\"room\":\"daily\",\"exp\":1789999991}",
        "{\"room\":\"daily\",\"exp\":1789999990.25}",
        "{\"room\":\"daily\",\"exp\":1790000600,\"nbf\":1790000010}",
        "{\"room\":\"daily\",\"exp\":1790000600,\"nbf\":1790000005.5,\"iat\":1790000005}",
        ("{\"room\":\"daily\",\"exp\":1790000600,\"nbf\":null,\"name\":null,\"topology\":null,"
         "\"pin\":null,\"iat\":null}"),
    };
    struct token token;
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++)
        if (check_payload(&token, payloads[i]) != 0)
            fail_msg("%s", payloads[i]);
}

/* The token of RFC 7515 appendix A.1 has a good signature of another program; its header orders members otherwise and
 * its payload opens no room, so it proves the signature and nothing more. */
static void agrees_with_the_rfc_on_signatures(void **state)
{
    static const uint8_t rfc_key[] = {0x03, 0x23, 0x35, 0x4b, 0x2b, 0x0f, 0xa5, 0xbc, 0x83, 0x7e, 0x06, 0x65, 0x77,
                                      0x7b, 0xa6, 0x8f, 0x5a, 0xb3, 0x28, 0xe6, 0xf0, 0x54, 0xc9, 0x28, 0xa9, 0x0f,
                                      0x84, 0xb2, 0xd2, 0x50, 0x2e, 0xbf, 0xd3, 0xfb, 0x5a, 0x92, 0xd2, 0x06, 0x47,
                                      0xef, 0x96, 0x8a, 0xb4, 0xc3, 0x77, 0x62, 0x3d, 0x22, 0x3d, 0x2e, 0x21, 0x72,
                                      0x05, 0x2e, 0x4f, 0x08, 0xc0, 0xcd, 0x9a, 0xf5, 0x67, 0xd0, 0x80, 0xa3};
    char text[] = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    struct token token;
    (void)state;
    assert_int_equal(token_check(&token, text, rfc_key, sizeof rfc_key, 1300819379), ERR_INVALID);
    text[sizeof text - 3] ^= 1;
    assert_int_equal(token_check(&token, text, rfc_key, sizeof rfc_key, 1300819379), ERR_AUTH);
}

static void refuses_other_algorithms_and_keys(void **state)
{
    /* {"alg":"none"} and {"alg":"HS512"}, {"alg":"HS256","crit":["x"]}; payload {"room":"daily","exp":1990000000} */
    static const char *const texts[] = {
        "eyJhbGciOiJub25lIn0.eyJyb29tIjoiZGFpbHkiLCJleHAiOjE5OTAwMDAwMDB9.",
        "eyJhbGciOiJIUzUxMiJ9.eyJyb29tIjoiZGFpbHkiLCJleHAiOjE5OTAwMDAwMDB9.AAAA",
        "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsieCJdfQ.eyJyb29tIjoiZGFpbHkiLCJleHAiOjE5OTAwMDAwMDB9.AAAA",
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "eyJhbGciOiJIUzI1NiJ9..",
    };
    struct token token;
    char good[512], cut[512];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (token_check(&token, texts[i], key, KEY_LENGTH, NOW) == 0)
            fail_msg("accepted: %s", texts[i]);
    int length = token_sign(good, sizeof good, "{\"room\":\"daily\",\"exp\":1990000000}", key, KEY_LENGTH);
    assert_true(length > 0);
    assert_int_equal(token_check(&token, good, key, KEY_LENGTH, NOW), 0);
    assert_int_equal(token_check(&token, good, "another key of thirty-two bytes.", 32, NOW), ERR_AUTH);
    assert_int_equal(token_check(&token, good, NULL, 0, NOW), ERR_AUTH);
    assert_int_equal(token_check(&token, good, key, TOKEN_KEY_MIN - 1, NOW), ERR_AUTH);
    for (int i = 0; i < length; i++) { /* every shorter one */
        snprintf(cut, sizeof cut, "%.*s", i, good);
        assert_int_not_equal(token_check(&token, cut, key, KEY_LENGTH, NOW), 0);
    }
    for (int i = 0; i < length; i++) { /* every changed character */
        memcpy(cut, good, (size_t)length + 1);
        cut[i] = cut[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(token_check(&token, cut, key, KEY_LENGTH, NOW), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_rights_of_a_token),
        cmocka_unit_test(refuses_claims_that_do_not_hold),
        cmocka_unit_test(accepts_every_form_of_times_with_some_leeway),
        cmocka_unit_test(agrees_with_the_rfc_on_signatures),
        cmocka_unit_test(refuses_other_algorithms_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
