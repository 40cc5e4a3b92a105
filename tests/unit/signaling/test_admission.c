#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/http/http_head.h"
#include "signaling/process/admission.h"

#define ENTRIES 64
#define ANN 1 /* addresses */
#define BOB 2

static const struct admission_limits limits = {.total = 12, .address = 9, .waiting = 6, .waiting_per_address = 4};
static struct admission admission;
static struct admission_entry entries[ENTRIES];
static bool is_in[ENTRIES];

static int set_up(void **state)
{
    (void)state;
    memset(is_in, 0, sizeof is_in);
    admission_init(&admission, &limits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < ENTRIES; i++)
        if (is_in[i])
            admission_leave(&admission, &entries[i]);
    admission_fini(&admission); /* CHECKs that nobody is left */
    return 0;
}

/* The index of who went for it, -1: nobody, -2: it was refused. */
static int enter(int index, uint64_t address)
{
    struct admission_entry *evicted;
    if (!admission_enter(&admission, &entries[index], address, &evicted))
        return -2;
    is_in[index] = true;
    if (evicted == NULL)
        return -1;
    is_in[evicted - entries] = false;
    return (int)(evicted - entries);
}

static void join(int index)
{
    admission_joined(&admission, &entries[index]);
}

static void the_oldest_idle_of_an_address_makes_place_for_its_next(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(enter(i, ANN), -1);
    admission_touch(&admission, &entries[0]);
    assert_int_equal(enter(4, ANN), 1);
    assert_int_equal(enter(5, ANN), 2);
    assert_int_equal(enter(6, BOB), -1); /* another address has its own share */
    assert_int_equal(admission.evicted, 2);
}

static void who_joined_is_never_sent_away(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        assert_int_equal(enter(i, ANN), -1);
        join(i);
        join(i); /* twice is once */
    }
    assert_int_equal(enter(9, ANN), -2); /* three quarters are enough for one address */
    assert_int_equal(enter(10, BOB), -1);
    assert_int_equal(enter(11, BOB), -1);
    assert_int_equal(enter(12, BOB), -1);
    assert_int_equal(enter(13, BOB), 10); /* all places are taken: the oldest that has not joined goes */
    join(11);
    join(12);
    join(13);
    assert_int_equal(enter(14, 3), -2);
    assert_int_equal(admission.refused, 2);
    admission_leave(&admission, &entries[0]);
    is_in[0] = false;
    assert_int_equal(enter(14, 3), -1);
}

static void strangers_together_have_a_bound_too(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++)
        assert_int_equal(enter(i, (uint64_t)(10 + i)), -1);
    for (int i = 6; i < 40; i++)
        assert_int_equal(enter(i, (uint64_t)(10 + i)), i - 6);
    assert_int_equal(admission.total, 6);
}

static void a_flood_from_one_address_leaves_others_alone(void **state)
{
    (void)state;
    assert_int_equal(enter(0, BOB), -1);
    assert_int_equal(enter(1, BOB), -1);
    for (int i = 2; i < 60; i++)
        assert_true(enter(i, ANN) != 0 && is_in[0] && is_in[1]);
}

static void limits_leave_place_for_others(void **state)
{
    (void)state;
    for (size_t total = 1; total < 100000; total = total * 3 + 1) {
        struct admission_limits made = admission_limits_for(total);
        assert_true(made.total == total && made.address <= total && made.address > 0);
        assert_true(made.waiting_per_address > 0 && made.waiting_per_address <= made.waiting && made.waiting <= total);
        assert_true(made.waiting * HTTP_HEAD_MAX <= (size_t)32 * 1024 * 1024);
        if (total < 4)
            continue;
        /* Strangers get half, those of one address half of that; an address with all its members leaves a quarter. */
        assert_true(made.waiting <= total / 2 && made.waiting_per_address <= total / 4 &&
                    made.address <= total * 3 / 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_oldest_idle_of_an_address_makes_place_for_its_next, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_joined_is_never_sent_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strangers_together_have_a_bound_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_from_one_address_leaves_others_alone, set_up, tear_down),
        cmocka_unit_test(limits_leave_place_for_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
