#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/net/socket_keepalive.h"

#define MS USEC_PER_MSEC
#define START (1000 * USEC_PER_SEC)

/* Polls as the shell does, ten times a second; the first action within `limit`, and when. */
static enum socket_action poll_for(struct socket_keepalive *keepalive, usec_t *now, usec_t limit)
{
    for (usec_t end = *now + limit; *now < end; *now += 100 * MS) {
        enum socket_action action = socket_keepalive_poll(keepalive, *now);
        if (action != SOCKET_NOTHING)
            return action;
    }
    return SOCKET_NOTHING;
}

static void join(struct socket_keepalive *keepalive, usec_t now)
{
    socket_keepalive_init(keepalive, now);
    assert_int_equal(socket_keepalive_poll(keepalive, now), SOCKET_OPEN);
    socket_keepalive_opened(keepalive, now);
    socket_keepalive_joined(keepalive, now);
}

static void it_is_opened_again_after_growing_waits(void **state)
{
    (void)state;
    static const int waits_ms[] = {300, 600, 1200, 2400, 3000, 3000, 3000};
    struct socket_keepalive keepalive;
    usec_t now = START;
    join(&keepalive, now);
    for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
        usec_t lost = now;
        socket_keepalive_lost(&keepalive, 0.5, now); /* the middle of the jitter: the wait itself */
        assert_int_equal(poll_for(&keepalive, &now, 60 * USEC_PER_SEC), SOCKET_OPEN);
        assert_true(now - lost >= waits_ms[i] * MS && now - lost <= (waits_ms[i] + 100) * MS);
        socket_keepalive_opened(&keepalive, now);
    }
    socket_keepalive_joined(&keepalive, now);
    usec_t lost = now;
    socket_keepalive_lost(&keepalive, 0.5, now);
    assert_int_equal(poll_for(&keepalive, &now, 60 * USEC_PER_SEC), SOCKET_OPEN);
    assert_true(now - lost <= 400 * MS); /* joining ends the count */
}

static void jitter_spreads_by_a_quarter_either_way(void **state)
{
    (void)state;
    struct socket_keepalive keepalive;
    join(&keepalive, START);
    socket_keepalive_lost(&keepalive, 0, START);
    assert_int_equal(keepalive.open_at, START + 225 * MS);
    join(&keepalive, START);
    socket_keepalive_lost(&keepalive, 0.999999, START);
    assert_in_range(keepalive.open_at, START + 374 * MS, START + 375 * MS);
}

static void silence_is_asked_about_and_ends_it(void **state)
{
    (void)state;
    struct socket_keepalive keepalive;
    usec_t now = START;
    join(&keepalive, now);
    assert_int_equal(poll_for(&keepalive, &now, 20 * USEC_PER_SEC), SOCKET_PING);
    assert_int_equal(now - START, 5 * USEC_PER_SEC);
    assert_int_equal(poll_for(&keepalive, &now, 20 * USEC_PER_SEC), SOCKET_PING);
    assert_int_equal(poll_for(&keepalive, &now, 20 * USEC_PER_SEC), SOCKET_DROP);
    assert_in_range(now - START, 12 * USEC_PER_SEC, 12200 * MS);
}

static void what_is_heard_keeps_it(void **state)
{
    (void)state;
    struct socket_keepalive keepalive;
    usec_t now = START;
    join(&keepalive, now);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(poll_for(&keepalive, &now, 20 * USEC_PER_SEC), SOCKET_PING);
        socket_keepalive_heard(&keepalive, now + 50 * MS);
    }
}

static void an_attempt_that_hangs_is_dropped(void **state)
{
    (void)state;
    struct socket_keepalive keepalive;
    usec_t now = START;
    socket_keepalive_init(&keepalive, now);
    assert_int_equal(socket_keepalive_poll(&keepalive, now), SOCKET_OPEN);
    socket_keepalive_opened(&keepalive, now);
    assert_int_equal(poll_for(&keepalive, &now, 20 * USEC_PER_SEC), SOCKET_DROP);
}

static void a_change_of_network_is_acted_on_at_once(void **state)
{
    (void)state;
    struct socket_keepalive keepalive;
    usec_t now = START;
    join(&keepalive, now);
    socket_keepalive_doubt(&keepalive, now);
    assert_int_equal(socket_keepalive_poll(&keepalive, now), SOCKET_PING);
    socket_keepalive_heard(&keepalive, now + 30 * MS);
    assert_int_equal(poll_for(&keepalive, &now, 4 * USEC_PER_SEC), SOCKET_NOTHING);
    socket_keepalive_doubt(&keepalive, now);
    usec_t doubted = now;
    assert_int_equal(poll_for(&keepalive, &now, 4 * USEC_PER_SEC), SOCKET_PING);
    assert_int_equal(poll_for(&keepalive, &now, 4 * USEC_PER_SEC), SOCKET_DROP);
    assert_int_equal(now - doubted, 2 * USEC_PER_SEC);
    for (int i = 0; i < 6; i++)
        socket_keepalive_lost(&keepalive, 0.5, now);
    socket_keepalive_doubt(&keepalive, now);
    assert_int_equal(socket_keepalive_poll(&keepalive, now), SOCKET_OPEN);
}

/* After a process was stopped, it has heard nothing for long, but not because the server is gone. */
static void who_slept_asks_before_it_drops(void **state)
{
    (void)state;
    struct socket_keepalive keepalive;
    usec_t now = START;
    join(&keepalive, now);
    now += 60 * USEC_PER_SEC;
    assert_int_equal(socket_keepalive_poll(&keepalive, now), SOCKET_PING);
    socket_keepalive_heard(&keepalive, now + 10 * MS);
    assert_int_equal(poll_for(&keepalive, &now, 4 * USEC_PER_SEC), SOCKET_NOTHING);
    now += 60 * USEC_PER_SEC;
    usec_t woken = now;
    assert_int_equal(poll_for(&keepalive, &now, 4 * USEC_PER_SEC), SOCKET_PING);
    assert_int_equal(poll_for(&keepalive, &now, 4 * USEC_PER_SEC), SOCKET_DROP);
    assert_int_equal(now - woken, 2 * USEC_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_opened_again_after_growing_waits),
        cmocka_unit_test(jitter_spreads_by_a_quarter_either_way),
        cmocka_unit_test(silence_is_asked_about_and_ends_it),
        cmocka_unit_test(what_is_heard_keeps_it),
        cmocka_unit_test(an_attempt_that_hangs_is_dropped),
        cmocka_unit_test(a_change_of_network_is_acted_on_at_once),
        cmocka_unit_test(who_slept_asks_before_it_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
