/* Names of files that are made of what participants call themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/media/path_part.h"

static void names_stay_what_people_read(void **state)
{
    static const struct {
        const char *name, *part;
    } rows[] = {
        {"Ann", "p1-Ann"},
        {"Ann B. (work)", "p1-AnnBwork"},
        {"../../etc/passwd", "p1-etcpasswd"},
        {"철수", "p1-철수"},
        {"Zoë-1_2", "p1-Zoë-1_2"},
        {"민지 😀", "p1-민지😀"},
        {"", "p1-"},
        {"a\n\x7f\x1b[31m", "p1-a31m"},
        {"\xe2\x80\xaegnp.exe", "p1-gnpexe"}, /* turns the direction */
        {"a\xe2\x80\xa8z", "p1-az"},          /* ends the line */
        {"a\xff\xc3z\xed\xa0\x80", "p1-az"},  /* no UTF-8 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[8 + PATH_PART_MAX] = "p1-";
        path_part_append(out, rows[i].name);
        assert_string_equal(out, rows[i].part);
    }
}

static void long_names_end_between_characters(void **state)
{
    (void)state;
    for (size_t before = 0; before < 4; before++) {
        char name[256] = "", out[8 + PATH_PART_MAX] = "p1-";
        for (size_t i = 0; i < before; i++)
            strcat(name, "x");
        for (size_t i = 0; i < 40; i++)
            strcat(name, "철");
        path_part_append(out, name);
        assert_int_equal(strlen(out), 3 + before + (PATH_PART_MAX - before) / 3 * 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_what_people_read),
        cmocka_unit_test(long_names_end_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
