#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/call/ice_urls.h"
#include "client/net/url.h"
#include "transport/base/error.h"

static void addresses_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_secure;
        const char *host;
        uint16_t port;
        const char *path, *room, *token, *key;
    } cases[] = {
        {"http://127.0.0.1:8080", false, "127.0.0.1", 8080, "/", "", "", ""},
        {"https://call.example/?room=daily", true, "call.example", 443, "/", "daily", "", ""},
        {"https://call.example/heddle/index.html?a=b&room=x.y-z#top", true, "call.example", 443, "/heddle/", "x.y-z",
         "", ""},
        {"https://call.example/heddle", true, "call.example", 443, "/heddle/", "", "", ""}, /* without its last slash */
        {"https://call.example/heddle?room=daily", true, "call.example", 443, "/heddle/", "daily", "", ""},
        {"https://call.example/a/v1.2#top", true, "call.example", 443, "/a/v1.2/", "", "", ""},
        {"http://h/index.html", false, "h", 80, "/", "", "", ""},
        {"HTTPS://Call.Example", true, "Call.Example", 443, "/", "", "", ""},
        {"http://h?room=daily", false, "h", 80, "/", "daily", "", ""},
        {"ws://[::1]:81/a/", false, "::1", 81, "/a/", "", "", ""},
        {"wss://[2001:db8::1]", true, "2001:db8::1", 443, "/", "", "", ""},
        {"localhost:9", false, "localhost", 9, "/", "", "", ""},
        {"http://h/?room=daily#key=warp+and%20weft", false, "h", 80, "/", "daily", "", "warp and weft"},
        {"http://h#token=t&key=%ec%8b%a4%2B%", false, "h", 80, "/", "", "t", "\xec\x8b\xa4+%"},
        {"http://h/?key=told#", false, "h", 80, "/", "", "", ""}, /* a query is sent, so it is no place for a key */
        {"http://h/?token=a.b-c_d&room=r", false, "h", 80, "/", "r", "a.b-c_d", ""},
        {"http://h/?room=r&token=old#token=new", false, "h", 80, "/", "r", "new", ""},
        {"http://h/#room=r&tokens=t", false, "h", 80, "/", "", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url;
        assert_int_equal(url_parse(&url, cases[i].text), 0);
        assert_int_equal(url.is_secure, cases[i].is_secure);
        assert_string_equal(url.host, cases[i].host);
        assert_int_equal(url.port, cases[i].port);
        assert_string_equal(url.path, cases[i].path);
        assert_string_equal(url.room, cases[i].room);
        assert_string_equal(url.token, cases[i].token);
        assert_string_equal(url.key, cases[i].key);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "http://",
                                        "ftp://host",
                                        "http://host:",
                                        "http://:8",
                                        "http://host:0",
                                        "http://h:65536",
                                        "http://h:8x",
                                        "http://[::1",
                                        "http://h/a b",
                                        "http://h/a\r\nX: y",
                                        "http://h/\x7f",
                                        "http://h/#key=a%00b",
                                        "http://h/?room=a%0ab",
                                        "http://h/?token=%7f",
                                        "http://[::1]x:8"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct url url;
        assert_int_equal(url_parse(&url, texts[i]), ERR_INVALID);
    }
}

static void ice_servers_are_read_as_browsers_do(void **state)
{
    (void)state;
    json_t *array = json_loads("[{\"urls\":\"stun:stun.example\"},"
                               "{\"urls\":[\"turn:t.example:4000?transport=tcp\",\"turns:[2001:db8::1]\",\"bogus:x\"],"
                               "\"username\":\"u\",\"credential\":\"p\"},"
                               "{\"urls\":\"turn:no.credential\"}]",
                               0, NULL);
    struct ice_server servers[8];
    assert_int_equal(ice_servers_read(array, servers, 8), 3);
    assert_string_equal(servers[0].host, "stun.example");
    assert_int_equal(servers[0].port, 3478);
    assert_false(servers[0].is_turn);
    assert_string_equal(servers[1].host, "t.example");
    assert_int_equal(servers[1].port, 4000);
    assert_int_equal(servers[1].transport, ICE_SERVER_TCP);
    assert_string_equal(servers[1].username, "u");
    assert_string_equal(servers[1].password, "p");
    assert_string_equal(servers[2].host, "2001:db8::1");
    assert_int_equal(servers[2].port, 5349);
    assert_int_equal(servers[2].transport, ICE_SERVER_TLS);
    assert_int_equal(ice_servers_read(array, servers, 2), 2);
    json_decref(array);
    struct ice_server server;
    static const char *const wrong[] = {"turn:", "turn:h:0", "turn:h:99999", "turn:h?transport=sctp", "stun:h:1x", "h"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ice_url_parse(&server, wrong[i]), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(ice_servers_are_read_as_browsers_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
