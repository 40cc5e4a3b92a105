#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "client/printable.h"

static const struct {
    const char *text, *clean;
} cases[] = {
    {"", ""},
    {"Ann", "Ann"},
    {"\xed\x95\x9c\xea\xb8\x80 \xc3\xa9 \xf0\x9f\x98\x80", "\xed\x95\x9c\xea\xb8\x80 \xc3\xa9 \xf0\x9f\x98\x80"},
    {"a\033[31mb", "a?[31mb"},
    {"a\nb\rc\td\177", "a?b?c?d?"},
    {"a\xc2\x9b"
     "31mb",
     "a?31mb"}, /* U+009B: ESC [ in one character */
    {"\xc2\x80\xc2\x9f\xc2\xa0", "??\xc2\xa0"},
    {"a\x9b"
     "31m",
     "a?31m"},            /* not UTF-8 */
    {"\xc0\x9b[", "??["}, /* overlong */
    {"\xe0\x82\x9b", "???"},
    {"a\xe2\x80\xaetfel\xe2\x80\xac", "a?tfel?"}, /* U+202E: right to left */
    {"\xe2\x81\xa6"
     "a\xe2\x81\xa9\xd8\x9c\xe2\x80\x8f\xe2\x80\x8b\xef\xbb\xbf",
     "?a?????"},
    {"p1 left\xe2\x80\xa8p2 joined", "p1 left?p2 joined"},                            /* U+2028: a line of its own */
    {"\xe2\x80\x8d\xe2\x80\x8c\xe2\x80\xa6", "\xe2\x80\x8d\xe2\x80\x8c\xe2\x80\xa6"}, /* joiners, an ellipsis */
    {"\xed\xa0\x80", "???"},                                                          /* half of a pair of UTF-16 */
    {"\xf4\x90\x80\x80", "????"},                                                     /* past U+10FFFF */
    {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
    {"cut \xe2\x80", "cut ??"},
    {"cut \xed\x95", "cut ??"},
    {"cut \xc2", "cut ?"},
    {"\xff\xf8", "??"},
};

static void terminals_get_nothing_to_obey(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[i].text);
        printable_clean(text);
        assert_string_equal(text, cases[i].clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(terminals_get_nothing_to_obey)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
