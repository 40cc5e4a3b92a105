/* Which requests may become a WebSocket, what the others are answered, and what is counted. The functions of
 * libwebsockets below take the place of the real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/refuse_early.h"
#include "signaling/http/upgrade.h"

static struct http_host host;
static const char *headers[WSI_TOKEN_COUNT]; /* of the request; NULL: it has none */
static char answer[1024];
static bool is_closed;

static struct lws *connection(void)
{
    return (struct lws *)(void *)headers; /* only ever handed through */
}

int lws_hdr_total_length(struct lws *wsi, enum lws_token_indexes token)
{
    (void)wsi;
    return headers[token] != NULL ? (int)strlen(headers[token]) : 0;
}

int lws_hdr_copy(struct lws *wsi, char *out, int size, enum lws_token_indexes token)
{
    int length = lws_hdr_total_length(wsi, token);
    if (length >= size)
        return -1;
    memcpy(out, headers[token] != NULL ? headers[token] : "", (size_t)length + 1);
    return length;
}

int lws_hdr_custom_copy(struct lws *wsi, char *out, int size, const char *name, int length)
{
    (void)wsi, (void)out, (void)size, (void)name, (void)length;
    return -1;
}

int lws_write(struct lws *wsi, unsigned char *data, size_t length, enum lws_write_protocol protocol)
{
    (void)wsi;
    assert_int_equal(protocol, LWS_WRITE_HTTP_HEADERS);
    assert_in_range(length, 1, sizeof answer - 1);
    memcpy(answer, data, length);
    answer[length] = '\0';
    return (int)length;
}

const struct lws_protocols *lws_get_protocol(struct lws *wsi)
{
    static const struct lws_protocols protocol = {.user = &host};
    (void)wsi;
    return &protocol;
}

void lws_set_timeout(struct lws *wsi, enum pending_timeout reason, int seconds)
{
    (void)wsi, (void)reason;
    is_closed = seconds == LWS_TO_KILL_SYNC;
}

static int set_up(void **state)
{
    (void)state;
    host = (struct http_host){.origins = NULL};
    memset(headers, 0, sizeof headers);
    headers[WSI_TOKEN_GET_URI] = "/ws";
    headers[WSI_TOKEN_VERSION] = "13";
    headers[WSI_TOKEN_KEY] = "a2V5";
    headers[WSI_TOKEN_PROTOCOL] = "heddle.v1";
    answer[0] = '\0';
    is_closed = false;
    return 0;
}

static void only_our_websocket_is_let_through(void **state)
{
    static const struct {
        const char *status; /* NULL: it may */
        const char *reason; /* has this in it */
        struct http_upgrade upgrade;
    } rows[] = {
        {NULL, NULL, {"websocket", "/ws", "13", "heddle.v1", .has_key = true}},
        {NULL, NULL, {"WebSocket", "/ws", "13", "heddle.v1", .has_key = true}},
        {NULL, NULL, {"websocket", "/ws", "13", "chat, heddle.v1", .has_key = true}},
        {NULL, NULL, {"websocket", "/ws", "13", "heddle.v1,chat", .has_key = true}},
        {"400", "only upgrade", {"h2c", "/ws", "13", "heddle.v1", .has_key = true}},
        {"400", "only upgrade", {"", "/ws", "13", "heddle.v1", .has_key = true}},
        {"400", "only upgrade", {"websocket, h2c", "/ws", "13", "heddle.v1", .has_key = true}},
        {"404", "/ws", {"websocket", "/", "13", "heddle.v1", .has_key = true}},
        {"404", "/ws", {"websocket", "", "13", "heddle.v1", .has_key = true}},
        {"404", "/ws", {"websocket", "/ws/", "13", "heddle.v1", .has_key = true}},
        {"426", "13", {"websocket", "/ws", "8", "heddle.v1", .has_key = true}},
        {"426", "13", {"websocket", "/ws", "", "heddle.v1", .has_key = true}},
        {"426", "13", {"websocket", "/ws", "13, 8", "heddle.v1", .has_key = true}},
        {"400", "Key is missing", {"websocket", "/ws", "13", "heddle.v1", .has_key = false}},
        {"400", "too long", {"websocket", "/ws", "13", "", .has_key = true, .has_long_protocols = true}},
        {"400", "one of them heddle.v1", {"websocket", "/ws", "13", "", .has_key = true}},
        {"400", "one of them heddle.v1", {"websocket", "/ws", "13", "heddle.v2", .has_key = true}},
        {"400", "one of them heddle.v1", {"websocket", "/ws", "13", "heddle.v1x", .has_key = true}},
        {"400", "one of them heddle.v1", {"websocket", "/ws", "13", "\"heddle.v1\"", .has_key = true}},
        /* Of what is wrong, the first of these in order. */
        {"404", "/ws", {"websocket", "/", "8", "chat", .has_key = false}},
        {"426", "13", {"websocket", "/ws", "8", "chat", .has_key = false}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct http_upgrade_refusal *refusal = http_upgrade_check(&rows[i].upgrade);
        if (rows[i].status == NULL) {
            assert_null(refusal);
            continue;
        }
        assert_non_null(refusal);
        assert_memory_equal(refusal->status, rows[i].status, 3);
        assert_non_null(strstr(refusal->reason, rows[i].reason));
    }
}

static void what_is_let_through_is_not_answered(void **state)
{
    (void)state;
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), 0);
    assert_string_equal(answer, "");
    assert_int_equal(host.counters.upgrades_refused, 0);
}

