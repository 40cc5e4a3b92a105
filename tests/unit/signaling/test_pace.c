#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "signaling/session/pace.h"

#define START (9 * USEC_PER_SEC)
#define KB ((size_t)1024)

static struct pace_addresses addresses;

static int set_up(void **state)
{
    (void)state;
    pace_addresses_init(&addresses, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pace_addresses_fini(&addresses);
    return 0;
}

static void more_messages_than_any_client_needs_are_refused(void **state)
{
    struct pace pace = {.address = 1, .has_joined = true};
    (void)state;
    for (int i = 0; i < 500; i++)
        assert_int_equal(pace_message(&pace, &addresses, 20, START), PACE_GO);
    assert_int_equal(pace_message(&pace, &addresses, 20, START), PACE_TOO_FAST);
    assert_int_equal(pace_message(&pace, &addresses, 20, START + 20 * USEC_PER_MSEC), PACE_GO);
}

static void bytes_over_the_budget_wait_until_they_are_paid(void **state)
{
    struct pace pace = {.address = 1, .has_joined = true}, other = {.address = 1, .has_joined = true};
    usec_t now = START;
    size_t sent = 0;
    (void)state;
    while (pace_message(&pace, &addresses, 240 * KB, now) == PACE_GO)
        sent += 240 * KB;
    assert_in_range(sent, 1024 * KB, 1024 * KB + 240 * KB);
    assert_int_equal(pace_message(&other, &addresses, 240 * KB, now), PACE_GO); /* each socket has its own */
    assert_false(pace_is_ready(&pace, &addresses, now));
    assert_true(pace_is_ready(&pace, &addresses, now + 5 * USEC_PER_SEC));
    /* Over a minute no more than the rate goes through, whatever is tried. */
    sent = 0;
    for (int i = 0; i < 600; i++, now += 100 * USEC_PER_MSEC)
        if (pace_is_ready(&pace, &addresses, now) && pace_message(&pace, &addresses, 240 * KB, now) == PACE_GO)
            sent += 240 * KB;
    assert_in_range(sent, 60 * 100 * KB, 60 * 128 * KB + 1024 * KB);
}

static void time_is_paid_by_the_socket_and_by_its_address(void **state)
{
    struct pace sockets[40] = {{.has_joined = false}};
    struct pace elsewhere = {.address = 2, .has_joined = true};
    usec_t worked = 0, now = START;
    (void)state;
    for (int i = 0; i < 40; i++)
        sockets[i] = (struct pace){.address = 1, .has_joined = true};
    for (int round = 0; round < 1000; round++, now += 10 * USEC_PER_MSEC) { /* offers of 19 ms, for ten seconds */
        for (int i = 0; i < 40; i++) {
            if (!pace_is_ready(&sockets[i], &addresses, now) ||
                pace_message(&sockets[i], &addresses, 1000, now) != PACE_GO)
                continue;
            pace_charge(&sockets[i], &addresses, 19 * USEC_PER_MSEC, now);
            worked += 19 * USEC_PER_MSEC;
        }
    }
    assert_in_range(worked, 4 * USEC_PER_SEC, 7 * USEC_PER_SEC); /* a half, and the burst; one socket alone: 1.2 s */
    assert_true(pace_is_ready(&elsewhere, &addresses, now));
}

static void who_is_told_to_wait_is_held_until_then(void **state)
{
    struct pace pace = {.address = 1, .has_joined = true};
    (void)state;
    pace_wait(&pace, START + USEC_PER_SEC);
    pace_wait(&pace, START); /* the longest holds */
    assert_int_equal(pace_message(&pace, &addresses, 20, START), PACE_HOLD);
    assert_false(pace_is_ready(&pace, &addresses, START + USEC_PER_SEC - 1));
    assert_true(pace_is_ready(&pace, &addresses, START + USEC_PER_SEC));
}

/* Twelve others, each of whom may ask once in two seconds and is answered by fourteen messages. */
static void what_others_make_a_socket_send_is_not_too_much(void **state)
{
    struct pace asked = {.address = 1, .has_joined = true}, idle = {.address = 1, .has_joined = true};
    usec_t now = START;
    (void)state;
    for (unsigned second = 0; second < 60; second++, now += USEC_PER_SEC)
        for (unsigned ask = 0; ask < 6; ask++) {
            pace_allow(&asked, 16, now);
            for (unsigned i = 0; i < 14; i++)
                assert_int_equal(pace_message(&asked, &addresses, 200, now), PACE_GO);
        }
    pace_allow(&idle, 1000, now); /* nothing is saved up */
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(pace_message(&idle, &addresses, 20, now), PACE_GO);
    assert_int_equal(pace_message(&idle, &addresses, 20, now), PACE_TOO_FAST);
}

/* Each on a socket of its own. */
static unsigned try_joins(uint64_t address, unsigned count, usec_t now)
{
    unsigned joined = 0;
    for (unsigned i = 0; i < count; i++) {
        struct pace socket = {.address = address};
        if (pace_message(&socket, &addresses, 100, now) != PACE_GO)
            continue;
        joined++;
        pace_charge(&socket, &addresses, 1, now);
    }
    return joined;
}

static void an_address_joins_so_often_only(void **state)
{
    struct pace participant = {.address = 1, .has_joined = true};
    (void)state;
    assert_in_range(try_joins(1, 10000, START), 500, 501);
    assert_int_equal(try_joins(2, 100, START), 100);
    assert_int_equal(pace_message(&participant, &addresses, 100, START), PACE_GO); /* who is in is not concerned */
    assert_in_range(try_joins(1, 10000, START + USEC_PER_SEC), 50, 51);
    assert_in_range(try_joins(1, 10000, START + 61 * USEC_PER_SEC), 500, 501);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(more_messages_than_any_client_needs_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_over_the_budget_wait_until_they_are_paid, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_told_to_wait_is_held_until_then, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_others_make_a_socket_send_is_not_too_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_joins_so_often_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_is_paid_by_the_socket_and_by_its_address, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
