#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>

#include "transport/base/budget.h"

#define START (7 * USEC_PER_SEC)

static const struct budget_limit ten_a_second = {.per_second = 10, .burst = 5};

static unsigned taken(struct budget *budget, unsigned tries, usec_t now)
{
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++)
        count += budget_take(budget, &ten_a_second, 1, now);
    return count;
}

static void test_a_burst_and_then_the_rate(void **state)
{
    struct budget budget = {0};
    (void)state;
    assert_int_equal(taken(&budget, 20, START), 5);
    assert_int_equal(taken(&budget, 20, START + 99 * USEC_PER_MSEC), 0);
    assert_int_equal(taken(&budget, 20, START + 100 * USEC_PER_MSEC), 1);
    assert_int_equal(taken(&budget, 20, START + 400 * USEC_PER_MSEC), 3);
    assert_int_equal(taken(&budget, 20, START + 60 * USEC_PER_SEC), 5); /* what was not used does not add up */
}

static void test_what_is_too_much_takes_nothing(void **state)
{
    struct budget budget = {0};
    (void)state;
    assert_false(budget_take(&budget, &ten_a_second, 6, START));
    assert_false(budget_take(&budget, &ten_a_second, UINT64_MAX, START));
    assert_true(budget_take(&budget, &ten_a_second, 5, START));
    assert_false(budget_take(&budget, &ten_a_second, UINT64_MAX, START));
    assert_int_equal(taken(&budget, 20, START + 100 * USEC_PER_MSEC), 1);
}

static void test_what_is_left_can_be_taken(void **state)
{
    struct budget budget = {0};
    (void)state;
    assert_int_equal(budget_left(&budget, &ten_a_second, START), 5);
    assert_true(budget_take(&budget, &ten_a_second, 3, START));
    assert_int_equal(budget_left(&budget, &ten_a_second, START), 2);
    assert_int_equal(budget_left(&budget, &ten_a_second, START + 99 * USEC_PER_MSEC), 2);
    assert_int_equal(budget_left(&budget, &ten_a_second, START + 100 * USEC_PER_MSEC), 3);
    assert_int_equal(budget_left(&budget, &ten_a_second, START + 60 * USEC_PER_SEC), 5);
    budget_charge(&budget, &ten_a_second, 9, START + 60 * USEC_PER_SEC);
    assert_int_equal(budget_left(&budget, &ten_a_second, START + 60 * USEC_PER_SEC), 0);
}

static void test_large_units_do_not_round_to_nothing(void **state)
{
    const struct budget_limit limit = {.per_second = 3000000000u, .burst = 3000000000u}; /* below a nanosecond each */
    struct budget budget = {0};
    uint64_t sum = 0;
    (void)state;
    for (unsigned i = 0; i < 4000; i++)
        sum += budget_take(&budget, &limit, 1000000, START) ? 1000000 : 0;
    assert_int_equal(sum, 2999000000u); /* a million is a third of a millisecond: rounded up, 2,999 of them fit */
}

static void test_a_debt_is_paid_before_more_may_begin(void **state)
{
    struct budget budget = {0};
    (void)state;
    budget_charge(&budget, &ten_a_second, 4, START);
    assert_false(budget_is_spent(&budget, &ten_a_second, START));
    budget_charge(&budget, &ten_a_second, 4, START);
    assert_true(budget_is_spent(&budget, &ten_a_second, START));
    assert_true(budget_is_spent(&budget, &ten_a_second, START + 300 * USEC_PER_MSEC));
    assert_false(budget_is_spent(&budget, &ten_a_second, START + 301 * USEC_PER_MSEC));
    budget_charge(&budget, &ten_a_second, UINT64_MAX, START); /* never more than one more burst */
    assert_false(budget_is_spent(&budget, &ten_a_second, START + 501 * USEC_PER_MSEC));
}

