#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/base/random.h"

/* The published first outputs of xoshiro256** from the state 1, 2, 3, 4, and of SplitMix64 from 0. */
static void test_generators_are_the_published_ones(void **state)
{
    static const uint64_t outputs[] = {11520, 0, 1509978240, 1215971899390074240};
    struct rng rng = {{1, 2, 3, 4}};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(rng_next(&rng) == outputs[i]);
    rng_init(&rng, 0);
    assert_true(rng.state[0] == 0xe220a8397b1dcdaf);
    assert_true(rng.state[1] == 0x6e789e6aa1b965f4);
    assert_true(rng.state[2] == 0x06c45d188009454f);
    assert_true(rng.state[3] == 0xf88bb8a8724c81ec);
}

static void test_one_seed_gives_one_sequence(void **state)
{
    struct rng a, b, c;
    unsigned equal = 0;
    (void)state;
    rng_init(&a, 42);
    rng_init(&b, 42);
    rng_init(&c, 43);
    for (int i = 0; i < 100; i++) {
        uint64_t value = rng_next(&a);
        assert_true(value == rng_next(&b));
        equal += value == rng_next(&c);
    }
    assert_int_equal(equal, 0);
}

static void test_values_below_a_bound_are_spread_evenly(void **state)
{
    unsigned hits[10] = {0};
    struct rng rng;
    (void)state;
    rng_init(&rng, 7);
    for (int i = 0; i < 100000; i++)
        hits[rng_below(&rng, 10)]++;
    for (size_t i = 0; i < 10; i++)
        assert_in_range(hits[i], 9500, 10500);
    assert_int_equal(rng_below(&rng, 0), 0);
    assert_int_equal(rng_below(&rng, 1), 0);
}

static void test_units_fill_zero_to_one(void **state)
{
    double sum = 0, least = 1, most = 0;
    struct rng rng;
    (void)state;
    rng_init(&rng, 8);
    for (int i = 0; i < 100000; i++) {
        double unit = rng_unit(&rng);
        assert_true(unit >= 0 && unit < 1);
        sum += unit;
        least = unit < least ? unit : least;
        most = unit > most ? unit : most;
    }
    assert_true(sum > 49500 && sum < 50500);
    assert_true(least < 0.001 && most > 0.999);
}

static void test_secure_bytes_fill_the_whole_buffer(void **state)
{
    uint8_t first[1000] = {0}, second[1000] = {0};
    unsigned zeros = 0;
    (void)state;
    random_secure(first, sizeof first);
    random_secure(second, sizeof second);
    assert_memory_not_equal(first, second, sizeof first);
    for (size_t i = sizeof first - 100; i < sizeof first; i++)
        zeros += first[i] == 0;
    assert_true(zeros < 20);
    random_secure(first, 0);
}

static void test_secure_text_is_of_ice_characters(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (void)state;
    for (size_t length = 0; length < 64; length++) {
        char text[66], other[66];
        memset(text, '!', sizeof text);
        random_secure_text(text, length);
        random_secure_text(other, length);
        assert_int_equal(strlen(text), length);
        assert_int_equal(strspn(text, alphabet), length);
        assert_int_equal(text[length + 1], '!');
        if (length >= 16)
            assert_string_not_equal(text, other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generators_are_the_published_ones),
        cmocka_unit_test(test_one_seed_gives_one_sequence),
        cmocka_unit_test(test_values_below_a_bound_are_spread_evenly),
        cmocka_unit_test(test_units_fill_zero_to_one),
        cmocka_unit_test(test_secure_bytes_fill_the_whole_buffer),
        cmocka_unit_test(test_secure_text_is_of_ice_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
