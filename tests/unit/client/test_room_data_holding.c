/* Who takes nothing of what others send does not hold them up for ever. */
#include "tests/unit/client/room_data_peers.h"

static void a_full_log_waits_but_not_for_ever(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    break_connection(2);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0)
        sent++;
    assert_int_equal(sent, 1000);
    pass(8 * USEC_PER_SEC);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), ERR_AGAIN);
    assert_int_equal(peers[0].ready, 0);
    pass(12 * USEC_PER_SEC);
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(peers[0].lost, 1);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent), 0);
    open_connection(2);
    pass(2 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, sent + 1);
    assert_int_equal(peers[2].lost, 1);
    assert_int_equal(peers[2].all[peers[2].heard - 1].step, sent);
    end_room();
}

static void who_acknowledges_nothing_uses_up_only_its_own_place(void **state)
{
    unsigned to_one = 0;
    (void)state;
    begin_room(3);
    break_connection(2);
    while (send_number(0, "p2", ENVELOPE_ORDERED, to_one) == 0)
        to_one++;
    assert_int_equal(to_one, 500);
    assert_int_equal(send_number(0, "p1", ENVELOPE_ORDERED, 1), 0);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 2), 0);
    pass(USEC_PER_SEC);
    assert_int_equal(peers[1].heard, 2);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[2].heard, to_one + 1); /* late, and whole */
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

static void who_takes_nothing_of_its_own_is_given_up_and_both_are_told(void **state)
{
    (void)state;
    begin_room(3);
    break_connection(2);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, 1), 0);
    while (send_number(0, "p2", ENVELOPE_ORDERED, 2) == 0)
        ;
    pass(14 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost, 0);
    pass(2 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost, 1);
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(room_data_waiting(peers[0].data), 1); /* what is for all */
    assert_int_equal(send_number(0, "p2", ENVELOPE_ORDERED, 3), 0);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[2].lost, 1);
    assert_int_equal(peers[2].heard, 2);
    assert_int_equal(peers[2].all[0].step, 1);
    assert_int_equal(peers[2].all[1].step, 3);
    assert_int_equal(room_data_waiting(peers[0].data), 0);
    end_room();
}

static void who_takes_its_own_slowly_is_not_given_up(void **state)
{
    uint32_t acked[4] = {0};
    (void)state;
    begin_room(3);
    break_connection(2);
    for (unsigned step = 0; step < 10; step++) {
        while (send_number(0, "p2", ENVELOPE_ORDERED, step) == 0)
            ;
        acked[2]++;
        answer(2, ENVELOPE_ACK, acked);
        pass(10 * USEC_PER_SEC);
    }
    assert_int_equal(peers[0].lost, 0);
    for (unsigned step = 0; step < 10; step++) {
        answer(2, ENVELOPE_SYNC, acked); /* that is no progress */
        pass(2 * USEC_PER_SEC);
    }
    assert_int_equal(peers[0].lost, 1);
    end_room();
}

/* Of 100 s in which peer 0 sends to all as fast as it may, for how many peer 2 kept it from sending. */
static unsigned seconds_held_up(void (*act)(unsigned step, uint32_t *acked, uint32_t sent), bool syncs)
{
    uint32_t acked[4] = {0}, sent = 0;
    unsigned held = 0;
    begin_room(3);
    break_connection(2);
    for (unsigned step = 0; step < 1000; step++) {
        bool was_taken = false;
        for (unsigned i = 0; i < 50; i++) {
            bool is_taken = send_number(0, "", ENVELOPE_ORDERED, sent) == 0;
            sent += is_taken;
            was_taken = was_taken || is_taken;
        }
        held += !was_taken;
        act(step, acked, sent);
        answer(2, syncs ? ENVELOPE_SYNC : ENVELOPE_ACK, acked);
        peers[1].heard = 0;
        pass(100 * MS);
    }
    end_room();
    return held / 10;
}

static void acknowledge_nothing(unsigned step, uint32_t *acked, uint32_t sent)
{
    (void)step;
    (void)acked;
    (void)sent;
}

static void acknowledge_one_each_nine_seconds(unsigned step, uint32_t *acked, uint32_t sent)
{
    if (step % 90 == 0 && acked[0] < sent)
        acked[0]++;
}

static void acknowledge_all_each_nine_seconds(unsigned step, uint32_t *acked, uint32_t sent)
{
    if (step % 90 == 0)
        acked[0] = sent;
}

