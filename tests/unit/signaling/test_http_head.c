/* Heads of requests: where they end, what they say, and what is refused for being two things at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/http_head.h"
#include "signaling/http/upgrade.h"

static void a_head_ends_with_an_empty_line(void **state)
{
    static const struct {
        const char *text;
        size_t size;
    } rows[] = {
        {"", 0},
        {"GET / HTTP/1.1\r\n", 0},
        {"GET / HTTP/1.1\r\n\r", 0},
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"GET / HTTP/1.1\n\n", 16},
        {"GET / HTTP/1.1\r\na: b\n\r\nbody\r\n\r\n", 23},
        {"\r\n\r\nGET / HTTP/1.1\r\n\r\n", 22}, /* empty lines before it do not end it */
        {"\r\n\r\n", 0},
        {"\r\n\r\n\r\n\r\n", 8},
        {"GET / HTTP/1.1\rhost: x\r\r", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].text);
        for (size_t seen = 0; seen <= (rows[i].size > 0 ? rows[i].size - 1 : length); seen++)
            if (http_head_size(rows[i].text, length, seen) != rows[i].size)
                fail_msg("row %zu, %zu bytes seen: %zu", i, seen, http_head_size(rows[i].text, length, seen));
    }
}

/* A head of a first line and fields; Host is added. */
static struct http_fault parse(struct http_head *head, const char *text)
{
    static char whole[4096];
    size_t length = (size_t)snprintf(whole, sizeof whole, "%sHost: x\r\n\r\n", text);
    assert_int_equal(http_head_size(whole, length, 0), length);
    return http_head_parse(head, whole, length);
}

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
    static const struct {
        const char *text;
        unsigned status; /* 0: it is taken */
        const char *path;
    } rows[] = {
        {"GET / HTTP/1.1\r\n", 0, "/"},
        {"GET / HTTP/1.1\r\nHost: y\r\n", 400, ""},
        {"\r\nGET / HTTP/1.1\r\n", 0, "/"},
        {"GET /a%20b%C3%A4?c=%zz HTTP/1.1\r\n", 0, "/a b\xc3\xa4"},
        {"GET http://x:80/a/b?c HTTP/1.1\r\n", 0, "/a/b"},
        {"GET HTTPS://x/ HTTP/1.1\r\n", 0, "/"},
        {"GET http://x HTTP/1.1\r\n", 400, ""},
        {"GET /%00 HTTP/1.1\r\n", 400, ""},
        {"GET /%4 HTTP/1.1\r\n", 400, ""},
        {"GET /% HTTP/1.1\r\n", 400, ""},
        {"GET /%zz HTTP/1.1\r\n", 400, ""},
        {"GET /\xff HTTP/1.1\r\n", 400, ""},
        {"GET /a b HTTP/1.1\r\n", 400, ""},
        {"GET * HTTP/1.1\r\n", 400, ""},
        {"GET / HTTP/1.2\r\n", 505, ""},
        {"GET / HTTP/2.0\r\n", 505, ""},
        {"GET / http/1.1\r\n", 400, ""},
        {"GET /\r\n", 400, ""},
        {"NONSENSE\r\n", 400, ""},
        {"G(T / HTTP/1.1\r\n", 400, ""},
        {"ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n", 501, ""},
        {"GET / HTTP/1.1\r\nfoo\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nfoo : a\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nfoo: a\r\n b\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nfoo: a\rb\r\n", 400, ""},
        {"GET / HTTP/1.1\r\n: a\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nfoo:\r\nx: y\r\n", 0, "/"},
        {"GET / HTTP/1.1\r\nContent-Length: 4, 4\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nContent-Length: +4\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nContent-Length:\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nContent-Length:   4\t\r\ncontent-length: 4\r\n", 0, "/"},
        {"GET / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400, ""},
        {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", 0, "/"},
    };
    struct http_head head;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_fault fault = parse(&head, rows[i].text);
        if (fault.status != rows[i].status || (fault.status == 0 && strcmp(head.path, rows[i].path) != 0))
            fail_msg("%s -> %u %s", rows[i].text, fault.status, head.path);
        if (fault.status != 0)
            assert_true(fault.code != NULL && fault.text != NULL);
    }
}

static void a_host_is_needed_since_http_1_1(void **state)
{
    static const char without[] = "GET / HTTP/1.1\r\nx: y\r\n\r\n", old[] = "GET / HTTP/1.0\r\n\r\n";
    struct http_head head;
    (void)state;
    assert_int_equal(http_head_parse(&head, without, sizeof without - 1).status, 400);
    assert_int_equal(http_head_parse(&head, old, sizeof old - 1).status, 0);
}

static void a_path_has_its_limit(void **state)
{
    char text[HTTP_PATH_MAX + 64], path[HTTP_PATH_MAX + 2];
    struct http_head head;
    (void)state;
    for (size_t length = HTTP_PATH_MAX; length <= HTTP_PATH_MAX + 1; length++) {
        memset(path, 'y', length);
        path[0] = '/';
        path[length] = '\0';
        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\n", path);
        assert_int_equal(parse(&head, text).status, length > HTTP_PATH_MAX ? 414 : 0);
    }
    assert_int_equal(parse(&head, "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999999\r\n").status, 0);
    assert_true(head.length == SIZE_MAX);
}

