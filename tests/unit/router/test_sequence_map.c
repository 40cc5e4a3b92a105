#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/sequence_map.h"

static void test_remembers_and_forgets(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, 16);
    for (int64_t out = 65530; out < 65560; out++)
        sequence_map_add(&map, out, out * 2);
    assert_null(sequence_map_get(&map, 65530));
    assert_null(sequence_map_get(&map, 65543));
    assert_non_null(sequence_map_get(&map, 65544));
    assert_int_equal(sequence_map_get(&map, 65559)->in, 131118);
    assert_null(sequence_map_get(&map, 65560));
    sequence_map_fini(&map);
}

static void test_an_empty_place_is_not_number_zero(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, 16);
    assert_null(sequence_map_get(&map, 0));
    assert_null(sequence_map_find(&map, 0, 5, 0));
    sequence_map_fini(&map);
}

static void test_finds_a_late_packet(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, 16);
    for (int64_t out = 0; out < 10; out++)
        sequence_map_add(&map, out, 100 + out + (out >= 5 ? 3 : 0)); /* 105, 106, 107 were left out */
    assert_int_equal(sequence_map_find(&map, 104, 9, 0)->out, 4);
    assert_int_equal(sequence_map_find(&map, 108, 9, 0)->out, 5);
    assert_null(sequence_map_find(&map, 106, 9, 0));
    assert_null(sequence_map_find(&map, 104, 9, 5)); /* before the current source */
    sequence_map_fini(&map);
}

static void test_resends_are_limited(void **state)
{
    static const struct {
        int64_t at_ms;
        bool expected;
    } cases[] = {{0, true}, {50, false}, {99, false}, {100, true}, {150, false}, {200, true}, {1000, false}};
    struct sequence_entry entry = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(sequence_entry_resend(&entry, usec_from_ms(100), usec_from_ms(cases[i].at_ms)),
                         cases[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembers_and_forgets),
        cmocka_unit_test(test_an_empty_place_is_not_number_zero),
        cmocka_unit_test(test_finds_a_late_packet),
        cmocka_unit_test(test_resends_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