static void who_lets_the_others_wait_is_given_up(void **state)
{
    static const struct {
        const char *name;
        void (*act)(unsigned step, uint32_t *acked, uint32_t sent);
        bool syncs;
    } rows[] = {
        {"says nothing new", acknowledge_nothing, false},
        {"asks without end", acknowledge_nothing, true},
        {"takes one message now and then", acknowledge_one_each_nine_seconds, true},
        {"takes all now and then", acknowledge_all_each_nine_seconds, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned held = seconds_held_up(rows[i].act, rows[i].syncs);
        if (held > 30) /* 15, a tenth of the rest, and what lies between looks */
            fail_msg("who %s held the others up for %u s of 100", rows[i].name, held);
    }
}

/* It joins under a new id before it is given up, syncs, and (with `takes`) acknowledges the first message. */
static unsigned seconds_of_200_held_up_by_joining_again(bool takes)
{
    uint32_t acked[4] = {0}, sent = 0;
    unsigned held = 0;
    begin_room(3);
    break_connection(2);
    for (unsigned step = 0; step < 2000; step++) {
        bool was_taken = false;
        if (step % 140 == 0) { /* 14 s */
            set_others(0, 2);
            set_others(0, 3);
            acked[0] = sent;
            answer(2, ENVELOPE_SYNC, acked);
        }
        for (unsigned i = 0; i < 50; i++) {
            bool is_taken = send_number(0, "", ENVELOPE_ORDERED, sent) == 0;
            sent += is_taken;
            was_taken = was_taken || is_taken;
        }
        held += !was_taken;
        if (takes && step % 140 == 1 && acked[0] < sent) {
            acked[0]++;
            answer(2, ENVELOPE_ACK, acked);
        }
        peers[1].heard = 0;
        pass(100 * MS);
    }
    end_room();
    return held / 10;
}

static void who_joins_again_and_again_is_not_waited_for_each_time(void **state)
{
    (void)state;
    for (int takes = 0; takes < 2; takes++) {
        unsigned held = seconds_of_200_held_up_by_joining_again(takes == 1);
        if (held > 15 + 200 / 60 + 6) /* and what lies between looks */
            fail_msg("who %s held the others up for %u s of 200", takes ? "takes one each time" : "takes none", held);
    }
}

/* One whose start is slow, and before whom nobody was, has the whole patience. */
static void a_newcomer_may_be_slow_once(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0) {
        if (sent++ == 0)
            break_connection(2); /* it has synced, and acknowledged nothing */
    }
    pass(14 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost, 0);
    open_connection(2);
    pass(4 * USEC_PER_SEC);
    assert_int_equal(peers[0].lost + peers[2].lost, 0);
    assert_int_equal(peers[2].heard, sent);
    end_room();
}

static void who_has_no_channel_yet_is_not_waited_for_when_all_is_full(void **state)
{
    unsigned sent = 0;
    (void)state;
    begin_room(3);
    set_others(0, 2);
    break_connection(2);
    set_others(0, 3);
    while (send_number(0, "", ENVELOPE_ORDERED, sent) == 0)
        sent++;
    pass(500 * MS);
    assert_int_equal(peers[0].ready, 1);
    assert_int_equal(send_number(0, "", ENVELOPE_ORDERED, sent++), 0);
    join_anew(2, 3);
    open_connection(2);
    pass(3 * USEC_PER_SEC);
    assert_int_equal(peers[1].heard, sent);
    assert_int_equal(peers[2].heard, 1);
    assert_int_equal(peers[2].all[0].step, sent - 1);
    assert_int_equal(peers[2].lost, 0);
    end_room();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_log_waits_but_not_for_ever),
        cmocka_unit_test(who_acknowledges_nothing_uses_up_only_its_own_place),
        cmocka_unit_test(who_takes_nothing_of_its_own_is_given_up_and_both_are_told),
        cmocka_unit_test(who_takes_its_own_slowly_is_not_given_up),
        cmocka_unit_test(who_lets_the_others_wait_is_given_up),
        cmocka_unit_test(who_joins_again_and_again_is_not_waited_for_each_time),
        cmocka_unit_test(a_newcomer_may_be_slow_once),
        cmocka_unit_test(who_has_no_channel_yet_is_not_waited_for_when_all_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
