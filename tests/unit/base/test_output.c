#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/error.h"
#include "transport/base/output.h"

static void what_is_written_is_no_error(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/null", "w");
    assert_non_null(file);
    fputs("a report", file);
    assert_int_equal(output_flush(file), 0);
    fclose(file);
}

/* In the buffer until it is flushed, and more than fits there: the write failed long before. */
static void what_a_full_disk_does_not_take_is_an_error(void **state)
{
    static const int lengths[] = {1, 100, 1000000};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        FILE *file = fopen("/dev/full", "w");
        assert_non_null(file);
        fprintf(file, "%*d", lengths[i], 1);
        assert_int_equal(output_flush(file), ERR_IO);
        assert_int_not_equal(errno, 0);
        fclose(file);
    }
}

static void an_error_is_not_forgotten(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "w");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0); /* so that nothing is left to flush */
    assert_int_equal(fputc('x', file), EOF);
    errno = 0;
    assert_int_equal(output_flush(file), ERR_IO);
    assert_int_equal(errno, EIO);
    fclose(file);
}

static void the_reason_is_known_however_long_a_text_is(void **state)
{
    static char text[20001];
    static const size_t lengths[] = {1, 4096, 4097, sizeof text - 1};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        FILE *full = fopen("/dev/full", "w"), *null = fopen("/dev/null", "w");
        assert_true(full != NULL && null != NULL);
        memset(text, 'x', lengths[i]);
        errno = 0;
        assert_int_equal(output_text(full, text), ERR_IO);
        assert_int_equal(errno, ENOSPC);
        assert_int_equal(output_text(null, text), 0);
        fclose(full);
        fclose(null);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_no_error),
        cmocka_unit_test(what_a_full_disk_does_not_take_is_an_error),
        cmocka_unit_test(an_error_is_not_forgotten),
        cmocka_unit_test(the_reason_is_known_however_long_a_text_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
