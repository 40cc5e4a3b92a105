#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "client/net/address_set.h"

static void add(struct address_set *set, const char *text, unsigned interface)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        address_set_add(set, (const struct sockaddr *)&v4, interface);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
        address_set_add(set, (const struct sockaddr *)&v6, interface);
    }
}

static struct address_set set_of(const char *const *texts)
{
    struct address_set set = {0};
    for (; *texts != NULL; texts++)
        add(&set, *texts, 2);
    return set;
}

#define SET(...) set_of((const char *const[]){__VA_ARGS__, NULL})

static void what_differs_is_a_change(void **state)
{
    (void)state;
    struct address_set wifi = SET("192.168.1.7", "2001:db8::7"), turned = SET("2001:db8::7", "192.168.1.7");
    struct address_set moved = SET("10.20.30.40", "2001:db8::7"), lost = SET("192.168.1.7"), none = {0};
    assert_true(address_set_equal(&wifi, &turned));
    assert_false(address_set_equal(&wifi, &moved));
    assert_false(address_set_equal(&wifi, &lost));
    assert_false(address_set_equal(&wifi, &none));
    assert_true(address_set_equal(&none, &none));
    struct address_set other = {0};
    add(&other, "192.168.1.7", 3); /* the same address on another interface */
    assert_false(address_set_equal(&lost, &other));
}

static void what_says_nothing_is_left_out(void **state)
{
    (void)state;
    struct address_set set = SET("127.0.0.1", "127.3.2.1", "169.254.9.9", "::1", "fe80::1");
    assert_int_equal(set.count, 0);
    struct sockaddr other = {.sa_family = AF_UNIX};
    address_set_add(&set, &other, 1);
    assert_int_equal(set.count, 0);
}

static void a_full_set_takes_no_more(void **state)
{
    (void)state;
    struct address_set set = {0};
    for (int i = 0; i < ADDRESS_SET_MAX + 5; i++)
        add(&set, "10.0.0.1", (unsigned)i);
    assert_int_equal(set.count, ADDRESS_SET_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_differs_is_a_change),
        cmocka_unit_test(what_says_nothing_is_left_out),
        cmocka_unit_test(a_full_set_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
