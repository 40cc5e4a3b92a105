#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/byte_cursor.h"
#include "transport/base/statistic.h"

struct inner {
    uint64_t deep;
};

struct numbers {
    uint16_t u16;
    int i;
    unsigned u;
    int64_t i64;
    uint64_t u64;
    size_t size;
    double number;
    int64_t elapsed_us;
    struct inner inner;
};

static const struct statistic rows[] = {
    STATISTIC(GAUGE, "u16", struct numbers, u16, 0, "", "a small one"),
    STATISTIC(GAUGE, "i", struct numbers, i, 0, "", "one below zero"),
    STATISTIC(GAUGE, "u", struct numbers, u, 0, "", "an unsigned one"),
    STATISTIC(GAUGE, "i64", struct numbers, i64, 0, "", "a large one below zero"),
    STATISTIC(COUNTER, "u64", struct numbers, u64, 0, "packets", "a large one"),
    STATISTIC(GAUGE, "size", struct numbers, size, 0, "bytes", "a size"),
    STATISTIC(GAUGE, "number", struct numbers, number, 0, "fraction", "a fraction"),
    STATISTIC(GAUGE, "elapsed_ms", struct numbers, elapsed_us, 1000, "ms", "a time"),
    STATISTIC(COUNTER, "deep", struct numbers, inner.deep, 0, "", "one of a struct inside"),
};
static const struct statistic_table table = STATISTIC_TABLE(rows);

static void a_row_reads_its_number_of_any_type(void **state)
{
    static const struct numbers numbers = {.u16 = UINT16_MAX,
                                           .i = -1,
                                           .u = UINT32_MAX,
                                           .i64 = INT64_MIN,
                                           .u64 = (UINT64_C(1) << 53) + 1, /* no double holds it */
                                           .size = 7,
                                           .number = 0.25,
                                           .elapsed_us = 1500,
                                           .inner = {9}};
    static const struct {
        bool is_integer;
        int64_t integer;
        double number;
    } expected[] = {
        {true, UINT16_MAX, UINT16_MAX},
        {true, -1, -1},
        {true, UINT32_MAX, UINT32_MAX},
        {true, INT64_MIN, -0x1p63},
        {true, (INT64_C(1) << 53) + 1, 0x1p53},
        {true, 7, 7},
        {false, 0, 0.25},
        {false, 0, 1.5},
        {true, 9, 9},
    };
    (void)state;
    assert_int_equal(table.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < table.count; i++) {
        const struct statistic *row = &table.rows[i];
        if (statistic_is_integer(row) != expected[i].is_integer ||
            statistic_number(row, &numbers) != expected[i].number ||
            (expected[i].is_integer && statistic_integer(row, &numbers) != expected[i].integer))
            fail_msg("%s: %f", row->name, statistic_number(row, &numbers));
    }
}

static void what_is_too_large_for_an_integer_is_the_largest(void **state)
{
    const struct numbers numbers = {.u64 = UINT64_MAX};
    (void)state;
    assert_true(statistic_integer(&rows[4], &numbers) == INT64_MAX);
}

static void numbers_pass_as_bytes(void **state)
{
    static const struct numbers given[] = {
        {.u16 = UINT16_MAX,
         .i = INT32_MIN,
         .u = UINT32_MAX,
         .i64 = INT64_MIN,
         .u64 = UINT64_MAX,
         .size = SIZE_MAX,
         .number = -0.1,
         .elapsed_us = -1,
         .inner = {UINT64_MAX - 1}},
        {.i = INT32_MAX, .i64 = INT64_MAX, .number = 1e300},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[1 + 8 * 9];
        struct byte_writer writer = {.out = bytes, .capacity = sizeof bytes};
        struct numbers read;
        memset(&read, 0, sizeof read);
        statistics_write(&table, &given[i], &writer);
        assert_false(writer.has_failed);
        assert_int_equal(writer.length, sizeof bytes);
        struct byte_reader reader = {.data = bytes, .left = sizeof bytes};
        assert_true(statistics_read(&table, &read, &reader));
        assert_false(reader.has_failed);
        assert_int_equal(reader.left, 0);
        assert_memory_equal(&read, &given[i], sizeof read);
    }
}

static void numbers_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {
        {0, 8},     /* of a shorter table */
        {6, 1},     /* u16: 65536 */
        {13, 0x80}, /* i: 2147483648 */
        {9, 0xff},  /* i: far below INT32_MIN */
        {20, 1},    /* u: 2^32 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[1 + 8 * 9] = {9};
        struct byte_reader reader = {.data = bytes, .left = sizeof bytes};
        struct numbers read;
        bytes[cases[i].at] = cases[i].value;
        if (statistics_read(&table, &read, &reader))
            fail_msg("case %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_reads_its_number_of_any_type),
        cmocka_unit_test(what_is_too_large_for_an_integer_is_the_largest),
        cmocka_unit_test(numbers_pass_as_bytes),
        cmocka_unit_test(numbers_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
