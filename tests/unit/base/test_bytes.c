#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/bytes.h"

static void test_bytes_stand_in_network_order(void **state)
{
    static const uint8_t bytes[] = {0x81, 0x92, 0xa3, 0xb4, 0xc5, 0xd6, 0xe7, 0xf8};
    uint8_t out[9];
    (void)state;
    assert_int_equal(get_u16(bytes), 0x8192);
    assert_int_equal(get_u24(bytes), 0x8192a3);
    assert_int_equal(get_u32(bytes), 0x8192a3b4);
    assert_true(get_u64(bytes) == 0x8192a3b4c5d6e7f8);
    for (size_t shift = 0; shift < 2; shift++) { /* unaligned too */
        memset(out, 0, sizeof out);
        put_u16(out + shift, 0x8192);
        assert_memory_equal(out + shift, bytes, 2);
        put_u24(out + shift, 0x8192a3);
        assert_memory_equal(out + shift, bytes, 3);
        put_u32(out + shift, 0x8192a3b4);
        assert_memory_equal(out + shift, bytes, 4);
        put_u64(out + shift, 0x8192a3b4c5d6e7f8);
        assert_memory_equal(out + shift, bytes, 8);
    }
}

static void test_newer_is_decided_around_the_circle(void **state)
{
    static const struct {
        uint16_t a, b;
        int newer;
    } cases[] = {{1, 0, 1},     {0, 1, 0},     {5, 5, 0},     {0, 65535, 1},
                 {65535, 0, 0}, {32767, 0, 1}, {32769, 0, 0}, {100, 65000, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(seq_newer(cases[i].a, cases[i].b), cases[i].newer);
}

static void test_sequence_numbers_are_extended_to_the_nearest(void **state)
{
    static const struct {
        uint16_t sequence;
        int64_t reference, extended;
    } cases[] = {
        {5, 5, 5},           {6, 5, 6},
        {65535, 0, -1},      {0, 65535, 65536},
        {0, 131071, 131072}, {65535, 65536, 65535},
        {32767, 0, 32767},   {40000, 0, 40000 - 65536},
        {1, -65535, -65535}, {0, 1000000, 983040},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(seq_extend(cases[i].sequence, cases[i].reference) == cases[i].extended);
}

static void test_timestamps_differ_by_the_shorter_way(void **state)
{
    (void)state;
    assert_int_equal(timestamp_diff(5, 3), 2);
    assert_int_equal(timestamp_diff(3, 5), -2);
    assert_int_equal(timestamp_diff(10, UINT32_MAX - 9), 20);
    assert_int_equal(timestamp_diff(UINT32_MAX - 9, 10), -20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_stand_in_network_order),
        cmocka_unit_test(test_newer_is_decided_around_the_circle),
        cmocka_unit_test(test_sequence_numbers_are_extended_to_the_nearest),
        cmocka_unit_test(test_timestamps_differ_by_the_shorter_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
