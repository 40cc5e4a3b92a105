#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "router/out/sequence_map.h"

#define MOST 2048
#define MS USEC_PER_MSEC

static void test_remembers_and_forgets(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, 64, NULL);
    for (int64_t out = 65530; out < 65630; out++)
        sequence_map_add(&map, out, out * 2, 0, 0);
    assert_null(sequence_map_get(&map, 65530));
    assert_null(sequence_map_get(&map, 65565));
    assert_non_null(sequence_map_get(&map, 65566));
    assert_int_equal(sequence_map_in(&map, sequence_map_get(&map, 65629)), 131258);
    assert_null(sequence_map_get(&map, 65630));
    sequence_map_clear(&map);
    assert_null(sequence_map_get(&map, 65629));
    assert_int_equal(sequence_map_memory(&map), 0);
    sequence_map_fini(&map);
}

/* Entries have the lower half of what they stand for. */
static void test_input_numbers_are_whole(void **state)
{
    static const int64_t firsts[] = {0, INT64_C(0xfffffff0), INT64_C(0x7ffffff0), INT64_C(0x123456789a)};
    (void)state;
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        struct sequence_map map;
        sequence_map_init(&map, 64, NULL);
        for (int64_t k = 0; k < 40; k++)
            sequence_map_add(&map, 100 + k, firsts[i] + k, 0, 0);
        sequence_map_add(&map, 140, 7, 0, 0); /* of another encoding, which has numbers of its own */
        sequence_map_add(&map, 141, firsts[i] + 41, 0, 0);
        for (int64_t k = 0; k < 40; k++)
            assert_int_equal(sequence_map_in(&map, sequence_map_get(&map, 100 + k)), firsts[i] + k);
        sequence_map_fini(&map);
    }
}

static void test_an_empty_place_is_not_number_zero(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, 64, NULL);
    assert_null(sequence_map_get(&map, 0));
    assert_null(sequence_map_find(&map, 0, 0));
    sequence_map_fini(&map);
}

static void test_finds_a_late_packet(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, 64, NULL);
    for (int64_t out = 0; out < 10; out++)
        sequence_map_add(&map, out, 100 + out + (out >= 5 ? 3 : 0), 0, 0); /* 105, 106, 107 were left out */
    assert_int_equal(sequence_map_out(&map, sequence_map_find(&map, 104, 0)), 4);
    assert_int_equal(sequence_map_out(&map, sequence_map_find(&map, 108, 0)), 5);
    assert_null(sequence_map_find(&map, 106, 0));
    assert_null(sequence_map_find(&map, 104, 5)); /* before the current source */
    assert_null(sequence_map_find(&map, 113, 0));
    sequence_map_fini(&map);
}

/* Numbers that are kept free have no entries until their packets come, in whatever order. */
static void test_free_numbers_are_found_without_work_for_each(void **state)
{
    static const int64_t late[] = {1500, 1001, 1990, 1700, 1999, 1002};
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, MOST, NULL);
    sequence_map_add(&map, 70000, 1000, 0, 0);
    sequence_map_add(&map, 70999, 1999, 998, 0)->tl0_offset = 7; /* 1001 to 1999 are missing, 2000 is left out */
    sequence_map_add(&map, 71000, 2001, 0, 0)->tl0_offset = 9;
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        assert_true(i == 4 || sequence_map_get(&map, 69000 + late[i]) == NULL);
        struct sequence_entry *entry = sequence_map_find(&map, late[i], 70000);
        assert_non_null(entry);
        assert_int_equal(sequence_map_in(&map, entry), late[i]);
        assert_int_equal(sequence_map_out(&map, entry), 69000 + late[i]);
        assert_int_equal(entry->tl0_offset, 7);
        assert_false(entry->sent);
        entry->sent = true;
        entry->picture_extension = 128; /* its own, and not that of those that come later */
        assert_ptr_equal(sequence_map_find(&map, late[i], 70000), entry);
        assert_int_equal(sequence_map_find(&map, 1998, 70000)->picture_extension, 0);
    }
    assert_null(sequence_map_find(&map, 2000, 70000));
    sequence_map_fini(&map);
}

/* Everything of the last SEQUENCE_MAP_AGE is known while the ring can grow; memory follows the rate both ways. */
static void test_the_ring_follows_the_rate(void **state)
{
    static const struct {
        unsigned packets_a_second;
        size_t most_bytes;
    } cases[] = {{50, 4000}, {150, 8000}, {1000, 30000}, {2800, 50000}, {50, 4000}, {2000, 50000}, {10, 4000}};
    struct sequence_map map;
    int64_t out = 100;
    usec_t now = USEC_PER_SEC;
    (void)state;
    sequence_map_init(&map, MOST, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned rate = cases[i].packets_a_second;
        usec_t end = now + usec_max(20 * USEC_PER_SEC, 600 * USEC_PER_SEC / rate);
        int64_t since = out;
        for (; now < end; now += USEC_PER_SEC / rate) {
            sequence_map_add(&map, out, out * 3, 0, now);
            int64_t back = out - (int64_t)rate * (SEQUENCE_MAP_AGE / MS - 10) / 1000;
            if (back > since)
                assert_int_equal(sequence_map_in(&map, sequence_map_get(&map, back)), back * 3);
            out++;
        }
        assert_in_range(sequence_map_memory(&map), 1, cases[i].most_bytes);
    }
    sequence_map_fini(&map);
}

/* A burst after quiet, with gaps: nothing of it is lost, nor of what came just before. */
static void test_a_burst_is_remembered(void **state)
{
    struct sequence_map map;
    (void)state;
    sequence_map_init(&map, MOST, NULL);
    for (int64_t i = 0; i < 100; i++)
        sequence_map_add(&map, i, i, 0, USEC_PER_SEC + i * 5 * MS);
    for (int64_t i = 109; i < 1900; i += 10)
        sequence_map_add(&map, i, i, 9, USEC_PER_SEC + 510 * MS);
    for (int64_t i = 50; i < 1900; i++)
        assert_int_equal(sequence_map_out(&map, sequence_map_find(&map, i, 0)), i);
    sequence_map_fini(&map);
}

/* Jumps in the numbers of many slots cost one owner no more than it may have. */
static void test_maps_of_one_owner_share_a_limit(void **state)
{
    struct sequence_map_account account = {.most = 2 * MOST};
    struct sequence_map maps[8];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        sequence_map_init(&maps[i], MOST, &account);
        sequence_map_add(&maps[i], 100, 100, 0, 0);
        sequence_map_add(&maps[i], 1100, 1100, 999, 0);
        assert_int_equal(sequence_map_in(&maps[i], sequence_map_get(&maps[i], 1100)), 1100);
        assert_true(i > 0 || sequence_map_find(&maps[i], 101, 0) != NULL);
        assert_in_range(account.places, 1, 2 * MOST + 8 * 128);
    }
    for (size_t i = 0; i < 8; i++)
        sequence_map_fini(&maps[i]);
    assert_int_equal(account.places, 0);
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
        cmocka_unit_test(test_input_numbers_are_whole),
        cmocka_unit_test(test_an_empty_place_is_not_number_zero),
        cmocka_unit_test(test_finds_a_late_packet),
        cmocka_unit_test(test_free_numbers_are_found_without_work_for_each),
        cmocka_unit_test(test_the_ring_follows_the_rate),
        cmocka_unit_test(test_a_burst_is_remembered),
        cmocka_unit_test(test_maps_of_one_owner_share_a_limit),
        cmocka_unit_test(test_resends_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