static void how_long_the_connection_lives_is_told(void **state)
{
    static const struct {
        const char *text;
        bool is_last;
    } rows[] = {
        {"GET / HTTP/1.1\r\n", false},
        {"GET / HTTP/1.1\r\nConnection: Close\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: upgrade, close\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: upgrade\r\nConnection: close\r\n", true},
        {"GET / HTTP/1.1\r\nConnection: closed\r\n", false},
        {"GET / HTTP/1.0\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", false},
    };
    struct http_head head;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse(&head, rows[i].text).status, 0);
        if (head.is_last != rows[i].is_last)
            fail_msg("%s", rows[i].text);
    }
}

static void fields_and_arguments_are_found(void **state)
{
    struct http_head head;
    char out[16];
    bool is_cut;
    (void)state;
    assert_int_equal(parse(&head,
                           "GET /?a=1&bc=x+y%26&a=2&d&e= HTTP/1.1\r\nAccept:  one \r\nX-Accept: no\r\nACCEPT: two\r\n"
                           "Long: 0123456789abcdef\r\nEmpty:\r\n")
                         .status,
                     0);
    assert_true(http_head_field(&head, "accept", out, sizeof out, &is_cut) && !is_cut);
    assert_string_equal(out, "one, two");
    assert_true(http_head_field(&head, "long", out, sizeof out, &is_cut) && is_cut);
    assert_true(http_head_field(&head, "empty", out, sizeof out, NULL));
    assert_string_equal(out, "");
    assert_false(http_head_field(&head, "missing", out, sizeof out, NULL));
    assert_string_equal(http_head_argument(&head, "a", out, sizeof out), "1");
    assert_string_equal(http_head_argument(&head, "bc", out, sizeof out), "x y&");
    assert_string_equal(http_head_argument(&head, "e", out, sizeof out), "");
    assert_null(http_head_argument(&head, "d", out, sizeof out));
    assert_null(http_head_argument(&head, "c", out, sizeof out));
    assert_null(http_head_argument(&head, "bc", out, 4));
}

static void a_token_is_found_whatever_the_case_of_its_scheme(void **state)
{
    struct http_head head;
    char out[16];
    (void)state;
    assert_int_equal(parse(&head, "GET / HTTP/1.1\r\nAuthorization: bEARER a.b.c\r\n").status, 0);
    assert_string_equal(http_head_bearer(&head, out, sizeof out), "a.b.c");
    assert_null(http_head_bearer(&head, out, 12)); /* it does not fit */
    assert_int_equal(parse(&head, "GET / HTTP/1.1\r\nAuthorization: Basic x\r\n").status, 0);
    assert_null(http_head_bearer(&head, out, sizeof out));
}

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: chat, heddle.v1\r\n"
#define UPGRADE "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"

static void a_websocket_needs_all_of_its_handshake(void **state)
{
    static const struct {
        const char *text;
        unsigned status;
    } rows[] = {
        {"GET /ws?x HTTP/1.1\r\n" UPGRADE VERSION KEY PROTOCOL, 0},
        {"GET /ws/ HTTP/1.1\r\n" UPGRADE VERSION KEY PROTOCOL, 404},
        {"POST /ws HTTP/1.1\r\n" UPGRADE VERSION KEY PROTOCOL, 404},
        {"GET /ws HTTP/1.1\r\n" UPGRADE KEY PROTOCOL, 426},
        {"GET /ws HTTP/1.1\r\n" UPGRADE VERSION PROTOCOL, 400},
        {"GET /ws HTTP/1.1\r\n" UPGRADE VERSION "Sec-WebSocket-Key: short==\r\n" PROTOCOL, 400},
        {"GET /ws HTTP/1.1\r\n" UPGRADE VERSION KEY KEY PROTOCOL, 400},
        {"GET /ws HTTP/1.1\r\n" UPGRADE VERSION KEY, 400},
        {"GET /ws HTTP/1.1\r\n" UPGRADE VERSION KEY "Sec-WebSocket-Protocol: heddle.v2\r\n", 400},
        {"GET /ws HTTP/1.1\r\n" UPGRADE VERSION KEY PROTOCOL "Content-Length: 1\r\n", 400},
    };
    struct http_head head;
    char text[UPGRADE_TEXT_MAX];
    (void)state;
    static const char *const others[] = {"GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n",
                                         "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(parse(&head, others[i]).status, 0);
        assert_false(upgrade_is_wanted(&head));
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(parse(&head, rows[i].text).status, 0);
        assert_true(upgrade_is_wanted(&head));
        if (upgrade_check(&head).status != rows[i].status)
            fail_msg("%s -> %u", rows[i].text, upgrade_check(&head).status);
    }
    assert_int_equal(parse(&head, rows[0].text).status, 0);
    size_t length = upgrade_text(&head, text);
    assert_int_equal(strlen(text), length);
    assert_non_null(strstr(text, KEY));
    assert_null(strstr(text, "chat"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_ends_with_an_empty_line),
        cmocka_unit_test(what_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(a_host_is_needed_since_http_1_1),
        cmocka_unit_test(a_path_has_its_limit),
        cmocka_unit_test(how_long_the_connection_lives_is_told),
        cmocka_unit_test(fields_and_arguments_are_found),
        cmocka_unit_test(a_token_is_found_whatever_the_case_of_its_scheme),
        cmocka_unit_test(a_websocket_needs_all_of_its_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
