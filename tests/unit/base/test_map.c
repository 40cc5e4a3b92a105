#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/base/map.h"
#include "transport/base/random.h"

static struct map map;
static int values[2000];

static int set_up(void **state)
{
    (void)state;
    map_init(&map);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    map_fini(&map);
    return 0;
}

static void test_empty_map_has_nothing(void **state)
{
    size_t at = 0;
    (void)state;
    assert_null(map_get(&map, 0));
    assert_null(map_remove(&map, 0));
    assert_null(map_next(&map, &at));
    map_fini(&map); /* twice is fine */
}

static void test_values_are_found_replaced_and_removed(void **state)
{
    static const uint64_t keys[] = {0, 1, UINT64_MAX, (uint64_t)1 << 32, 0x8000000000000000};
    (void)state;
    for (size_t i = 0; i < 5; i++)
        map_put(&map, keys[i], &values[i]);
    assert_int_equal(map.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_ptr_equal(map_get(&map, keys[i]), &values[i]);
    map_put(&map, 0, &values[9]);
    assert_ptr_equal(map_get(&map, 0), &values[9]);
    assert_int_equal(map.count, 5);
    assert_ptr_equal(map_remove(&map, 0), &values[9]);
    assert_null(map_get(&map, 0));
    assert_null(map_remove(&map, 0));
    assert_int_equal(map.count, 4);
    assert_ptr_equal(map_get(&map, UINT64_MAX), &values[2]);
}

/* Keys that differ in one place only, as ids and addresses do. */
static void test_it_grows_with_any_keys(void **state)
{
    static const uint64_t steps[] = {1, 16, 4096, (uint64_t)1 << 32, (uint64_t)1 << 52};
    (void)state;
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        map_fini(&map);
        for (uint64_t i = 0; i < 2000; i++)
            map_put(&map, i * steps[s], &values[i]);
        assert_int_equal(map.count, 2000);
        for (uint64_t i = 0; i < 2000; i++)
            assert_ptr_equal(map_get(&map, i * steps[s]), &values[i]);
        assert_null(map_get(&map, 2000 * steps[s]));
    }
}

static void test_each_value_is_visited_once(void **state)
{
    unsigned seen[100] = {0};
    size_t at = 0;
    (void)state;
    for (uint64_t i = 0; i < 100; i++)
        map_put(&map, i * 7919, &values[i]);
    for (int *value; (value = map_next(&map, &at)) != NULL;)
        seen[value - values]++;
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
}

/* Against an array, with few keys, so that runs form and are broken up everywhere. */
static void test_it_behaves_like_an_array(void **state)
{
    enum { KEYS = 200 };
    int *expected[KEYS] = {0};
    size_t count = 0;
    struct rng rng;
    (void)state;
    rng_init(&rng, 6);
    for (int step = 0; step < 100000; step++) {
        size_t key = rng_below(&rng, KEYS);
        bool is_removal = rng_below(&rng, 1000) < (step / 10000 % 2 == 0 ? 300 : 700); /* it fills and empties */
        if (is_removal) {
            assert_ptr_equal(map_remove(&map, key), expected[key]);
            count -= expected[key] != NULL;
            expected[key] = NULL;
        } else {
            int *value = &values[rng_below(&rng, 2000)];
            map_put(&map, key, value);
            count += expected[key] == NULL;
            expected[key] = value;
        }
        assert_int_equal(map.count, count);
        size_t other = rng_below(&rng, KEYS);
        assert_ptr_equal(map_get(&map, other), expected[other]);
    }
    for (size_t key = 0; key < KEYS; key++)
        assert_ptr_equal(map_get(&map, key), expected[key]);
}

static void test_texts_have_keys_of_their_own(void **state)
{
    static const char *const texts[] = {"", "a", "b", "aa", "p1/camera", "p1/screen", "p11/camera"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(map_text_key(texts[i], 1) == map_text_key(texts[i], 1));
        assert_true(map_text_key(texts[i], 1) != map_text_key(texts[i], 2));
        for (size_t j = 0; j < i; j++)
            assert_true(map_text_key(texts[i], 1) != map_text_key(texts[j], 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_have_keys_of_their_own),
        cmocka_unit_test_setup_teardown(test_empty_map_has_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values_are_found_replaced_and_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_grows_with_any_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_value_is_visited_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_behaves_like_an_array, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
