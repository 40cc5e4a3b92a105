#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"

static void test_each_code_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int code = ERR_TIMEOUT; code <= 0; code++) {
        assert_string_not_equal(error_text(code), "unknown error");
        for (int other = ERR_TIMEOUT; other < code; other++)
            assert_string_not_equal(error_text(code), error_text(other));
    }
    assert_string_equal(error_text(ERR_TRUNCATED), "truncated");
}

static void test_other_numbers_are_unknown(void **state)
{
    static const int codes[] = {1, 100, ERR_TIMEOUT - 1, -1000};
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        assert_string_equal(error_text(codes[i]), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_code_has_a_text_of_its_own),
        cmocka_unit_test(test_other_numbers_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
