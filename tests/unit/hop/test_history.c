#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "transport/hop/history.h"

#define SLOTS 8
#define AGE USEC_PER_SEC

static struct packet_pool *pool;
static struct history *history;

static int set_up(void **state)
{
    (void)state;
    pool = packet_pool_new(100);
    history = history_new(SLOTS, AGE, NULL);
    return 0;
}

/* The pool checks that every reference came back. */
static int tear_down(void **state)
{
    (void)state;
    history_free(history);
    packet_pool_free(pool);
    return 0;
}

static void put(int64_t sequence, usec_t now)
{
    uint8_t mark = (uint8_t)sequence;
    struct packet *packet = packet_copy(pool, &mark, 1);
    history_put(history, sequence, packet, now);
    packet_release(packet);
}

static bool has(int64_t sequence)
{
    struct packet *packet = history_get(history, sequence);
    if (packet != NULL)
        assert_int_equal(packet->data[0], (uint8_t)sequence);
    return packet != NULL;
}

static void test_empty_history_has_nothing(void **state)
{
    (void)state;
    assert_false(has(0));
    assert_false(has(-1));
    assert_int_equal(history_bytes(history), 0);
    history_free(NULL);
}

static void test_last_slots_are_kept(void **state)
{
    (void)state;
    for (int64_t sequence = 65530; sequence < 65530 + 20; sequence++)
        put(sequence, 0);
    for (int64_t sequence = 65520; sequence < 65560; sequence++)
        assert_int_equal(has(sequence), sequence >= 65542 && sequence < 65550);
    assert_int_equal(history_bytes(history), SLOTS);
    assert_int_equal(packet_pool_in_use(pool), SLOTS);
}

static void test_late_packets_find_their_place(void **state)
{
    (void)state;
    put(10, 0);
    put(14, 0);
    put(12, 0);
    put(9, 0);  /* before the first */
    put(12, 0); /* twice */
    assert_true(has(9) && has(10) && has(12) && has(14));
    assert_false(has(11) || has(13));
    put(6, 0); /* older than the ring, whose newest is 14 */
    assert_false(has(6));
    assert_true(has(14));
    put(7, 0); /* just inside */
    assert_true(has(7));
    assert_int_equal(history_bytes(history), 5);
}

static void test_old_packets_are_let_go_at_the_next_insert(void **state)
{
    (void)state;
    put(1, 0);
    put(2, 500000);
    put(3, AGE); /* 1 is just as old as it may be */
    assert_true(has(1));
    put(4, AGE + 1);
    assert_false(has(1));
    assert_true(has(2) && has(3) && has(4));
    put(5, 10 * AGE);
    assert_true(has(5));
    assert_int_equal(history_bytes(history), 1);
    assert_int_equal(packet_pool_in_use(pool), 1);
}

static void test_gaps_do_not_stop_expiry(void **state)
{
    (void)state;
    put(1, 0);
    put(4, 0);
    put(7, 2 * AGE);
    assert_false(has(1) || has(4));
    assert_int_equal(packet_pool_in_use(pool), 1);
}

static void test_nothing_older_stays_after_a_jump(void **state)
{
    (void)state;
    for (int64_t sequence = 1; sequence <= SLOTS; sequence++)
        put(sequence, 0);
    put(1003, 2 * AGE);
    assert_true(has(1003));
    assert_int_equal(packet_pool_in_use(pool), 1);
    put(1001, 2 * AGE);
    put(5, 2 * AGE); /* far behind the jump */
    assert_true(has(1001));
    assert_false(has(5));
    assert_int_equal(packet_pool_in_use(pool), 2);
}

