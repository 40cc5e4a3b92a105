/* What is found beside a program: here, the test itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "signaling/process/program_folder.h"

static void what_lies_beside_the_program_is_found(void **state)
{
    char folder[4096], path[4096], expected[4200];
    (void)state;
    assert_true(program_folder(folder, sizeof folder, ""));
    assert_int_equal(folder[0], '/');
    assert_int_equal(folder[strlen(folder) - 1], '/');
    assert_true(program_folder(path, sizeof path, "test_program_folder"));
    snprintf(expected, sizeof expected, "%stest_program_folder", folder);
    assert_string_equal(path, expected);
    assert_int_equal(access(path, X_OK), 0);
    assert_true(program_folder(path, sizeof path, "../x"));
    assert_string_equal(path + strlen(folder), "../x");
}

static void what_does_not_fit_is_not_cut_off(void **state)
{
    char folder[4096], path[4096];
    (void)state;
    assert_true(program_folder(folder, sizeof folder, ""));
    size_t program = strlen(folder) + strlen("test_program_folder");
    assert_false(program_folder(path, program, "")); /* the program's own path is read there first */
    assert_true(program_folder(path, program + 1, ""));
    assert_true(program_folder(path, program + 1, "as_long_as_the_name"));
    assert_false(program_folder(path, program + 1, "longer_than_the_name"));
    assert_false(program_folder(path, 1, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lies_beside_the_program_is_found),
        cmocka_unit_test(what_does_not_fit_is_not_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