static void a_refusal_is_a_whole_answer_and_counted(void **state)
{
    (void)state;
    headers[WSI_TOKEN_VERSION] = "8";
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), -1);
    assert_string_equal(answer, "HTTP/1.1 426 Upgrade Required\r\ncontent-type: text/plain; charset=utf-8\r\n"
                                "sec-websocket-version: 13\r\nconnection: close\r\ncontent-length: 30\r\n\r\n"
                                "the WebSocket's version is 13\n");
    assert_int_equal(host.counters.upgrades_refused, 1);
}

/* libwebsockets would not read it at all. */
static void a_header_that_does_not_fit_is_not_cut_off(void **state)
{
    static const char path[] = "/ws/0123456789abcdef", version[] = "13 and more";
    char protocols[130];
    (void)state;
    memset(protocols, 'x', sizeof protocols);
    memcpy(protocols, "heddle.v1, ", 11);
    protocols[119] = '\0';
    headers[WSI_TOKEN_PROTOCOL] = protocols;
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), 0);
    protocols[119] = 'x';
    protocols[120] = '\0';
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), -1);
    assert_non_null(strstr(answer, "Sec-WebSocket-Protocol is too long"));
    headers[WSI_TOKEN_VERSION] = version;
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), -1);
    assert_non_null(strstr(answer, " 426 "));
    headers[WSI_TOKEN_GET_URI] = path;
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), -1);
    assert_non_null(strstr(answer, " 404 "));
}

static void a_page_of_another_origin_is_refused_last(void **state)
{
    static const struct page_origins origins = {.count = 0};
    (void)state;
    host.origins = &origins;
    headers[WSI_TOKEN_HOST] = "here.example";
    headers[WSI_TOKEN_ORIGIN] = "https://here.example";
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), 0);
    headers[WSI_TOKEN_ORIGIN] = "https://evil.example";
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), -1);
    assert_non_null(strstr(answer, " 403 "));
    assert_int_equal(host.counters.foreign_origins, 1);
    assert_int_equal(host.counters.upgrades_refused, 1);
    headers[WSI_TOKEN_KEY] = NULL;
    assert_int_equal(http_upgrade(&host, connection(), "websocket"), -1);
    assert_non_null(strstr(answer, " 400 "));
    assert_int_equal(host.counters.foreign_origins, 1);
}

static void what_is_no_upgrade_is_not_counted_as_one(void **state)
{
    (void)state;
    assert_int_equal(http_refuse_headers(connection()), -1);
    assert_non_null(strstr(answer, " 431 "));
    assert_false(is_closed); /* by the return value */
    http_refuse_unfinished(&host, connection());
    assert_non_null(strstr(answer, " 408 "));
    assert_true(is_closed);
    assert_int_equal(host.counters.headers_refused, 1);
    assert_int_equal(host.counters.headers_unfinished, 1);
    assert_int_equal(host.counters.upgrades_refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_our_websocket_is_let_through),
        cmocka_unit_test_setup(what_is_let_through_is_not_answered, set_up),
        cmocka_unit_test_setup(a_refusal_is_a_whole_answer_and_counted, set_up),
        cmocka_unit_test_setup(a_header_that_does_not_fit_is_not_cut_off, set_up),
        cmocka_unit_test_setup(a_page_of_another_origin_is_refused_last, set_up),
        cmocka_unit_test_setup(what_is_no_upgrade_is_not_counted_as_one, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