static void test_silence_keeps_nothing(void **state)
{
    (void)state;
    put(1, 0);
    put(2, 1000);
    put(5, 2000);
    history_expire(history, AGE);
    assert_int_equal(history_packets(history), 3);
    history_expire(history, AGE + 1500);
    assert_int_equal(history_packets(history), 1);
    assert_true(has(5));
    history_expire(history, AGE + 2001);
    assert_int_equal(history_packets(history), 0);
    assert_int_equal(packet_pool_in_use(pool), 0);
    history_expire(history, 10 * AGE);
    put(6, 10 * AGE);
    put(5, 10 * AGE); /* late */
    assert_true(has(5) && has(6));
}

static void test_shrinking_lets_the_older_half_go(void **state)
{
    (void)state;
    for (int64_t sequence = 1; sequence <= 6; sequence++)
        put(sequence, 0);
    history_shrink(history);
    assert_true(has(4) && has(5) && has(6) && history_packets(history) == 3);
    history_shrink(history);
    history_shrink(history);
    assert_int_equal(packet_pool_in_use(pool), 0);
    history_shrink(history);
    put(9, 0);
    assert_true(has(9));
}

static void test_who_is_over_the_budget_loses_his_own_oldest(void **state)
{
    static const uint8_t data[100];
    struct history_account account = {.packets_max = 5, .bytes_max = 250};
    struct history *quiet = history_new(SLOTS, AGE, &account), *loud = history_new(SLOTS, AGE, &account);
    (void)state;
    struct packet *small = packet_copy(pool, data, 10), *large = packet_copy(pool, data, 100);
    history_put(quiet, 1, small, 0);
    for (int64_t sequence = 1; sequence <= 7; sequence++)
        history_put(loud, sequence, small, 0);
    assert_int_equal(history_packets(loud), 4); /* by count... */
    assert_int_equal(history_packets(quiet), 1);
    for (int64_t sequence = 8; sequence <= 12; sequence++)
        history_put(loud, sequence, large, 0);
    assert_int_equal(history_packets(loud), 2); /* ...and by bytes */
    assert_ptr_equal(history_get(loud, 12), large);
    assert_int_equal(account.bytes, 210);
    history_put(quiet, 2, large, 0);
    history_put(quiet, 3, large, 0);
    assert_int_equal(history_packets(quiet), 1); /* the newest stays, though it alone is over */
    history_free(loud);
    history_free(quiet);
    assert_int_equal(account.packets + account.bytes, 0);
    packet_release(small);
    packet_release(large);
}

/* Memory follows what is held: a burst after quiet is held in full, and is given back when it is too old. */
static void test_places_come_and_go_with_packets(void **state)
{
    struct history *grown = history_new(4096, 600000, NULL);
    struct packet *packet = packet_copy(pool, (const uint8_t *)"x", 1);
    usec_t now = 1000000;
    (void)state;
    assert_int_equal(history_memory(grown), 0);
    for (int64_t sequence = 0; sequence < 500; sequence++, now += 20000)
        history_put(grown, sequence, packet, now);
    size_t quiet = history_memory(grown);
    assert_in_range(quiet, 1, 64 * 24);
    for (int64_t sequence = 500; sequence < 3500; sequence++)
        history_put(grown, sequence, packet, now);
    for (int64_t sequence = 472; sequence < 3500; sequence++)
        assert_non_null(history_get(grown, sequence));
    history_put(grown, 471, packet, now); /* late, and still within reach */
    assert_non_null(history_get(grown, 471));
    for (int i = 0; i < 10; i++) {
        now += 700000;
        history_put(grown, 3500 + i, packet, now);
        history_expire(grown, now);
    }
    assert_in_range(history_memory(grown), 1, quiet);
    assert_non_null(history_get(grown, 3509));
    history_expire(grown, now + 700000);
    assert_int_equal(history_memory(grown), 0);
    history_free(grown);
    packet_release(packet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty_history_has_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_places_come_and_go_with_packets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_last_slots_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late_packets_find_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_old_packets_are_let_go_at_the_next_insert, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gaps_do_not_stop_expiry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_older_stays_after_a_jump, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence_keeps_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shrinking_lets_the_older_half_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_is_over_the_budget_loses_his_own_oldest, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