static void test_what_is_given_back_can_be_taken_again_up_to_a_full_budget(void **state)
{
    struct budget budget = {0};
    (void)state;
    assert_int_equal(taken(&budget, 10, START), 5);
    budget_give_back(&budget, &ten_a_second, 3, START);
    assert_int_equal(taken(&budget, 10, START), 3);
    budget_give_back(&budget, &ten_a_second, 100, START);
    assert_int_equal(taken(&budget, 10, START), 5);
}

static void test_when_more_can_be_taken(void **state)
{
    struct budget budget = {0};
    (void)state;
    assert_int_equal(budget_when(&budget, &ten_a_second, 5, START), START);
    assert_true(budget_when(&budget, &ten_a_second, 6, START) == USEC_NEVER);
    assert_int_equal(taken(&budget, 5, START), 5);
    usec_t at = budget_when(&budget, &ten_a_second, 2, START);
    assert_int_equal(at, START + 200 * USEC_PER_MSEC);
    assert_true(budget_take(&budget, &ten_a_second, 2, at));
}

static void test_keys_do_not_share_until_the_table_is_full(void **state)
{
    struct budget_table table;
    unsigned strangers = 0;
    (void)state;
    budget_table_init(&table, 64, ten_a_second, 1);
    assert_true(budget_table_take(&table, 1, 5, START));
    assert_false(budget_table_take(&table, 1, 1, START));
    assert_true(budget_table_take(&table, 2, 5, START));
    for (uint64_t key = 1000; key < 100000; key++)
        strangers += budget_table_take(&table, key, 1, START);
    assert_true(strangers <= 64 + 5);                     /* each place once, then all together */
    assert_false(budget_table_take(&table, 1, 1, START)); /* and its own place was not taken from it */
    assert_true(budget_table_take(&table, 1, 1, START + 100 * USEC_PER_MSEC));
    assert_true(budget_table_take(&table, 99999999, 5, START + USEC_PER_SEC)); /* a full budget frees its place */
    budget_table_fini(&table);
}

static void test_a_source_in_a_table_pays_for_work_afterwards(void **state)
{
    struct budget_table table;
    (void)state;
    budget_table_init(&table, 64, ten_a_second, 1);
    assert_false(budget_table_is_spent(&table, 1, START));
    budget_table_charge(&table, 1, 8, START);
    assert_true(budget_table_is_spent(&table, 1, START + 300 * USEC_PER_MSEC));
    assert_false(budget_table_is_spent(&table, 1, START + 301 * USEC_PER_MSEC));
    assert_false(budget_table_is_spent(&table, 2, START));
    budget_table_fini(&table);
}

static uint64_t key_of(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(4711)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return budget_key_of((const struct sockaddr *)(const void *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return budget_key_of((const struct sockaddr *)(const void *)&v6);
}

static void test_keys_of_addresses(void **state)
{
    const struct sockaddr unix_address = {.sa_family = AF_UNIX};
    (void)state;
    assert_true(key_of("192.0.2.1") == key_of("::ffff:192.0.2.1"));
    assert_true(key_of("192.0.2.1") != key_of("192.0.2.2"));
    assert_true(key_of("2001:db8:1:2::1") == key_of("2001:db8:1:2:ffff::7"));
    assert_true(key_of("2001:db8:1:2::1") != key_of("2001:db8:1:3::1"));
    assert_int_equal(budget_key_of(&unix_address), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_and_then_the_rate),
        cmocka_unit_test(test_what_is_too_much_takes_nothing),
        cmocka_unit_test(test_what_is_left_can_be_taken),
        cmocka_unit_test(test_large_units_do_not_round_to_nothing),
        cmocka_unit_test(test_a_debt_is_paid_before_more_may_begin),
        cmocka_unit_test(test_what_is_given_back_can_be_taken_again_up_to_a_full_budget),
        cmocka_unit_test(test_when_more_can_be_taken),
        cmocka_unit_test(test_keys_do_not_share_until_the_table_is_full),
        cmocka_unit_test(test_a_source_in_a_table_pays_for_work_afterwards),
        cmocka_unit_test(test_keys_of_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
