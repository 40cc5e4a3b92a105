#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/config/page_origin.h"
#include "transport/base/error.h"

static void own_pages_are_welcome_and_others_when_they_are_listed(void **state)
{
    static const struct {
        const char *origin, *host, *forwarded;
        bool expected;
    } rows[] = {
        {"", "x", "", true}, /* no browser */
        {"http://127.0.0.1:8080", "127.0.0.1:8080", "", true},
        {"http://[::1]:8080", "[::1]:8080", "", true},
        {"https://Meet.Example", "meet.example", "", true},
        {"https://meet.example", "meet.example:443", "", true},
        {"http://meet.example:80", "meet.example", "", true},
        {"https://meet.example", "127.0.0.1:8080", "meet.example", true}, /* a proxy that keeps the Host to itself */
        {"https://meet.example", "127.0.0.1:8080", "meet.example, proxy.internal:81", true}, /* two of them */
        {"https://meet.example", "127.0.0.1:8080", "meet.example:443,proxy.internal", true},
        {"http://proxy.internal:81", "127.0.0.1:8080", "meet.example, proxy.internal:81", false},
        {"https://evil.example", "meet.example", "", false},
        {"https://meet.example.evil.example", "meet.example", "", false},
        {"https://evilmeet.example", "meet.example", "", false},
        {"http://meet.example:81", "meet.example", "", false},
        {"http://127.0.0.1:8081", "127.0.0.1:8080", "", false},
        {"null", "meet.example", "", false},
        {"null", "", "", false},
        {"meet.example", "meet.example", "", false},
        {"https://", "", "", false},
        {"https://user@meet.example", "user@meet.example", "", false},
        {"https://app.example", "meet.example", "", true}, /* listed */
        {"https://APP.example", "meet.example", "", true},
        {"http://app.example", "meet.example", "", false}, /* another scheme */
        {"https://app.example:8443", "meet.example", "", false},
    };
    struct page_origins list = {.count = 0};
    (void)state;
    assert_int_equal(page_origin_add(&list, "https://app.example"), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (page_origin_is_welcome(&list, rows[i].origin, rows[i].host, rows[i].forwarded) != rows[i].expected)
            fail_msg("\"%s\" at \"%s\"", rows[i].origin, rows[i].host);
    assert_int_equal(page_origin_add(&list, "*"), 0);
    assert_true(page_origin_is_welcome(&list, "null", "meet.example", ""));
}

static void what_is_no_origin_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "app.example",
                                        "https://",
                                        "://app.example",
                                        "https://app.example/",
                                        "https://app.example/page",
                                        "https://a b",
                                        "**"};
    char longest[PAGE_ORIGIN_LENGTH_MAX + 20];
    struct page_origins list = {.count = 0};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(page_origin_add(&list, wrong[i]), ERR_INVALID);
    snprintf(longest, sizeof longest, "https://%0*d", PAGE_ORIGIN_LENGTH_MAX, 1);
    assert_int_equal(page_origin_add(&list, longest), ERR_INVALID);
    for (size_t i = 0; i < PAGE_ORIGIN_MAX; i++)
        assert_int_equal(page_origin_add(&list, "https://app.example"), 0);
    assert_int_equal(page_origin_add(&list, "https://app.example"), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_pages_are_welcome_and_others_when_they_are_listed),
        cmocka_unit_test(what_is_no_origin_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
