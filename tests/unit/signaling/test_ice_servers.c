/* A server that browsers cannot parse would leave each of them without a connection: it is refused when we start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/config/ice_servers.h"
#include "transport/base/error.h"

static void takes_what_browsers_take(void **state)
{
    static const char *const urls[] = {
        "stun:h",
        "stun:stun.example",
        "stun:stun-1.example.:3478",
        "stun:192.0.2.1",
        "stun:192.0.2.1:1",
        "stun:192.0.2.1:65535",
        "stun:[2001:db8::1]",
        "stun:[::ffff:192.0.2.1]:3478",
        "turn:h:03478?transport=tcp",
        "turn:u:p@h:3478?transport=udp",
        "turns:u:p@[2001:db8::1]:443?transport=tcp",
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct ice_servers servers = {0};
        if (ice_servers_add(&servers, urls[i]) != 0)
            fail_msg("%s is refused", urls[i]);
    }
}

static void refuses_what_browsers_do_not_parse(void **state)
{
    static const char *const urls[] = {
        "",
        "stun",
        "stun:",
        "stun::3478",
        "stun:h:",
        "stun:h:0",
        "stun:h:65536",
        "stun:192.0.2.1:70000",
        "turn:192.0.2.1:70000",
        "turns:h:99999?transport=tcp",
        "stun:h:4294967297", /* one, in 32 bits */
        "stun:h:-1",
        "stun:h:+1",
        "stun:h: 1",
        "stun:h:1 ",
        "stun:h:1:2",
        "stun:h:port",
        "stun:h/path",
        "stun:h name",
        "stun:h_name",
        "stun:ex%41mple",
        "stun:b\303\274cher.example",
        "stun:.",
        "stun:.h",
        "stun:a..h",
        "stun:-h",
        "stun:h-.example",
        "stun:192.0.2",
        "stun:192.0.2.256",
        "stun:192.0.2.1.5",
        "stun:[]",
        "stun:[",
        "stun:[::1",
        "stun:[::1]3478",
        "stun:[::1]:",
        "stun:[::1]:65536",
        "stun:[1:2:3]",
        "stun:[:::]",
        "stun:[192.0.2.1]",
        "stun:[fe80::1%eth0]",
        "stun:2001:db8::1",
        "stun:h?transport=udp", /* RFC 7064 has no query */
        "stun:u:p@h",
        "stuns:h",
        "STUN:h",
        "stun://h",
        "turn:u@h",
        "turn::p@h",
        "turn:u:@h",
        "turn:h?",
        "turn:h?transport=",
        "turn:h?transport=sctp",
        "turn:h?transport=tcp&x",
        "http://h",
    };
    char long_label[80] = "stun:", long_name[400] = "stun:";
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct ice_servers servers = {0};
        if (ice_servers_add(&servers, urls[i]) != ERR_INVALID)
            fail_msg("%s is taken", urls[i]);
    }
    struct ice_servers servers = {0};
    memset(long_label + 5, 'a', 64);
    assert_int_equal(ice_servers_add(&servers, long_label), ERR_INVALID);
    for (int i = 0; i < 130; i++)
        strcat(long_name, "a.");
    assert_int_equal(ice_servers_add(&servers, long_name), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_browsers_take),
        cmocka_unit_test(refuses_what_browsers_do_not_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
