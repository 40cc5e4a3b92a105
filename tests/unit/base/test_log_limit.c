#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/log.h"

#define START (5 * USEC_PER_SEC)

static usec_t now;
static unsigned lines;
static char last[2048];

static usec_t fake_clock(void)
{
    return now;
}

static void sink(void *user, enum log_level level, const char *context, const char *text)
{
    (void)user;
    (void)level;
    (void)context;
    lines++;
    snprintf(last, sizeof last, "%s", text);
}

static int set_up(void **state)
{
    (void)state;
    lines = 0;
    now = START;
    log_set_sink(sink, NULL, LEVEL_DEBUG);
    log_set_limit(fake_clock);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    log_set_limit(NULL);
    log_set_sink(NULL, NULL, LEVEL_ERROR);
    return 0;
}

static void test_each_kind_has_a_budget_of_its_own(void **state)
{
    static const struct {
        uint64_t kind;
        unsigned tries;
        usec_t after;
        unsigned expected;
        uint64_t left_out; /* told by the first that passes */
    } steps[] = {
        {1, 500, 0, LOG_BURST, 0},
        {2, 3, 0, 3, 0}, /* another kind is not disturbed */
        {1, 10, USEC_PER_SEC, LOG_PER_SECOND, 400},
        {1, 1, 3600 * USEC_PER_SEC, 1, 5},
        {1, 500, 7200 * USEC_PER_SEC, LOG_BURST, 0},
    };
    struct log_limiter limiter = {0};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        unsigned passed = 0;
        uint64_t told = 0;
        for (unsigned k = 0; k < steps[i].tries; k++) {
            uint64_t left_out;
            if (log_limiter_pass(&limiter, steps[i].kind, START + steps[i].after, &left_out))
                told += passed++ == 0 ? left_out : 0;
        }
        assert_int_equal(passed, steps[i].expected);
        assert_int_equal(told, steps[i].left_out);
    }
}

static void test_more_kinds_than_places_share(void **state)
{
    struct log_limiter limiter = {0};
    unsigned passed = 0;
    (void)state;
    for (uint64_t kind = 1; kind <= 100000; kind++) {
        uint64_t left_out;
        passed += log_limiter_pass(&limiter, kind, START, &left_out);
    }
    assert_in_range(passed, LOG_KINDS, LOG_KINDS * LOG_BURST);
}

static void test_lines_of_one_place_in_the_code_are_one_kind_whatever_they_say(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        log_info("room", "p%u joined", i);
    assert_int_equal(lines, LOG_BURST);
    log_info("room", "something else");
    assert_int_equal(lines, LOG_BURST + 1);
    now += USEC_PER_SEC;
    for (unsigned i = 0; i < 1000; i++) {
        log_info("room", "p%u joined", i);
        if (i == 0)
            assert_int_equal(lines, LOG_BURST + 2);
    }
    assert_int_equal(lines, LOG_BURST + 1 + LOG_PER_SECOND);
}

static void test_the_first_that_fits_again_says_how_many_were_left_out(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LOG_BURST + 7; i++) {
        if (i == LOG_BURST + 6)
            now += USEC_PER_SEC;
        log_warning("x", "again %d", 1);
    }
    assert_string_equal(last, "again 1 (and 6 more like this)");
}

static void test_debug_lines_and_programs_without_a_limit_get_everything(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        log_debug("room", "detail");
    assert_int_equal(lines, 1000);
    log_set_limit(NULL);
    for (unsigned i = 0; i < 1000; i++)
        log_info("room", "line");
    assert_int_equal(lines, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_has_a_budget_of_its_own),
        cmocka_unit_test(test_more_kinds_than_places_share),
        cmocka_unit_test_setup_teardown(test_lines_of_one_place_in_the_code_are_one_kind_whatever_they_say, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_first_that_fits_again_says_how_many_were_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_debug_lines_and_programs_without_a_limit_get_everything, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
