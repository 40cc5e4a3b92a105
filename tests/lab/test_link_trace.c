#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lab/link_trace.h"
#include "transport/base/error.h"
#include "transport/base/memory.h"

#define SECONDS 120
#define SEEDS 5

static void a_trace_is_a_line_for_each_opportunity(void **state)
{
    struct link_trace trace;
    struct link_trace_error error;
    (void)state;
    assert_int_equal(link_trace_parse(&trace, "0\n5\r\n5\n20", &error), 0);
    assert_int_equal(trace.count, 4);
    assert_int_equal(link_trace_length(&trace), 20000);
    assert_int_equal(link_trace_at(&trace, 2), 5000);
    assert_int_equal(link_trace_at(&trace, 4), 20000); /* again, from the end on */
    assert_int_equal(link_trace_at(&trace, 4 * 1000000000ull + 1), 20000 * INT64_C(1000000000) + 5000);
    link_trace_fini(&trace);
}

static void the_wrong_line_is_named(void **state)
{
    static const struct {
        const char *text, *what;
        unsigned line;
    } rows[] = {
        {"", "no opportunity", 0},
        {"0\n0\n", "at 0 ms", 2},
        {"1\n2\nthree\n", "whole number", 3},
        {"1\n\n2\n", "whole number", 2},
        {"1\n2.5\n", "whole number", 2},
        {"-1\n", "whole number", 1},
        {" 1\n", "whole number", 1},
        {"1 # one\n", "whole number", 1},
        {"5\n6\n4\n", "earlier", 3},
        {"1\n86400001\n", "a day", 2},
        {"1\n99999999999999999999\n", "a day", 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct link_trace trace;
        struct link_trace_error error;
        assert_int_equal(link_trace_parse(&trace, rows[i].text, &error), ERR_INVALID);
        assert_int_equal(error.line, rows[i].line);
        assert_non_null(strstr(error.what, rows[i].what));
        assert_null(trace.at_ms);
    }
}

static void a_trace_is_bounded(void **state)
{
    struct link_trace trace;
    struct link_trace_error error;
    size_t lines = LINK_TRACE_OPPORTUNITIES_MAX;
    char *text = mem_alloc((lines + 1) * 2 + 1);
    (void)state;
    for (size_t i = 0; i <= lines; i++)
        memcpy(text + i * 2, "7\n", 2);
    text[(lines + 1) * 2] = '\0';
    assert_int_equal(link_trace_parse(&trace, text, &error), ERR_INVALID);
    assert_int_equal(error.line, lines + 1);
    text[lines * 2] = '\0';
    assert_int_equal(link_trace_parse(&trace, text, &error), 0);
    assert_int_equal(trace.count, lines);
    link_trace_fini(&trace);
    free(text);
}

/* What a trace is like, in seconds and kbit/s. */
struct likeness {
    double mean, slow, fast; /* the rate; of the seconds the 10th and the 90th of 100 */
    double longest_gap_s;
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct likeness likeness_of(const struct link_trace *trace)
{
    double seconds[SECONDS] = {0};
    uint32_t gap = 0;
    for (size_t i = 0; i < trace->count; i++) {
        uint32_t at = trace->at_ms[i], before = i > 0 ? trace->at_ms[i - 1] : 0;
        assert_true(at >= before && at <= SECONDS * 1000);
        if (at - before > gap)
            gap = at - before;
        if (at < SECONDS * 1000)
            seconds[at / 1000] += LINK_TRACE_BYTES * 8 / 1e3;
    }
    qsort(seconds, SECONDS, sizeof *seconds, by_size);
    return (struct likeness){.mean = (double)trace->count * LINK_TRACE_BYTES * 8 / 1e3 / SECONDS,
                             .slow = seconds[SECONDS / 10],
                             .fast = seconds[SECONDS * 9 / 10],
                             .longest_gap_s = gap / 1e3};
}

static void each_kind_has_its_character(void **state)
{
    static const struct {
        double mean[2], slow[2], fast[2], gap_s[2]; /* from, to: a tenth beside what the seeds give */
    } rows[LINK_TRACE_KINDS] = {
        [LINK_TRACE_LTE] = {{2000, 3150}, {790, 1550}, {3150, 5250}, {0.12, 0.45}},
        [LINK_TRACE_UMTS] = {{620, 910}, {280, 440}, {930, 1560}, {0.9, 1.3}},
        [LINK_TRACE_WIFI] = {{3500, 5100}, {660, 2650}, {5750, 8200}, {0.14, 0.31}},
        [LINK_TRACE_TRAIN] = {{1580, 2620}, {280, 620}, {3250, 5750}, {0.75, 3.3}},
    };
    (void)state;
    for (int kind = 0; kind < LINK_TRACE_KINDS; kind++)
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct link_trace trace;
            link_trace_make(&trace, (enum link_trace_kind)kind, SECONDS, seed);
            struct likeness like = likeness_of(&trace);
            print_message("%s, seed %llu: mean %.0f kbit/s, seconds from %.0f to %.0f, longest gap %.2f s\n",
                          link_trace_kind_name((enum link_trace_kind)kind), (unsigned long long)seed, like.mean,
                          like.slow, like.fast, like.longest_gap_s);
            assert_true(like.mean >= rows[kind].mean[0] && like.mean <= rows[kind].mean[1]);
            assert_true(like.slow >= rows[kind].slow[0] && like.slow <= rows[kind].slow[1]);
            assert_true(like.fast >= rows[kind].fast[0] && like.fast <= rows[kind].fast[1]);
            assert_true(like.longest_gap_s >= rows[kind].gap_s[0] && like.longest_gap_s <= rows[kind].gap_s[1]);
            assert_int_equal(link_trace_length(&trace), SECONDS * USEC_PER_SEC);
            link_trace_fini(&trace);
        }
}

static void the_same_seed_gives_the_same_trace(void **state)
{
    struct link_trace one, again, other;
    (void)state;
    link_trace_make(&one, LINK_TRACE_LTE, SECONDS, 7);
    link_trace_make(&again, LINK_TRACE_LTE, SECONDS, 7);
    link_trace_make(&other, LINK_TRACE_LTE, SECONDS, 8);
    assert_int_equal(one.count, again.count);
    assert_memory_equal(one.at_ms, again.at_ms, one.count * sizeof *one.at_ms);
    assert_true(one.count != other.count || memcmp(one.at_ms, other.at_ms, one.count * sizeof *one.at_ms) != 0);
    link_trace_fini(&one);
    link_trace_fini(&again);
    link_trace_fini(&other);
}

static void the_longest_trace_is_within_the_bound(void **state)
{
    (void)state;
    for (int kind = 0; kind < LINK_TRACE_KINDS; kind++) {
        struct link_trace trace;
        link_trace_make(&trace, (enum link_trace_kind)kind, LINK_TRACE_SECONDS_MAX, 1);
        assert_true(trace.count <= LINK_TRACE_OPPORTUNITIES_MAX);
        link_trace_fini(&trace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trace_is_a_line_for_each_opportunity),
        cmocka_unit_test(the_wrong_line_is_named),
        cmocka_unit_test(a_trace_is_bounded),
        cmocka_unit_test(each_kind_has_its_character),
        cmocka_unit_test(the_same_seed_gives_the_same_trace),
        cmocka_unit_test(the_longest_trace_is_within_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
