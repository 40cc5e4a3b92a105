/* Which connection is ended when unfinished messages take too much memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/unfinished_input.h"

#define ANN 1
#define BOB 2
#define SOCKETS 8

static const struct unfinished_limits limits = {.all = 1000, .address = 250};
static struct unfinished_input input;
static struct unfinished_message messages[SOCKETS];

static int set_up(void **state)
{
    (void)state;
    memset(messages, 0, sizeof messages);
    unfinished_input_init(&input, &limits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < SOCKETS; i++)
        (void)unfinished_input_set(&input, &messages[i], 0);
    unfinished_input_fini(&input); /* CHECKs that nothing is left */
    return 0;
}

/* The index of the one that has to go, and has gone then; -1: none. */
static int set(int index, uint64_t address, size_t bytes)
{
    messages[index].address = address;
    struct unfinished_message *largest = unfinished_input_set(&input, &messages[index], bytes);
    if (largest == NULL)
        return -1;
    assert_null(unfinished_input_set(&input, largest, 0));
    return (int)(largest - messages);
}

static void of_one_address_the_largest_goes(void **state)
{
    (void)state;
    assert_int_equal(set(0, BOB, 240), -1);
    assert_int_equal(set(1, ANN, 100), -1);
    assert_int_equal(set(2, ANN, 120), -1);
    assert_int_equal(set(3, ANN, 30), -1); /* as much as is allowed */
    assert_int_equal(set(3, ANN, 31), 2);  /* not Bob's, which is larger */
    assert_int_equal(set(3, ANN, 250), 3); /* itself */
    assert_int_equal(input.bytes, 340);
}

static void of_all_addresses_the_largest_goes(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(set(i, (uint64_t)(10 + i), i == 2 ? 210 : 190), -1);
    assert_int_equal(set(5, 20, 31), 2);
    assert_int_equal(set(5, 20, 200), -1);
}

static void what_is_finished_counts_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(set(i % SOCKETS, ANN, 200), -1);
        assert_int_equal(set(i % SOCKETS, ANN, 20), -1); /* kept for the next one */
        assert_int_equal(set(i % SOCKETS, ANN, 0), -1);
    }
    assert_int_equal(input.bytes, 0);
    assert_int_equal(input.addresses.count, 0);
}

static void what_shrinks_ends_nobody(void **state)
{
    (void)state;
    messages[0].address = messages[1].address = ANN;
    assert_null(unfinished_input_set(&input, &messages[0], 200));
    assert_ptr_equal(unfinished_input_set(&input, &messages[1], 200), &messages[1]); /* the newer one of equals */
    assert_null(unfinished_input_set(&input, &messages[1], 190));                    /* it goes soon */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_one_address_the_largest_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_all_addresses_the_largest_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_finished_counts_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_shrinks_ends_nobody, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
